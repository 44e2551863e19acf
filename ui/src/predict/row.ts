import type { Terminal } from "@xterm/xterm";
import type { Row } from "./line.ts";
import type { Canvas } from "./overlay.ts";

type Screen = Pick<Terminal, "buffer" | "modes" | "cols">;

/**
 * The row of the cursor, or undefined where the program has the screen for
 * itself or keys do something else than to write at the cursor.
 */
export function rowOf({ buffer, modes, cols }: Screen): Row | undefined {
  const lines = buffer.active;
  const whole = lines.type === "alternate" || modes.mouseTrackingMode !== "none";
  if (whole || modes.originMode || modes.insertMode || !modes.wraparoundMode) {
    return undefined;
  }
  const y = lines.baseY + lines.cursorY;
  const line = lines.getLine(y);
  const cells = Array.from({ length: cols }, (_, x) => {
    const cell = line?.getCell(x);
    return cell?.getChars() || (cell?.getWidth() === 0 ? "" : " ");
  });
  return { y, x: lines.cursorX, cells };
}

/** Where and how the terminal draws at the moment. */
export function canvasOf(terminal: Terminal): Canvas {
  const { buffer, cols, rows, options } = terminal;
  const lines = buffer.active;
  const y = lines.baseY + lines.cursorY;
  const { foreground = "", background = "", cursor = "", cursorAccent = "" } = options.theme ?? {};
  return {
    cols,
    rows,
    top: lines.viewportY,
    cursor: {
      x: Math.min(lines.cursorX, cols - 1),
      y,
      char: lines.getLine(y)?.getCell(lines.cursorX)?.getChars() || " ",
    },
    fontFamily: options.fontFamily ?? "",
    fontSize: options.fontSize ?? 0,
    colours: { text: foreground, ground: background, cursor, cursorText: cursorAccent },
  };
}
