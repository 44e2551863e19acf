import { signal } from "@preact/signals";

/** The time as shown, in milliseconds; it moves every second while the page is seen. */
export const now = signal(Date.now());

export function startClock(): void {
  const tick = (): void => {
    now.value = Date.now();
  };
  setInterval(() => {
    if (document.visibilityState === "visible") {
      tick();
    }
  }, 1000);
  document.addEventListener("visibilitychange", tick);
}

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** "3 minutes ago", in the reader's language; under a minute it is "now". */
export function relative(then: number, at: number, locale?: string): string {
  const seconds = Math.round((at - then) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  for (const [unit, size] of units) {
    if (seconds >= size) {
      return format.format(-Math.floor(seconds / size), unit);
    }
  }
  return format.format(0, "second");
}

/** Whole seconds until then, at least 0. */
export function secondsUntil(then: number, at: number): number {
  return Math.max(0, Math.ceil((then - at) / 1000));
}

export function absolute(then: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(then);
}
