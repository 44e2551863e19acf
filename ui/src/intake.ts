import { type ReadonlySignal, signal } from "@preact/signals";
import type { Frame } from "./wire.ts";

/** What an attachment needs of a terminal. All of it happens in the order of the calls. */
export type Screen = {
  resize(cols: number, rows: number): void;
  /** Shows a snapshot in place of all that there was; done is called when it is. */
  restore(snapshot: Uint8Array, done: () => void): void;
  /** done is called when the bytes have been shown. */
  write(bytes: Uint8Array, done: () => void): void;
};

/** Shown bytes that are acknowledged at once: from that the server knows how fast this screen is. */
const ACK_EVERY = 1 << 10;
/** Fewer are acknowledged after this time, in milliseconds. */
const ACK_WITHIN = 250;

/**
 * The way of a session's output to the screen: each byte once and in order, by
 * its offset, and acknowledged when it has been shown. It owns a timer.
 */
export class Intake {
  /** Offset of what the screen has shown. */
  readonly shown: ReadonlySignal<number>;
  /** Below this offset all is history. */
  readonly historyEnd = signal(0);

  private readonly shownTo = signal(0);
  /** Offset of what the screen has been given; undefined before the first byte. */
  private given: number | undefined;
  private acked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private disposed = false;

  constructor(
    private readonly screen: Screen,
    /** Whether the acknowledgement went out. */
    private readonly acknowledge: (offset: number) => boolean,
  ) {
    this.shown = this.shownTo;
  }

  /** Where to go on after a new connection; undefined when there is nothing yet. */
  get offset(): number | undefined {
    return this.given;
  }

  /** False for a frame that does not follow what came before. */
  take(frame: Frame): boolean {
    const at = Number(frame.number);
    switch (frame.kind) {
      case "snapshot":
        this.given = at;
        this.screen.restore(frame.payload, () => this.show(at));
        return true;
      case "output":
        return this.output(at, frame.payload);
      case "input":
        return false;
      default:
        return frame.kind satisfies never;
    }
  }

  /** Goes on at an offset, without what lies before it. */
  skip(to: number): void {
    this.given = to;
    this.show(to);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }

  private output(at: number, payload: Uint8Array): boolean {
    const given = this.given ?? at;
    const end = at + payload.length;
    if (at > given) {
      return false;
    }
    if (end > given) {
      this.given = end;
      this.screen.write(payload.subarray(given - at), () => this.show(end));
    }
    return true;
  }

  private show(offset: number): void {
    if (this.disposed) {
      return;
    }
    this.shownTo.value = offset;
    if (offset - this.acked >= ACK_EVERY || offset < this.acked) {
      this.ack();
    } else {
      this.timer ??= setTimeout(() => this.ack(), ACK_WITHIN);
    }
  }

  private ack(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const offset = this.shownTo.peek();
    if (offset !== this.acked && this.acknowledge(offset)) {
      this.acked = offset;
    }
  }
}
