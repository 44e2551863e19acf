import { describe, expect, test } from "vitest";
import { over, programStates } from "./api.ts";
import { claimClient } from "./client.ts";
import { arrow, withCtrl } from "./keys.ts";
import { dark, light } from "./palette.ts";
import { cleanPaste } from "./paste.ts";
import { FONT_SIZES, loadPrefs } from "./prefs.ts";
import { parsePath, pathOf } from "./route.ts";
import { relative, secondsUntil } from "./time.ts";
import { looksLikeToken, TokenStore, tidyToken } from "./token.ts";
import { byWords, nameWords, whoWords } from "./words/people.ts";

class FakeStorage implements Storage {
  private readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  clear(): void {
    this.items.clear();
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  key(): string | null {
    return null;
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
}

describe("a paste", () => {
  test.each([
    ["a bracketed paste's end", "a\x1b[201~rm -rf /\r", "a[201~rm -rf /\r"],
    ["an end inside an end", "\x1b[20\x1b[201~1~x", "[20[201~1~x"],
    ["a C1 introducer", "a\u009b201~b", "a201~b"],
    ["control characters", "a\x00\x03\x04\x7fb", "ab"],
    ["lines and tabs, which stay", "a\tb\r\nc\n", "a\tb\r\nc\n"],
    ["letters of all kinds", "é漢🙂", "é漢🙂"],
  ])("with %s", (_name, text, want) => {
    expect(cleanPaste(text)).toBe(want);
  });
});

describe("keys", () => {
  test("an arrow has two forms", () => {
    expect(arrow("up", false)).toBe("\x1b[A");
    expect(arrow("left", true)).toBe("\x1bOD");
  });
  test.each([
    ["c", "\x03"],
    ["C", "\x03"],
    ["[", "\x1b"],
    [" ", "\0"],
    ["5", "5"],
    ["ab", "ab"],
    ["é", "é"],
  ])("Ctrl and %s", (typed, want) => expect(withCtrl(typed)).toBe(want));
});

describe("the terminal's colours", () => {
  const exempt: Record<string, string[]> = {
    dark: ["black"],
    light: ["white", "brightWhite"],
  };
  const notText = /^(background|cursorAccent|selection)/;
  for (const [name, theme] of Object.entries({ dark, light })) {
    const inks = Object.entries(theme)
      .filter(([key]) => !notText.test(key) && !exempt[name]?.includes(key))
      .map(([key, value]): [string, string] => [key, String(value)]);
    test.each(inks)(`${name}: %s can be read`, (_key, ink) => {
      expect(contrast(ink, theme.background ?? "")).toBeGreaterThanOrEqual(4.5);
    });
    test(`${name}: selected text can be read`, () => {
      const { foreground = "", selectionBackground = "" } = theme;
      expect(contrast(foreground, selectionBackground)).toBeGreaterThanOrEqual(4.5);
    });
  }
});

/** WCAG 2 contrast of two colours as #rrggbb. */
function contrast(a: string, b: string): number {
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dim + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("the token", () => {
  test("is kept in one place at a time", () => {
    const stores = { tab: new FakeStorage(), device: new FakeStorage() };
    const tokens = new TokenStore(stores);
    expect(tokens.get()).toBeUndefined();
    tokens.set("one", "device");
    expect([tokens.get(), tokens.kept, stores.tab.length]).toEqual(["one", "device", 0]);
    tokens.set("two", "tab");
    expect([tokens.get(), tokens.kept, stores.device.length]).toEqual(["two", "tab", 0]);
    tokens.clear();
    expect(tokens.get()).toBeUndefined();
  });
  test("loses what a paste brought along", () => {
    expect(tidyToken("  abc\n")).toBe("abc");
  });
  test.each([
    ["A".repeat(43), true],
    [`${"A".repeat(41)}-_`, true],
    ["A".repeat(42), false],
    [`${"A".repeat(42)}=`, false],
  ])("%s: %s", (text, want) => expect(looksLikeToken(text)).toBe(want));
});

describe("this tab's name", () => {
  test("outlives a reload", () => {
    const storage = new FakeStorage();
    const page = new EventTarget();
    const name = claimClient(storage, page);
    expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    page.dispatchEvent(new Event("pagehide"));
    expect(claimClient(storage, new EventTarget())).toBe(name);
  });
  test("is not inherited by a duplicate of the tab", () => {
    const storage = new FakeStorage();
    const name = claimClient(storage, new EventTarget());
    expect(claimClient(storage, new EventTarget())).not.toBe(name);
  });
});

describe("preferences", () => {
  test("are kept", () => {
    const storage = new FakeStorage();
    loadPrefs(storage).fontSize.value = FONT_SIZES[0];
    expect(loadPrefs(storage).fontSize.value).toBe(FONT_SIZES[0]);
  });
  test("predictions are there unless they were turned off", () => {
    const storage = new FakeStorage();
    expect(loadPrefs(storage).prediction.value).toBe("auto");
    loadPrefs(storage).prediction.value = "off";
    expect(loadPrefs(storage).prediction.value).toBe("off");
  });
  test.each(["{", "null", '{"fontSize":-3,"theme":"pink"}'])("%s is as none", (stored) => {
    const storage = new FakeStorage();
    storage.setItem("tailpty.prefs", stored);
    const prefs = loadPrefs(storage);
    expect([prefs.theme.value, prefs.fontSize.value]).toEqual(["system", 14]);
  });
});

describe("places", () => {
  test.each(["/", "/settings", "/s/abc-DEF_123"])("%s", (path) => {
    expect(pathOf(parsePath(path))).toBe(path);
  });
  test.each(["/s/", "/s/a/b", "/s/..%2f", "/nowhere"])("%s is the board", (path) => {
    expect(parsePath(path)).toEqual({ at: "board" });
  });
});

describe("people", () => {
  const ann = { login: "ann@example.com", name: "Ann" };
  const host = { login: "local:ann", name: "ann" };
  test("of the tailnet go by their names", () => {
    expect([nameWords(ann), whoWords(ann)]).toEqual(["Ann", "Ann"]);
    expect(nameWords({ name: "ci" })).toBe("ci");
    expect(nameWords({ login: "localhost@example.com", name: "L" })).toBe("L");
  });
  test("of the host itself are told apart", () => {
    expect(nameWords(host)).toBe("ann, on the host itself");
    // Not to be read as two in a list.
    expect(whoWords(host)).toBe("ann on the host itself");
  });
  test("began a session", () => {
    expect(byWords("ann@example.com", "ann@example.com")).toBe("by you");
    expect(byWords("ann@example.com", "bob@example.com")).toBe("by ann@example.com");
    expect(byWords("local:ann", "bob@example.com")).toBe("by ann, on the host itself");
    expect(byWords("", "bob@example.com")).toBe("by the host itself");
    expect(byWords("", "")).toBe("by the host itself"); // for a tagged device
  });
});

test("what is over is not running", () => {
  const states = programStates.filter(over);
  expect(states).toEqual(["ended", "lost"]);
});

describe("time", () => {
  test.each([
    [0, "now"],
    [59, "now"],
    [60, "1 min. ago"],
    [7199, "1 hr. ago"],
    [90_000, "yesterday"],
  ])("%i s ago", (seconds, want) => {
    expect(relative(0, seconds * 1000, "en")).toBe(want);
  });
  test("a countdown never goes below 0", () => {
    expect([secondsUntil(1500, 0), secondsUntil(0, 1500)]).toEqual([2, 0]);
  });
});
