import type { ITheme } from "@xterm/xterm";

// The terminal's colours. Every one but the two that stand for the background
// itself (black on dark, the whites on light) has at least 4.5 to 1 against it;
// a test holds that.

export const dark: ITheme = {
  background: "#0f1216",
  foreground: "#dfe3e9",
  cursor: "#8ab4ff",
  cursorAccent: "#0f1216",
  selectionBackground: "#2d4468",
  selectionInactiveBackground: "#263242",
  black: "#2a3038",
  red: "#ff8a80",
  green: "#7fce8f",
  yellow: "#e5c07b",
  blue: "#82aaff",
  magenta: "#d7a1f0",
  cyan: "#6fd0d6",
  white: "#c9d0d9",
  brightBlack: "#8a94a3",
  brightRed: "#ffa79e",
  brightGreen: "#a0e3ac",
  brightYellow: "#f3d79b",
  brightBlue: "#a9c6ff",
  brightMagenta: "#e6c0f7",
  brightCyan: "#97e4e8",
  brightWhite: "#f5f7fa",
};

export const light: ITheme = {
  background: "#ffffff",
  foreground: "#22272e",
  cursor: "#1f5bc4",
  cursorAccent: "#ffffff",
  selectionBackground: "#c6dafb",
  selectionInactiveBackground: "#dfe6ef",
  black: "#22272e",
  red: "#b3261e",
  green: "#1e6b33",
  yellow: "#7d5700",
  blue: "#1f5bc4",
  magenta: "#8a34a8",
  cyan: "#0b6872",
  white: "#dde1e6",
  brightBlack: "#5d6672",
  brightRed: "#c4322a",
  brightGreen: "#25753b",
  brightYellow: "#8a6100",
  brightBlue: "#2b66d0",
  brightMagenta: "#9641b3",
  brightCyan: "#10737e",
  brightWhite: "#f6f7f9",
};
