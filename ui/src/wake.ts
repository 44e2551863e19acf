/** A page hidden for longer may have lost its connections without being told, in milliseconds. */
export const SLEPT = 30_000;

/** Tells when the page is seen again, and for how long it was not, until it is disposed. */
export function onWake(page: Document, woken: (hiddenMs: number) => void): () => void {
  let since: number | undefined;
  const changed = (): void => {
    if (page.visibilityState === "hidden") {
      since = Date.now();
      return;
    }
    woken(since === undefined ? 0 : Date.now() - since);
    since = undefined;
  };
  page.addEventListener("visibilitychange", changed);
  return () => page.removeEventListener("visibilitychange", changed);
}
