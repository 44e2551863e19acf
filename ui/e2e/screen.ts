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
