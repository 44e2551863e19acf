import bold from "jetbrains-mono/fonts/webfonts/JetBrainsMonoNL-Bold.woff2";
import regular from "jetbrains-mono/fonts/webfonts/JetBrainsMonoNL-Regular.woff2";

const NAME = "tailpty mono";
export const FONT_FAMILY = `"${NAME}", ui-monospace, Menlo, Consolas, monospace`;
/** Relative to the font size. */
export const LINE_HEIGHT = 1.2;

/**
 * Loads the terminal's font, so that a terminal opened after it measures the
 * right cells and its text does not move. Without the font it goes on in the
 * browser's own.
 */
export async function loadTerminalFont(): Promise<void> {
  const faces = [
    new FontFace(NAME, `url(${regular})`, { weight: "400" }),
    new FontFace(NAME, `url(${bold})`, { weight: "700" }),
  ];
  await Promise.allSettled(
    faces.map(async (face) => {
      document.fonts.add(await face.load());
    }),
  );
}

/** About how many cells this window has room for, for a session yet to be made. */
export function estimateSize(fontSize: number): { cols: number; rows: number } {
  const barHeight = 48;
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) {
    return { cols: 80, rows: 24 };
  }
  context.font = `${fontSize}px ${FONT_FAMILY}`;
  const cols = Math.floor((window.innerWidth - 24) / context.measureText("W").width);
  const rows = Math.floor((window.innerHeight - barHeight) / (fontSize * LINE_HEIGHT * 1.32));
  return { cols: Math.min(1000, Math.max(20, cols)), rows: Math.min(1000, Math.max(6, rows)) };
}
