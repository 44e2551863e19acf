import { Terminal } from "@xterm/headless";
import { describe, expect, test } from "vitest";
import { boundRepeats, Defuser } from "./defuse.ts";
import { widths } from "./widths.ts";

const COLS = 40;
const ROWS = 10;

/** All bytes that come out for these, put in by chunks of a size. */
function defused(text: string, chunk = text.length * 4): Uint8Array[] {
  const defuser = new Defuser(widths());
  defuser.resize(COLS, ROWS);
  const bytes = new TextEncoder().encode(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    out.push(...defuser.pieces(bytes.subarray(at, at + chunk)));
  }
  return out;
}

function textOf(pieces: Uint8Array[]): string {
  return new TextDecoder().decode(Uint8Array.from(pieces.flatMap((piece) => [...piece])));
}

/** What a terminal shows after the pieces, its history as well, and where its cursor is. */
async function shown(pieces: Uint8Array[]): Promise<string[]> {
  const terminal = new Terminal({ allowProposedApi: true, cols: COLS, rows: ROWS });
  const bound = boundRepeats(terminal);
  for (const piece of pieces) {
    terminal.write(piece);
  }
  await new Promise<void>((resolve) => terminal.write("", resolve));
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: buffer.length }, (_, y) =>
    (buffer.getLine(y)?.translateToString(true) ?? "").slice(0, 100),
  );
  bound.dispose();
  terminal.dispose();
  return [`${buffer.cursorX},${buffer.cursorY}`, ...lines];
}

const page = Array.from({ length: 30 }, (_, i) => `line ${i}\r\n`).join("");

describe("a number that is too large becomes the most that matters", () => {
  test.each([
    ["\x1b[2147483647L", "L", ROWS],
    ["\x1b[99999M", "M", ROWS],
    ["\x1b[99999;7S", "S", ROWS],
    ["\x1b[99999:7T", "T", ROWS],
    ["\x1b[0000099999I", "I", COLS],
    ["\x1b[2147483647Z", "Z", COLS],
    ["\u009b99999L", "L", ROWS],
    ["\x1b]2;title\x1b[99999L", "L", ROWS],
    ["\x1b[99\r999L", "L", ROWS],
    [`\x1b[${"9".repeat(40)}L`, "L", ROWS],
  ])("%j", async (hostile, final, most) => {
    const before = `${page}\x1b[5;5Hhere\x1b[3;8r\x1b[5;20H`;
    for (const chunk of [1, 3, 1 << 20]) {
      const got = defused(`${before}${hostile}!`, chunk);
      expect(textOf(got)).toMatch(new RegExp(`\x1b\\[${most}${final}!$`));
      expect(await shown(got)).toEqual(await shown(defused(`${before}\x1b[${most}${final}!`)));
    }
  });

  test("repetitions", async () => {
    const got = defused("x\x1b[2147483647b");
    expect(textOf(got)).toMatch(/\[65536b$/);
    // More fills all lines that are kept as well.
    expect((await shown(got)).slice(1, -1).every((line) => line === "x".repeat(COLS))).toBe(true);
  });

  test("but not above what a larger screen has", () => {
    const defuser = new Defuser(widths());
    defuser.resize(400, 300);
    const whole = new TextEncoder().encode("\x1b[300L\x1b[301L");
    expect(textOf(defuser.pieces(whole))).toBe("\x1b[300L\x1b[301\x1b[300L");
  });
});

test("nothing else is changed", () => {
  const texts = [
    page,
    "\x1b[10L\x1b[3;99999H\x1b[38;2;255;99999;0m\x1b[?2004h\x1b[99999 @\x1b[?99999S\x1b[>99999T\x1b[99999'}",
    "\x1b]2;[99999L\x07\x1bP$q99999L\x1b\\ [99999L \x1b(99999L \x1b[99999\x18L \x1b[99999éL",
    "漢字 é 👍 \u009b1;2H \u00a9 \x1b[1;99999L".repeat(500),
  ];
  for (const text of texts) {
    for (const chunk of [1, 2, 5, 1000, 1 << 20]) {
      expect(textOf(defused(text, chunk))).toBe(text);
    }
  }
});

test("what takes long comes in pieces, with each character whole", () => {
  const sizes = (text: string): number[] => defused(text).map((piece) => piece.length);
  expect(Math.max(...sizes("x".repeat(100_000)))).toBeLessThanOrEqual(8 << 10);
  expect(Math.max(...sizes("\x1b[H\x1b[2J".repeat(20_000)))).toBeLessThanOrEqual(8 << 10);
  expect(sizes("x\x1b[5b".repeat(10)).length).toBe(1);
  expect(sizes("x\x1b[5000b".repeat(10)).length).toBe(10);
  expect(sizes("\x1b[10L".repeat(10)).length).toBe(1);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const text of ["漢👍é\x1b[m", "©", "x©"]) {
    for (const piece of defused(text.repeat(20_000))) {
      decoder.decode(piece);
    }
  }
});

