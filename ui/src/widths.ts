import { Unicode11Addon } from "@xterm/addon-unicode11";
import type { ITerminalAddon, IUnicodeVersionProvider, Terminal } from "@xterm/xterm";

/** The width of each character in cells, as the terminal and the session have it. */
export function widths(): (codePoint: number) => number {
  let provider: IUnicodeVersionProvider | undefined;
  const register = (one: IUnicodeVersionProvider): void => {
    provider = one;
  };
  // The addon tells a terminal, and nobody else.
  const addon: ITerminalAddon = new Unicode11Addon();
  addon.activate({ unicode: { register } } as unknown as Terminal);
  return (codePoint) => provider?.wcwidth(codePoint) ?? 1;
}
