/** What a key does to a line that is typed at a prompt, where its program echoes as a shell does. */
export type Edit =
  | { kind: "insert"; char: string }
  | { kind: "erase" }
  | { kind: "left" }
  | { kind: "right" };

/**
 * The edit that input makes, or undefined where it is not known: control keys,
 * several characters at once as in a paste, and characters that are not one
 * cell wide. widthOf gives cells.
 */
export function editOf(input: string, widthOf: (codePoint: number) => number): Edit | undefined {
  switch (input) {
    case "\x7f":
    case "\b":
      return { kind: "erase" };
    case "\x1b[D":
    case "\x1bOD":
      return { kind: "left" };
    case "\x1b[C":
    case "\x1bOC":
      return { kind: "right" };
    default:
      return isTyped(input, widthOf) ? { kind: "insert", char: input } : undefined;
  }
}

function isTyped(input: string, widthOf: (codePoint: number) => number): boolean {
  const code = input.codePointAt(0) ?? 0;
  const one = input.length === String.fromCodePoint(code).length;
  const printable = code >= 0x20 && code < 0x7f ? true : code >= 0xa0;
  return one && printable && widthOf(code) === 1;
}
