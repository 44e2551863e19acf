import { Terminal } from "@xterm/headless";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CursorWatch } from "./cursor.ts";
import { rowOf } from "./row.ts";

let terminal: Terminal;
let cursor: CursorWatch;

beforeEach(() => {
  terminal = new Terminal({ cols: 8, rows: 3, allowProposedApi: true });
  cursor = new CursorWatch(terminal.parser);
});

afterEach(() => {
  cursor.dispose();
  terminal.dispose();
});

function write(output: string): Promise<void> {
  return new Promise((resolve) => terminal.write(output, resolve));
}

/** As predictions have it. */
function row(): ReturnType<typeof rowOf> {
  return rowOf(terminal);
}

test("the row of the cursor, cell by cell", async () => {
  await write("1\r\n2\r\n3\r\n漢 e\u0301x\x1b[D");
  expect(row()).toEqual({ y: 3, x: 4, cells: ["漢", "", " ", "e\u0301", "x", " ", " ", " "] });
});

describe("nothing is predicted", () => {
  test.each([
    ["on the alternate screen", "\x1b[?1049h", "\x1b[?1049l"],
    ["while the program uses the mouse", "\x1b[?1000h", "\x1b[?1000l"],
    ["with origin mode", "\x1b[?6h", "\x1b[?6l"],
    ["with insert mode", "\x1b[4h", "\x1b[4l"],
    ["where lines do not wrap", "\x1b[?7l", "\x1b[?7h"],
  ])("%s", async (_, on, off) => {
    expect(row()).toBeDefined();
    await write(on);
    expect(row()).toBeUndefined();
    await write(off);
    expect(row()).toBeDefined();
  });
});

describe("the cursor is hidden", () => {
  test.each([
    ["and shown", "\x1b[?25h"],
    ["and shown with others", "\x1b[?7;25h"],
    ["until a soft reset", "\x1b[!p"],
    ["until a reset", "\x1bc"],
  ])("%s", async (_, show) => {
    await write("\x1b[?1;25l");
    expect(cursor.hidden).toBe(true);
    await write("\x1b[?7h\x1b[?2004l");
    expect(cursor.hidden).toBe(true);
    await write(show);
    expect(cursor.hidden).toBe(false);
  });

  test("until the terminal is another", async () => {
    await write("\x1b[?25l");
    cursor.reset();
    expect(cursor.hidden).toBe(false);
  });
});
