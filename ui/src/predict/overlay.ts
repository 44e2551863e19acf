import type { Prediction } from "./line.ts";

/** Where and how the terminal draws. */
export type Canvas = {
  cols: number;
  rows: number;
  /** The line, counted from the first of history, that is at the top. */
  top: number;
  /** The column and line of the program's own cursor, and what is in that cell. */
  cursor: { x: number; y: number; char: string };
  fontFamily: string;
  /** Pixels. */
  fontSize: number;
  colours: { text: string; ground: string; cursor: string; cursorText: string };
};

/**
 * Draws what is predicted over a terminal, whose own cells it leaves alone. A
 * screen reader is told only what the program shows.
 */
export class Overlay {
  private readonly root: HTMLElement;

  /** Given the element that is as large as all cells of the terminal together. */
  constructor(private readonly screen: HTMLElement) {
    this.root = screen.ownerDocument.createElement("div");
    this.root.className = "predicted";
    this.root.ariaHidden = "true";
    screen.append(this.root);
  }

  /** Draws, or with undefined takes away what is drawn. */
  draw(prediction: Prediction | undefined, canvas: Canvas): void {
    const y = (prediction?.y ?? 0) - canvas.top;
    if (prediction === undefined || y < 0 || y >= canvas.rows) {
      if (this.root.childElementCount > 0) {
        this.root.replaceChildren();
      }
      return;
    }
    const height = this.screen.getBoundingClientRect().height / canvas.rows;
    const { style } = this.root;
    style.fontFamily = canvas.fontFamily;
    style.fontSize = `${canvas.fontSize}px`;
    // Half of what a row is higher than its letters is above them: elements round that down,
    // as here, and WebGL rounds it up.
    const withElements = this.screen.querySelector(".xterm-rows") !== null;
    style.lineHeight = `${withElements ? height : height + 1}px`;
    style.top = `${y * height}px`;
    style.color = canvas.colours.text;
    style.setProperty("--ground", canvas.colours.ground);
    style.setProperty("--cursor", canvas.colours.cursor);
    style.setProperty("--cursor-text", canvas.colours.cursorText);
    const drawn = new Map<number, HTMLElement>();
    // The program's own cursor is where it is, and the person's is further on.
    const { cursor } = canvas;
    if (cursor.y === prediction.y) {
      drawn.set(cursor.x, this.cell(cursor.x, cursor.char, canvas.cols, height));
    }
    for (const { x, char } of prediction.cells) {
      const cell = this.cell(x, char, canvas.cols, height);
      cell.className = "typed";
      drawn.set(x, cell);
    }
    const { x, char } = prediction.cursor;
    const under = this.cell(x, drawn.get(x)?.textContent ?? char, canvas.cols, height);
    under.className = "cursor";
    drawn.set(x, under);
    this.root.replaceChildren(...drawn.values());
  }

  dispose(): void {
    this.root.remove();
  }

  private cell(x: number, char: string, cols: number, height: number): HTMLElement {
    const cell = this.screen.ownerDocument.createElement("span");
    cell.textContent = char;
    cell.style.left = `${(x / cols) * 100}%`;
    cell.style.height = `${height}px`;
    cell.style.width = `${100 / cols}%`;
    return cell;
  }
}
