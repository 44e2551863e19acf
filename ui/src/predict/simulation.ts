import { editOf } from "./edit.ts";
import type { Line, Row } from "./line.ts";
import { Predictor } from "./predictor.ts";

// For tests: a screen, a program that echoes in one way or another, and a slow
// line between it and a predictor, all in a time of their own.

/** Numbers that look random, from 0 to below 1; the same seed gives the same. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A terminal that knows as much as the programs here write. */
export class FakeScreen {
  rows: string[][] = [[]];
  x = 0;

  constructor(private readonly cols: number) {}

  get row(): Row {
    const cells = this.rows.at(-1) ?? [];
    return {
      y: this.rows.length - 1,
      x: this.x,
      cells: Array.from({ length: this.cols }, (_, x) => cells[x] ?? " "),
    };
  }

  write(output: string): void {
    for (const char of output) {
      if (char === "\n") {
        this.rows.push([]);
      } else if (char === "\r") {
        this.x = 0;
      } else if (char === "\b") {
        this.x = Math.max(0, this.x - 1);
      } else {
        (this.rows.at(-1) as string[])[this.x] = char;
        this.x = Math.min(this.cols - 1, this.x + 1);
      }
    }
  }
}

/** How a program treats what is typed: as a shell, or as one that is not predictable. */
export type Manner = "shell" | "silent" | "stars" | "upper" | "cooked";

/** A program that reads lines, and may read the next one in another manner. */
export class FakeProgram {
  manner: Manner = "shell";
  private chars: string[] = [];
  private at = 0;

  constructor(private readonly next: () => Manner) {}

  readonly start = "$ ";

  /** What it writes, in pieces. */
  read(input: string): string[] {
    if (input === "\r") {
      this.chars = [];
      this.at = 0;
      this.manner = this.next();
      const prompts = { shell: "$ ", silent: "Password: ", stars: "* ", upper: "", cooked: "" };
      return ["\r\n", prompts[this.manner]];
    }
    switch (this.manner) {
      case "silent":
        return [];
      case "stars":
        return input === "\x7f" ? [] : ["*"];
      case "upper":
        return input < " " || input === "\x7f" ? [] : [input.toUpperCase()];
      case "cooked":
        return input === "\x7f" ? this.rub() : [input.replaceAll("\x1b", "^[")];
      default:
        return this.edit(input);
    }
  }

  private rub(): string[] {
    return ["\b \b"];
  }

  private edit(input: string): string[] {
    if (input === "\x1b[D") {
      this.at -= Math.min(1, this.at);
      return this.at < this.chars.length ? ["\b"] : [];
    }
    if (input === "\x1b[C") {
      const under = this.chars[this.at];
      this.at += under === undefined ? 0 : 1;
      return under === undefined ? [] : [under];
    }
    if (input === "\t") {
      return [];
    }
    if (input === "\x7f") {
      if (this.at === 0) {
        return [];
      }
      this.at--;
      this.chars.splice(this.at, 1);
      const rest = this.chars.slice(this.at).join("");
      return ["\b", `${rest} `, "\b".repeat(rest.length + 1)];
    }
    this.chars.splice(this.at, 0, ...input);
    this.at += input.length;
    const rest = this.chars.slice(this.at).join("");
    return rest === "" ? [input] : [input, rest, "\b".repeat(rest.length)];
  }
}

/** What became of one key. */
export type Fate = {
  input: string;
  typedAt: number;
  /** How the program treated it. */
  manner?: Manner;
  /** When the word came that the program has it. */
  acceptedAt?: number;
  /** When it was shown before its echo, first and last. */
  shownAt?: number;
  shownTo?: number;
};

export type LineOptions = {
  /** Both ways together, in milliseconds, and how much it varies. */
  roundTrip: number;
  jitter: number;
  random: () => number;
  program: FakeProgram;
};

/** Plays keys, each with the time since the one before, until all has arrived and settled. */
export class Simulation {
  readonly screen = new FakeScreen(60);
  readonly fates: Fate[] = [];
  readonly predictor: Predictor;
  now = 0;
  private events: { at: number; do: () => void }[] = [];
  private readonly lastAt = { up: 0, down: 0 };

  constructor(private readonly options: LineOptions) {
    this.predictor = new Predictor({
      row: () => this.screen.row,
      busy: () => false,
      roundTrip: () => options.roundTrip,
    });
    this.screen.write(options.program.start);
  }

  play(keys: readonly (readonly [after: number, input: string])[]): void {
    let at = 0;
    for (const [after, input] of keys) {
      at += after;
      this.at(at, () => this.type(input));
    }
    this.run();
  }

  private run(): void {
    for (;;) {
      this.events.sort((a, b) => a.at - b.at);
      const next = this.events[0];
      const due = this.predictor.due(this.now);
      if (due !== undefined && (next === undefined || due < next.at)) {
        this.now = due;
        this.predictor.look(due);
      } else if (next !== undefined) {
        this.events.shift();
        this.now = next.at;
        next.do();
      } else {
        return;
      }
      this.note();
    }
  }

  private at(time: number, act: () => void): void {
    this.events.push({ at: time, do: act });
  }

  private type(input: string): void {
    const fate: Fate = { input, typedAt: this.now };
    const number = this.fates.push(fate);
    this.predictor.type(
      number,
      editOf(input, () => 1),
      this.now,
    );
    this.send("up", () => {
      const { program } = this.options;
      fate.manner = program.manner;
      const pieces = program.read(input);
      const accept = (): void => {
        fate.acceptedAt = this.now;
        this.predictor.accept(number, this.now);
        this.predictor.look(this.now);
      };
      const early = this.options.random() < 0.5;
      if (early) {
        this.send("down", accept);
      }
      for (const piece of pieces) {
        this.send("down", () => {
          this.screen.write(piece);
          this.predictor.look(this.now);
        });
      }
      if (!early) {
        this.send("down", accept);
      }
    });
  }

  /** Things arrive in the order in which they were sent. */
  private send(way: "up" | "down", arrive: () => void): void {
    const { roundTrip, jitter, random } = this.options;
    const at = Math.max(this.lastAt[way], this.now + roundTrip / 2 + jitter * random());
    this.lastAt[way] = at;
    this.at(at, arrive);
  }

  private note(): void {
    if (this.predictor.prediction === undefined) {
      return;
    }
    // Whatever of the line is on its way may be seen.
    const { line } = this.predictor as unknown as { line: Line };
    for (const { number } of line.pending) {
      const fate = this.fates[number - 1] as Fate;
      fate.shownAt ??= this.now;
      fate.shownTo = this.now;
    }
  }
}
