import { expect } from "@playwright/test";
import type { IBufferLine, Terminal } from "@xterm/xterm";
import type { App } from "./app.ts";

/** All that xterm.js has of a screen, one line of text for each thing and row. */
export type Picture = string[];

/** Waits until both have the same screen, in every cell, and returns it. */
export async function sameScreen(one: App, other: App): Promise<Picture> {
  let picture: Picture = [];
  await expect(async () => {
    picture = await pictureOf(one);
    expect(await pictureOf(other)).toEqual(picture);
  }).toPass({ timeout: 20_000 });
  return picture;
}

/**
 * Waits until both have the same screen, in every cell, and the same history as
 * far back as both have it: who watched all along has more of it. Returns the
 * lines of history that both have.
 */
export async function sameEnd(one: App, other: App): Promise<number> {
  let shared = 0;
  await expect(async () => {
    const pictures = [await pictureOf(one), await pictureOf(other)];
    shared = Math.min(...pictures.map(historyOf));
    const [a, b] = pictures.map((picture) => picture.filter((line) => !older(line, shared)));
    expect(b).toEqual(a);
  }).toPass({ timeout: 20_000 });
  return shared;
}

/** How many lines of history a picture has. */
function historyOf(picture: Picture): number {
  return picture.filter((line) => line.startsWith("-")).length;
}

/** Whether it is a row above the last so many lines of history. */
function older(line: string, history: number): boolean {
  return line.startsWith("-") && Number.parseInt(line, 10) < -history;
}

/**
 * The text of the last so many lines of the terminal in the page, which needs
 * no screen reader mode.
 */
export function lastLines(app: App, count = 100): Promise<string> {
  return app.page.evaluate((most) => {
    const handle = Symbol.for("tailpty.terminal");
    const element = document.querySelector(".xterm") as { [handle]?: Terminal } | null;
    const lines = element?.[handle]?.buffer.active;
    const text: string[] = [];
    for (let y = Math.max(0, (lines?.length ?? 0) - most); y < (lines?.length ?? 0); y++) {
      text.push(lines?.getLine(y)?.translateToString(true) ?? "");
    }
    return text.join("\n");
  }, count);
}

/** The screen in the page of an app. */
export function pictureOf(app: App): Promise<Picture> {
  return app.page.evaluate(read);
}

/** Runs in the page, so it has to stand alone. */
function read(): Picture {
  const handle = Symbol.for("tailpty.terminal");
  const element = document.querySelector(".xterm") as { [handle]?: Terminal } | null;
  const terminal = element?.[handle];
  if (terminal === undefined) {
    throw new Error("there is no terminal in this page");
  }
  // What the terminal does not tell: the cursor's look, and how a cell is underlined.
  type Inner = {
    _core: {
      coreService: {
        isCursorHidden: boolean;
        decPrivateModes: { cursorStyle?: string; cursorBlink?: boolean };
      };
    };
  };
  type Line = { getUnderlineStyle(): number; getUnderlineColor(): number };
  const { isCursorHidden, decPrivateModes: look } = (terminal as unknown as Inner)._core
    .coreService;
  const row = (line: IBufferLine | undefined, y: number): string => {
    let out = `${y}${line?.isWrapped ? " wrapped" : ""} `;
    let style = "";
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x);
      if (cell === undefined) {
        return `${out}(ends at ${x})`;
      }
      const under = cell as unknown as Line;
      const flags = [
        cell.isBold() ? "bold" : "",
        cell.isDim() ? "dim" : "",
        cell.isItalic() ? "italic" : "",
        cell.isBlink() ? "blink" : "",
        cell.isInverse() ? "inverse" : "",
        cell.isInvisible() ? "invisible" : "",
        cell.isStrikethrough() ? "strike" : "",
        cell.isOverline() ? "overline" : "",
        cell.isUnderline() ? `under ${under.getUnderlineStyle()} ${under.getUnderlineColor()}` : "",
      ].filter((flag) => flag !== "");
      const fg = `${cell.getFgColorMode()}:${cell.getFgColor()}`;
      const bg = `${cell.getBgColorMode()}:${cell.getBgColor()}`;
      const now = `<${[fg, bg, ...flags].join(" ")}>`;
      out += `${now === style ? "" : now}${cell.getChars() || (cell.getWidth() === 0 ? "" : "·")}`;
      style = now;
    }
    return out;
  };
  const lines = terminal.buffer.active;
  const rows = Array.from({ length: lines.length }, (_, y) =>
    row(lines.getLine(y), y - lines.baseY),
  );
  return [
    `${terminal.cols} x ${terminal.rows}, ${lines.type}`,
    `cursor ${lines.cursorX},${lines.cursorY} ${isCursorHidden ? "hidden" : "shown"} ${look.cursorStyle} ${look.cursorBlink}`,
    ...Object.entries(terminal.modes).map(([mode, value]) => `${mode} ${value}`),
    ...rows,
  ];
}
