import type { Edit } from "./edit.ts";
import { type Key, Line, type Prediction, type Row } from "./line.ts";

/** The least and the most that a program may take from having input to echoing it, in milliseconds. */
const LEAST_GRACE = 50;
const MOST_GRACE = 100;
/** An answer may be later than usual by this, in milliseconds, before predictions are taken back. */
const LATE = 1_000;

export type PredictorOptions = {
  /** The row of the cursor, or undefined where nothing is to be predicted, as on the alternate screen. */
  row: () => Row | undefined;
  /** Whether there is output that the row does not show yet. */
  busy: () => boolean;
  /** The usual time from input to its acceptance, in milliseconds. */
  roundTrip: () => number;
};

/**
 * Tells what a line that is being typed will look like when its keys have been
 * echoed. It knows no page and no clock: now is milliseconds of any clock.
 *
 * A line begins at a key that follows something of unknown effect, as Enter or
 * the beginning, once that has had its effect. It is shown only when the
 * program was seen to echo in this very line, so that a password is not. What
 * the program shows is always right: where it is not what one of the keys so
 * far would make of the line, the line is given up, and so is one whose keys
 * the program has had for long enough to echo them.
 */
export class Predictor {
  private line: Line | undefined;
  /** Whether a key of unknown effect follows the line's. */
  private closed = false;
  /** Keys on their way after the line's, of which nothing is predicted yet. */
  private queue: Key[] = [];
  private accepted = 0;
  private newest = 0;

  constructor(private readonly options: PredictorOptions) {}

  /** Forgets all: what is on its way has an unknown effect. */
  reset(): void {
    this.line = undefined;
    this.closed = false;
    this.queue = [];
    this.newest = 0;
  }

  /** Begins anew over a new connection, where input up to this number was accepted. */
  resume(accepted: number): void {
    this.reset();
    this.accepted = accepted;
  }

  /** A key that was sent, by the number of its input; without an edit its effect is not known. */
  type(number: number, edit: Edit | undefined, now: number): void {
    if (number - 1 > Math.max(this.newest, this.accepted)) {
      this.follow({ number: number - 1, edit: undefined, sentAt: now });
    }
    this.newest = number;
    this.follow({ number, edit, sentAt: now });
    this.look(now);
  }

  /** The session's program has been given all input up to this number. */
  accept(number: number, now: number): void {
    this.accepted = Math.max(this.accepted, number);
    for (const key of [...(this.line?.pending ?? []), ...this.queue]) {
      if (key.number <= number) {
        key.acceptedAt ??= now;
      }
    }
  }

  /** Compares with the row as it is now. To be called when it may have changed, and when it is due. */
  look(now: number): void {
    if (this.line === undefined && this.queue.length === 0) {
      return;
    }
    const busy = this.options.busy();
    const row = this.options.row();
    if (
      this.line !== undefined &&
      !(busy ? this.isOpen(this.line, now) : this.holds(this.line, row, now))
    ) {
      this.giveUp(this.line);
    }
    if (this.line === undefined && !busy) {
      this.queue = this.queue.filter((key) => !this.hasEchoed(key, now));
      this.begin(row);
    }
  }

  /** What to show in place of what there is. */
  get prediction(): Prediction | undefined {
    const row = this.line?.trusted ? this.options.row() : undefined;
    return row?.y === this.line?.y && row !== undefined ? this.line?.predict(row) : undefined;
  }

  /** When to look again though nothing happens, in milliseconds; undefined for never. */
  due(now: number): number | undefined {
    const keys = [...(this.line?.pending ?? []), ...this.queue];
    const due = Math.min(...keys.map((key) => this.settledBy(key)).filter((at) => at > now));
    return Number.isFinite(due) ? due : undefined;
  }

  /** Whether none of its keys has settled. */
  private isOpen(line: Line, now: number): boolean {
    return line.pending.every((key) => this.settledBy(key) > now);
  }

  /** Whether the line can still become what is predicted. */
  private holds(line: Line, row: Row | undefined, now: number): boolean {
    const settled = line.pending.filter((key) => this.settledBy(key) <= now).length;
    const shown = row !== undefined && line.confirm(row, settled);
    if (shown && this.closed && line.pending.length === 0) {
      return false; // It is done.
    }
    // The echo of a key may come in parts, so that for a moment the row is none that was expected.
    const inPart = settled === 0 && row?.y === line.y && line.pending.length > 0;
    return shown || inPart;
  }

  /** Its keys that are still on their way are as if nothing had been predicted of them. */
  private giveUp(line: Line): void {
    this.queue = [...line.pending, ...this.queue];
    this.line = undefined;
    this.closed = false;
  }

  /** Begins a line with the keys that are on their way, once what came before them has settled. */
  private begin(row: Row | undefined): void {
    const first = this.queue[0];
    if (row === undefined || first?.edit === undefined) {
      return;
    }
    const line = new Line(row);
    let taken = 0;
    while (taken < this.queue.length && line.add(this.queue[taken] as Key)) {
      taken++;
    }
    if (taken === 0) {
      first.edit = undefined; // It leaves the line before there is one.
      return;
    }
    this.queue = this.queue.slice(taken);
    this.line = line;
    this.closed = this.queue.length > 0;
  }

  /** Adds a key to the line where it can, and else to what waits for the next one. */
  private follow(key: Key): void {
    if (this.line === undefined || this.closed || !this.line.add(key)) {
      this.closed = this.line !== undefined;
      this.queue.push(key);
    }
  }

  private get grace(): number {
    return Math.min(MOST_GRACE, Math.max(LEAST_GRACE, this.options.roundTrip() / 2));
  }

  /** When what the screen shows is what a key has done. */
  private settledBy(key: Key): number {
    return key.acceptedAt === undefined
      ? key.sentAt + this.options.roundTrip() + LATE
      : key.acceptedAt + this.grace;
  }

  private hasEchoed(key: Key, now: number): boolean {
    return key.acceptedAt !== undefined && this.settledBy(key) <= now;
  }
}
