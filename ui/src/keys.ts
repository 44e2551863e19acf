// What keys send to a program, for keys that are buttons on a screen.

const ESC = "\x1b";

export type Arrow = "up" | "down" | "left" | "right";

const finals: Record<Arrow, string> = { up: "A", down: "B", right: "C", left: "D" };

/** Programs may ask for the application form of cursor keys (DECCKM). */
export function arrow(direction: Arrow, application: boolean): string {
  return ESC + (application ? "O" : "[") + finals[direction];
}

export const plain = { esc: ESC, tab: "\t", enter: "\r", interrupt: "\x03" } as const;

/** The control character of a typed one, or the text itself where there is none. */
export function withCtrl(text: string): string {
  const code = text.toUpperCase().charCodeAt(0);
  if (text === " ") {
    return "\0";
  }
  return text.length === 1 && code >= 0x40 && code <= 0x5f
    ? String.fromCharCode(code & 0x1f)
    : text;
}
