import type { Page } from "@playwright/test";
import type { Terminal } from "@xterm/xterm";

/** What happened with one key, in milliseconds after it was pressed; undefined for what did not. */
export type KeyTimes = {
  key: string;
  /** It was shown before its echo, and painted. */
  shown?: number;
  /** The terminal's own cursor moved: the first echo after it. */
  echoed?: number;
};

export type Predictions = {
  keys: KeyTimes[];
  /** All that was ever shown of predictions, one text for each change. */
  texts: string[];
  /** Cells that were shown as predicted and that the terminal itself had already. */
  polluted: number;
  /** How long each prediction that the program did not follow stayed after its answer. */
  stale: number;
};

type Watching = Predictions & { stop: () => void };

/** Begins to watch what a page shows before its echo comes. */
export async function watchPredictions(page: Page): Promise<void> {
  await page.evaluate(() => {
    const handle = Symbol.for("tailpty.terminal");
    const element = document.querySelector(".xterm") as { [handle]?: Terminal } | null;
    const terminal = element?.[handle];
    const shown = document.querySelector(".predicted");
    if (terminal === undefined || shown === null) {
      throw new Error("there is no terminal in this page");
    }
    const w: Watching = { keys: [], texts: [], polluted: 0, stale: 0, stop: () => {} };
    const pressed: { at: number; times: KeyTimes }[] = [];
    const pressing = (event: KeyboardEvent): void => {
      const times = { key: event.key };
      pressed.push({ at: event.timeStamp, times });
      w.keys.push(times);
    };
    let answered = 0;
    const moved = terminal.onCursorMove(() => {
      answered = performance.now();
      const first = pressed.find(({ times }) => times.echoed === undefined);
      if (first !== undefined) {
        first.times.echoed = answered - first.at;
      }
    });
    const changes = new MutationObserver(() => {
      const cells = [...shown.querySelectorAll(".typed, .cursor")];
      const text = cells.map((cell) => cell.textContent).join("");
      w.texts.push(text);
      const { at, times } = pressed.at(-1) ?? {};
      if (times !== undefined && at !== undefined && text.includes(times.key)) {
        requestAnimationFrame(() => {
          times.shown ??= performance.now() - at;
        });
      }
      if (text === "" && answered > 0) {
        w.stale = Math.max(w.stale, performance.now() - answered);
      }
      const lines = terminal.buffer.active;
      const row = lines.getLine(lines.baseY + lines.cursorY);
      for (const cell of shown.querySelectorAll<HTMLElement>(".typed")) {
        const x = Math.round((Number.parseFloat(cell.style.left) / 100) * terminal.cols);
        w.polluted += (row?.getCell(x)?.getChars() || " ") === cell.textContent ? 1 : 0;
      }
    });
    changes.observe(shown, { childList: true, subtree: true, characterData: true });
    addEventListener("keydown", pressing, true);
    w.stop = () => {
      changes.disconnect();
      moved.dispose();
      removeEventListener("keydown", pressing, true);
    };
    (window as unknown as { predictions: Watching }).predictions = w;
  });
}

/** Ends the watching. */
export function predictions(page: Page): Promise<Predictions> {
  return page.evaluate(() => {
    const { stop, ...seen } = (window as unknown as { predictions: Watching }).predictions;
    stop();
    return seen;
  });
}