test("no piece after a reset is taken for the rest of a sequence", () => {
  const defuser = new Defuser(widths());
  defuser.pieces(new TextEncoder().encode("\x1b[99999"));
  defuser.reset();
  expect(textOf(defuser.pieces(new TextEncoder().encode("L")))).toBe("L");
});

describe("marks on a character", () => {
  const acute = "\u0301";
  test.each([
    ["many of them", `a${acute.repeat(1000)}b`, `a${acute.repeat(63)}b`],
    [
      "of several kinds",
      `漢${"\u1160\u200d\ufe0f".repeat(1000)}漢`,
      `漢${"\u1160\u200d\ufe0f".repeat(21)}漢`,
    ],
    [
      "with nothing between that counts",
      `a${`${acute}\x7f`.repeat(70)}`,
      `a${`${acute}\x7f`.repeat(63)}${"\x7f".repeat(7)}`,
    ],
    ["above the first 65,536", `a${"\u{e0100}".repeat(100)}c`, `a${"\u{e0100}".repeat(63)}c`],
  ])("that are too many are left out: %s", (_name, text, want) => {
    expect(textOf(defused(text))).toBe(want);
  });

  test("cut short take nothing along", () => {
    const defuser = new Defuser(widths());
    const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
    const out = defuser.pieces(latin(`a${"\xcc\x81".repeat(100)}\xcc\x1b[6n\xe0\x81L\xcc`));
    const text = out.map((piece) => String.fromCharCode(...piece)).join("");
    expect(text).toContain("\xcc\x81\x1b[6n");
    expect(text).toContain("L");
  });

  test("that are too many, one by one", () => {
    const defuser = new Defuser(widths());
    const out = [..."a", ...acute.repeat(100), ..."b"].flatMap((character) =>
      defuser.pieces(new TextEncoder().encode(character)),
    );
    expect(textOf(out)).toBe(`a${acute.repeat(63)}b`);
  });

  test("that are few stay, however long the text", () => {
    const text =
      `e${acute}n${"\u0303".repeat(63)} \u00a9${acute} 漢 👍🏽 \u0085\u0090x\u009c `.repeat(3000);
    expect(textOf(defused(text))).toBe(text);
    expect(textOf(defused(`©${acute}`.repeat(200)))).toBe(`©${acute}`.repeat(200));
  });

  test("are not repeated for seconds", async () => {
    const began = performance.now();
    const got = await shown(defused(`a${acute.repeat(100_000)}\x1b[65536b\r\nstill here`));
    expect(got).toContain("still here");
    expect(performance.now() - began).toBeLessThan(3_000);
    expect((await shown(defused("a\u0301\x1b[3b")))[1]).toBe("a\u0301".repeat(4));
    expect((await shown(defused(`漢${acute}\x1b[4b`)))[1]).toBe(`漢${acute}`.repeat(5));
  });
});

test("costs little beside what the terminal does", async () => {
  const text = new TextEncoder().encode(`${page}\x1b[1;32mgreen\x1b[m 漢字 é\r\n`.repeat(500));
  const terminal = new Terminal({ allowProposedApi: true });
  const defuser = new Defuser(widths());
  // The best of some rounds each: a busy machine makes all of them worse, but not by the same.
  const spent = { terminal: Number.POSITIVE_INFINITY, defuser: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 9; round++) {
    const began = performance.now();
    defuser.pieces(text);
    const between = performance.now();
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    spent.defuser = Math.min(spent.defuser, between - began);
    spent.terminal = Math.min(spent.terminal, performance.now() - between);
  }
  expect(spent.defuser).toBeLessThan(spent.terminal / 4);
  terminal.dispose();
});
