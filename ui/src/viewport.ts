/**
 * Keeps the visible part of the page, which an on-screen keyboard makes
 * smaller, in two CSS lengths: --view-top and --view-height.
 */
export function followViewport(): void {
  const view = window.visualViewport;
  if (view === null) {
    return;
  }
  const follow = (): void => {
    const style = document.documentElement.style;
    style.setProperty("--view-top", `${view.offsetTop}px`);
    style.setProperty("--view-height", `${view.height}px`);
  };
  view.addEventListener("resize", follow);
  view.addEventListener("scroll", follow);
  follow();
}
