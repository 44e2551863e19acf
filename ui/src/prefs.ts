import { effect, type Signal, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

/** Dark, as programs are told that it is, or with the theme. */
export type TerminalColours = "dark" | "theme";

/** Whether what is typed over a slow line is shown before its echo comes. */
export type Prediction = "auto" | "off";

export type Prefs = {
  theme: Signal<Theme>;
  terminal: Signal<TerminalColours>;
  /** Pixels. */
  fontSize: Signal<number>;
  prediction: Signal<Prediction>;
  screenReader: Signal<boolean>;
};

export const FONT_SIZES = [11, 12, 13, 14, 15, 16, 18, 20, 24] as const;
export const DEFAULT_FONT_SIZE = 14;
const KEY = "tailpty.prefs";

/** Preferences of this device; each change is stored at once. */
export function loadPrefs(storage: Storage, defaultFontSize = DEFAULT_FONT_SIZE): Prefs {
  const stored = read(storage);
  const prefs: Prefs = {
    theme: signal(stored.theme === "light" || stored.theme === "dark" ? stored.theme : "system"),
    terminal: signal(stored.terminal === "theme" ? "theme" : "dark"),
    fontSize: signal(FONT_SIZES.find((s) => s === stored.fontSize) ?? defaultFontSize),
    prediction: signal(stored.prediction === "off" ? "off" : "auto"),
    screenReader: signal(stored.screenReader === true),
  };
  effect(() => {
    const value = {
      theme: prefs.theme.value,
      terminal: prefs.terminal.value,
      fontSize: prefs.fontSize.value,
      prediction: prefs.prediction.value,
      screenReader: prefs.screenReader.value,
    };
    storage.setItem(KEY, JSON.stringify(value));
  });
  return prefs;
}

function read(storage: Storage): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
