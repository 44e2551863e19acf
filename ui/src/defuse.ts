import type { IDisposable, Terminal } from "@xterm/xterm";
import { Marks } from "./combining.ts";

const ESC = 0x1b;
/** CSI as one character, which is two bytes of UTF-8. */
const C1 = 0xc2;
const C1_CSI = 0x9b;

/** Bytes that go to the terminal at once: it looks up only between two pieces. */
const PIECE = 4 << 10;
/** What a repetition may print, in characters: more fills all lines that are kept. */
const MAX_REPEAT = 1 << 16;

/** Where in a control sequence the bytes are. */
type At = "text" | "esc" | "c1" | "number" | "rest";

/**
 * Makes output harmless that would keep the page busy for minutes. Some control
 * sequences are carried out one step for each of their number, as in "insert
 * 2,000,000,000 lines": the number becomes the most that makes a difference.
 * Of the marks on one character, too many to draw are left out. And all is cut
 * into pieces that take the terminal a moment each. What comes out does to the
 * screen what the session's own screen makes of what came in.
 */
export class Defuser {
  private cols = 80;
  private rows = 24;
  private at: At = "text";
  /** The first number of the sequence, as far as it has come. */
  private count = 0;
  /** Whether the sequence has neither a prefix nor an intermediate. */
  private plain = true;
  /** What this piece has cost beyond its bytes, in bytes of plain text. */
  private spent = 0;
  private readonly marks: Marks;

  /** Given the width of a character in cells. */
  constructor(widthOf: (codePoint: number) => number) {
    this.marks = new Marks(widthOf);
  }

  /** The size of the screen on which the bytes that follow are shown. */
  resize(cols: number, rows: number): void {
    this.cols = cols;
    this.rows = rows;
  }

  /** The terminal is reset: what follows is the beginning of something. */
  reset(): void {
    this.at = "text";
    this.marks.reset();
  }

  /** The bytes to write in place of these, perhaps none; a character stays in one piece. */
  pieces(all: Uint8Array): Uint8Array[] {
    const bytes = this.marks.bound(all);
    const out: Uint8Array[] = [];
    let from = 0;
    this.spent = 0;
    const cut = (to: number): void => {
      if (to > from) {
        out.push(bytes.subarray(from, to));
      }
      from = to;
      this.spent = 0;
    };
    for (let i = this.next(bytes, 0); i < bytes.length; i = this.next(bytes, i + 1)) {
      const byte = bytes[i] as number;
      if (this.spent + i - from >= PIECE && (byte & 0xc0) !== 0x80) {
        cut(i);
      }
      if (!this.ends(byte)) {
        continue;
      }
      const [most, cost] = this.bounds(byte);
      if (this.count > most) {
        // An unfinished sequence is dropped when another begins.
        cut(i);
        out.push(new TextEncoder().encode(`\x1b[${most}${String.fromCharCode(byte)}`));
        from = i + 1;
      }
      this.spent += Math.min(this.count, most) * cost;
    }
    cut(bytes.length);
    return out;
  }

  /** The next byte to look at: plain text is passed over, but for a place to cut it. */
  private next(bytes: Uint8Array, from: number): number {
    let i = from;
    if (this.at === "text") {
      const stop = Math.min(bytes.length, from + PIECE / 2);
      while (i < stop && bytes[i] !== ESC && bytes[i] !== C1) {
        i++;
      }
      while (i < bytes.length && ((bytes[i] as number) & 0xc0) === 0x80) {
        i++;
      }
    }
    return i;
  }

  /** Follows one byte. True for the last one of a sequence of the plain kind. */
  private ends(byte: number): boolean {
    if (byte === ESC) {
      this.at = "esc";
      return false;
    }
    switch (this.at) {
      case "text":
        this.at = byte === C1 ? "c1" : "text";
        return false;
      case "esc":
      case "c1":
        this.begin(byte === (this.at === "esc" ? 0x5b : C1_CSI));
        return false;
      case "number":
      case "rest":
        return this.parameter(byte);
      default:
        return this.at satisfies never;
    }
  }

  private begin(sequence: boolean): void {
    this.at = sequence ? "number" : "text";
    this.count = 0;
    this.plain = true;
  }

  private parameter(byte: number): boolean {
    if (byte >= 0x80 || byte === 0x18 || byte === 0x1a) {
      this.at = byte === C1 ? "c1" : "text";
      return false;
    }
    if (byte < 0x20 || byte === 0x7f) {
      return false; // carried out, or ignored, within the sequence
    }
    if (byte >= 0x40) {
      this.at = "text";
      return this.plain;
    }
    if (byte >= 0x30 && byte <= 0x39) {
      if (this.at === "number") {
        this.count = Math.min(this.count * 10 + byte - 0x30, Number.MAX_SAFE_INTEGER / 16);
      }
    } else if (byte === 0x3a || byte === 0x3b) {
      this.at = "rest";
    } else {
      this.plain = false;
    }
    return false;
  }

  /** The most that makes a difference, and what one step costs in bytes of plain text. */
  private bounds(final: number): [most: number, cost: number] {
    switch (String.fromCharCode(final)) {
      case "L":
      case "M":
      case "S":
      case "T":
        return [this.rows, this.rows / 8];
      case "I":
      case "Z":
        return [this.cols, 1];
      case "b":
        return [MAX_REPEAT, 1];
      default:
        return [Number.POSITIVE_INFINITY, 0];
    }
  }
}

/**
 * Ignores the repetition of a character with marks where it would take seconds,
 * which cannot be interrupted. A snapshot shows what it would have been.
 */
export function boundRepeats(terminal: Pick<Terminal, "parser" | "buffer">): IDisposable {
  return terminal.parser.registerCsiHandler({ final: "b" }, ([count]) => {
    const active = terminal.buffer.active;
    const line = active.getLine(active.baseY + active.cursorY);
    const lengths = [1, 2].map((back) => line?.getCell(active.cursorX - back)?.getChars().length);
    const repeated = typeof count === "number" ? count : 1;
    return Math.max(...lengths.map((n) => n ?? 0)) * repeated > 2 * MAX_REPEAT;
  });
}
