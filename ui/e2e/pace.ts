import type { Page } from "@playwright/test";

/** How a page kept up with its person, in milliseconds. */
export type Pace = {
  /** How many frames were drawn, and the time between two: nearly all of them, and the longest. */
  frames: number;
  usual: number;
  longest: number;
  /** The longest that something kept the page from everything else. */
  task: number;
  /** From a click until the page handled it, the slowest, of how many. */
  click: number;
  clicks: number;
};

/** How many times longer things may take in a flood than at rest. */
const TIMES = 20;
/** Where that is little: what a busy machine does to a page now and then, in milliseconds. */
const LEAST = { click: 500, usual: 300, longest: 1_000, task: 1_000 };
/** However slow the page is at rest, a person takes one that stands still so long for broken, in milliseconds. */
const MOST = 2_000;

/** What is too slow in a page, beside how it was at rest; nothing where it keeps up. */
export function tooSlow(pace: Pace, rest: Pace): string[] {
  return (["click", "usual", "longest", "task"] as const).flatMap((what) => {
    const allowed = Math.min(MOST, Math.max(TIMES * rest[what], LEAST[what]));
    return pace[what] <= allowed ? [] : [`${what}: ${pace[what]} ms, at most ${allowed}`];
  });
}

type Measuring = { gaps: number[]; tasks: number[]; clicks: number[]; stop: () => void };

/** Begins to measure in a page. */
export async function startPace(page: Page): Promise<void> {
  await page.evaluate(() => {
    const m: Measuring = { gaps: [], tasks: [], clicks: [], stop: () => {} };
    let before = performance.now();
    let frame = requestAnimationFrame(function next(): void {
      const at = performance.now();
      m.gaps.push(at - before);
      before = at;
      frame = requestAnimationFrame(next);
    });
    const tasks = new PerformanceObserver((list) => {
      m.tasks.push(...list.getEntries().map((entry) => entry.duration));
    });
    tasks.observe({ type: "longtask" });
    const clicked = (event: Event): number => m.clicks.push(performance.now() - event.timeStamp);
    addEventListener("pointerdown", clicked, true);
    m.stop = () => {
      cancelAnimationFrame(frame);
      m.tasks.push(...tasks.takeRecords().map((entry) => entry.duration));
      tasks.disconnect();
      removeEventListener("pointerdown", clicked, true);
    };
    (window as unknown as { pace: Measuring }).pace = m;
  });
}

/** Ends the measuring. */
export function stopPace(page: Page): Promise<Pace> {
  return page.evaluate(() => {
    const { gaps, tasks, clicks, stop } = (window as unknown as { pace: Measuring }).pace;
    stop();
    const sorted = gaps.sort((a, b) => a - b);
    return {
      frames: sorted.length,
      usual: Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? Number.POSITIVE_INFINITY),
      longest: Math.round(sorted.at(-1) ?? Number.POSITIVE_INFINITY),
      task: Math.round(Math.max(0, ...tasks)),
      click: Math.round(Math.max(0, ...clicks)),
      clicks: clicks.length,
    };
  });
}
