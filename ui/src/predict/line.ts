import type { Edit } from "./edit.ts";

/** The row of the terminal that the cursor is in, as the program has it. */
export type Row = {
  /** Counted from the first line of history. */
  y: number;
  /** The column of the cursor. */
  x: number;
  /** The character of each cell; a blank one is a space, the second half of a wide one is empty. */
  cells: readonly string[];
};

/** Input on its way, which makes an edit, or does something that is not known. */
export type Key = {
  number: number;
  edit: Edit | undefined;
  /** When it was sent, and when the session said that its program has it, in milliseconds. */
  sentAt: number;
  acceptedAt?: number;
};

/** Cells of one row that are not what the program has, and where the cursor is. */
export type Prediction = {
  y: number;
  cells: readonly { x: number; char: string }[];
  cursor: { x: number; char: string };
};

/** What was typed, and the place in it of the cursor. */
type Text = { chars: readonly string[]; at: number };

/**
 * A line that is being typed: what the program has of it, and the edits that
 * are on their way to it. The two together are what the line will be.
 */
export class Line {
  readonly y: number;
  private readonly before: readonly string[];
  private base: Text = { chars: [], at: 0 };
  private readonly cols: number;
  /** Edits on their way, in order. */
  private keys: Key[] = [];
  /** The different characters that the program has echoed. */
  private readonly echoed = new Set<string>();

  /** The line begins at the cursor. */
  constructor(row: Row) {
    this.y = row.y;
    this.before = row.cells.slice(0, row.x);
    this.cols = row.cells.length;
  }

  get pending(): readonly Key[] {
    return this.keys;
  }

  /**
   * Whether the program is known to echo what is typed in this line. One
   * character is not enough: where a program shows stars for a password, and
   * the password begins with one, it is echoed.
   */
  get trusted(): boolean {
    return this.echoed.size > 1;
  }

  /** False for a key whose edit would leave the line or reach the last column. */
  add(key: Key): boolean {
    const edit = key.edit;
    const after = edit && apply(this.last, edit);
    if (after === undefined || this.before.length + after.chars.length >= this.cols) {
      return false;
    }
    this.keys.push(key);
    return true;
  }

  /**
   * Takes the row for what it shows: the least number of edits done that makes
   * it so, and not less than those that must be done. False where none does.
   */
  confirm(row: Row, mustBeDone: number): boolean {
    let text = this.base;
    for (let done = 0; ; done++) {
      if (done >= mustBeDone && this.shows(row, text)) {
        this.take(text, done);
        return true;
      }
      const edit = this.keys[done]?.edit;
      if (edit === undefined) {
        return false;
      }
      text = apply(text, edit) ?? text;
    }
  }

  /** What the line will be, where that is not what it is. */
  predict(row: Row): Prediction | undefined {
    if (this.keys.length === 0) {
      return undefined;
    }
    const { chars, at } = this.last;
    const start = this.before.length;
    const cells = [];
    for (let i = 0; i < Math.max(chars.length, this.base.chars.length); i++) {
      const char = chars[i] ?? " ";
      if (char !== row.cells[start + i]) {
        cells.push({ x: start + i, char });
      }
    }
    const x = start + at;
    return { y: this.y, cells, cursor: { x, char: chars[at] ?? row.cells[x] ?? " " } };
  }

  /** What it will be when all edits are done. */
  private get last(): Text {
    return this.keys.reduce<Text>(
      (text, { edit }) => (edit && apply(text, edit)) ?? text,
      this.base,
    );
  }

  private shows(row: Row, text: Text): boolean {
    const start = this.before.length;
    return (
      row.y === this.y &&
      row.cells.length === this.cols &&
      row.x === start + text.at &&
      this.before.every((char, x) => row.cells[x] === char) &&
      text.chars.every((char, i) => row.cells[start + i] === char)
    );
  }

  private take(text: Text, done: number): void {
    const edits = this.keys.splice(0, done).map(({ edit }) => edit);
    // With another edit among them, a line may be the same though nothing was echoed.
    if (edits.every((edit) => edit?.kind === "insert")) {
      for (const edit of edits) {
        this.echoed.add(edit?.kind === "insert" ? edit.char : "");
      }
    }
    this.base = text;
  }
}

/** The text after an edit, or undefined for one that would leave it. */
function apply({ chars, at }: Text, edit: Edit): Text | undefined {
  switch (edit.kind) {
    case "insert":
      return { chars: chars.toSpliced(at, 0, edit.char), at: at + 1 };
    case "erase":
      return at === 0 ? undefined : { chars: chars.toSpliced(at - 1, 1), at: at - 1 };
    case "left":
      return at === 0 ? undefined : { chars, at: at - 1 };
    case "right":
      return at === chars.length ? undefined : { chars, at: at + 1 };
    default:
      return edit satisfies never;
  }
}
