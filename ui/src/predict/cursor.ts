import type { IDisposable, IParser } from "@xterm/xterm";

const CURSOR = 25; // DECTCEM

/** Knows whether a program hides the cursor, which the terminal does not tell. */
export class CursorWatch implements IDisposable {
  private isHidden = false;
  private readonly owned: IDisposable[];

  constructor(parser: IParser) {
    const set = (hidden: boolean, when = true): boolean => {
      this.isHidden = when ? hidden : this.isHidden;
      return false; // The terminal does what it says.
    };
    this.owned = [
      parser.registerCsiHandler({ prefix: "?", final: "l" }, (p) => set(true, p.includes(CURSOR))),
      parser.registerCsiHandler({ prefix: "?", final: "h" }, (p) => set(false, p.includes(CURSOR))),
      parser.registerCsiHandler({ intermediates: "!", final: "p" }, () => set(false)), // DECSTR
      parser.registerEscHandler({ final: "c" }, () => set(false)), // RIS
    ];
  }

  get hidden(): boolean {
    return this.isHidden;
  }

  reset(): void {
    this.isHidden = false;
  }

  dispose(): void {
    for (const one of this.owned) {
      one.dispose();
    }
  }
}
