import { Terminal } from "@xterm/headless";
import { expect, test } from "vitest";
import { asking } from "../e2e/hostile.ts";
import { swallowQueries } from "./queries.ts";

const queries: [name: string, bytes: string][] = [
  ["DA1", "\x1b[c"],
  ["DA1 with a parameter", "\x1b[0c"],
  ["DA2", "\x1b[>c"],
  ["DA3", "\x1b[=c"],
  ["DSR", "\x1b[5n"],
  ["CPR", "\x1b[6n"],
  ["DECXCPR", "\x1b[?6n"],
  ["DECRQM", "\x1b[4$p"],
  ["DECRQM, private", "\x1b[?2004$p"],
  ["DECRQSS", "\x1bP$qm\x1b\\"],
  ["XTVERSION", "\x1b[>q"],
  ["kitty keyboard", "\x1b[?u"],
  ["OSC 4", "\x1b]4;1;?\x1b\\"],
  ["OSC 10", "\x1b]10;?\x07"],
  ["OSC 11", "\x1b]11;?\x1b\\"],
  ["OSC 12", "\x1b]12;?\x07"],
  ["OSC 10 to 12 in one", "\x1b]10;?;?;?\x07"],
  ["window size", "\x1b[18t"],
];

/** All that a terminal answers to the bytes by itself. */
async function answers(bytes: string, swallow: boolean): Promise<string> {
  const terminal = new Terminal({
    allowProposedApi: true,
    windowOptions: { getWinSizeChars: true },
  });
  let said = "";
  terminal.onData((data) => {
    said += data;
  });
  if (swallow) {
    swallowQueries(terminal.parser);
  }
  await new Promise<void>((resolve) => terminal.write(`${bytes}x`, resolve));
  expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe("x");
  terminal.dispose();
  return said;
}

test.each(queries)("%s gets no answer from here", async (_name, bytes) => {
  expect(await answers(bytes, true)).toBe("");
});

test("nothing that the browser tests write does either", async () => {
  const terminal = new Terminal({ allowProposedApi: true });
  const said: string[] = [];
  let name = "";
  terminal.onData((data) => said.push(`${name}: ${JSON.stringify(data)}`));
  swallowQueries(terminal.parser);
  for (const [what, bytes] of asking) {
    name = what;
    const text = Uint8Array.from(`${bytes}\x18`, (c) => c.charCodeAt(0));
    await new Promise<void>((resolve) => terminal.write(text, resolve));
  }
  expect(said).toEqual([]);
  terminal.dispose();
});

// Else the tests above could not fail.
test("a terminal left alone answers most of them", async () => {
  const spoken = await Promise.all(queries.map(([, bytes]) => answers(bytes, false)));
  expect(spoken.filter((s) => s !== "").length).toBeGreaterThan(8);
});

test("what sets something still does", async () => {
  const windowOptions = { pushTitle: true, popTitle: true };
  const terminal = new Terminal({ allowProposedApi: true, windowOptions });
  swallowQueries(terminal.parser);
  const titles: string[] = [];
  terminal.onTitleChange((title) => titles.push(title));
  const stacked = "\x1b]2;one\x07\x1b[22;2t\x1b]2;two\x07\x1b[23;2t";
  await new Promise<void>((resolve) => terminal.write(stacked, resolve));
  expect(titles).toEqual(["one", "two", "one"]);
  await new Promise<void>((resolve) => terminal.write("\x1b[?2004h\x1b[?1h", resolve));
  expect(terminal.modes).toMatchObject({
    bracketedPasteMode: true,
    applicationCursorKeysMode: true,
  });
  terminal.dispose();
});
