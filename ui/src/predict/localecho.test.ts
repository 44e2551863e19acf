import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Prediction, Row } from "./line.ts";
import { type EchoScreen, LocalEcho } from "./localecho.ts";
import { FakeScreen } from "./simulation.ts";

/** A prompt, and what is shown above it. */
class Screen implements EchoScreen {
  readonly terminal = new FakeScreen(40);
  prediction: Prediction | undefined;
  draws = 0;
  busy = false;

  get row(): Row {
    return this.terminal.row;
  }

  predict(prediction: Prediction | undefined): void {
    this.prediction = prediction;
    this.draws++;
  }
}

let screen: Screen;
let echo: LocalEcho;
let number: number;

beforeEach(() => {
  vi.useFakeTimers();
  screen = new Screen();
  screen.terminal.write("$ ");
  echo = new LocalEcho(screen, () => 1);
  echo.resumed(0);
  echo.turn(true);
  number = 0;
});

afterEach(() => {
  expect(vi.getTimerCount(), "timers that are left").toBe(0);
  vi.useRealTimers();
});

/** Types one key after the other, each echoed after so many milliseconds. */
function typeSlowly(ms: number, text: string): void {
  for (const char of text) {
    echo.typed(++number, char);
    vi.advanceTimersByTime(ms);
    echo.accepted(number);
    screen.terminal.write(char);
    echo.look();
  }
}

/** The same, until the program is known to echo. */
function trust(): void {
  typeSlowly(200, "a");
  vi.advanceTimersByTime(1000);
  typeSlowly(200, "bc");
}

test("over a slow line a key is shown until it is echoed", () => {
  trust();
  echo.typed(++number, "d");
  expect(screen.prediction?.cells).toEqual([{ x: 5, char: "d" }]);
  vi.advanceTimersByTime(200);
  echo.accepted(number);
  screen.terminal.write("d");
  echo.look();
  expect(screen.prediction).toBeUndefined();
});

test("a key that is not echoed is taken back by itself", () => {
  trust();
  echo.typed(++number, "d");
  vi.advanceTimersByTime(200);
  echo.accepted(number);
  expect(screen.prediction).toBeDefined();
  vi.advanceTimersByTime(100);
  expect(screen.prediction).toBeUndefined();
});

test("over a fast line nothing is", () => {
  typeSlowly(20, "abcdefgh");
  echo.typed(++number, "i");
  expect(screen.draws).toBe(0);
});

test("bytes, as of the mouse, are none of its keys", () => {
  trust();
  echo.typed(++number, Uint8Array.of(0x64));
  echo.typed(++number, "e");
  expect(screen.prediction).toBeUndefined();
  echo.turn(false);
});

test.each([
  ["turned off", () => echo.turn(false)],
  ["reset", () => echo.reset()],
  ["resumed", () => echo.resumed(4)],
])("when it is %s all goes at once", (_, act) => {
  trust();
  echo.typed(++number, "d");
  expect(screen.prediction).toBeDefined();
  act();
  expect(screen.prediction).toBeUndefined();
});

test("turned off, nothing is shown", () => {
  trust();
  echo.turn(false);
  typeSlowly(200, "defg");
  echo.typed(++number, "h");
  expect(screen.prediction).toBeUndefined();
});
