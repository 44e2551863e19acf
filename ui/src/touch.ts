/** Pixels a finger moves before it scrolls instead of tapping. */
const SLACK = 8;

/**
 * Lets a finger scroll a terminal: xterm.js listens to wheels only. A drag
 * becomes wheel events, one row each, so that history, the alternate screen
 * and programs that ask for the mouse all behave as with a wheel.
 */
export class TouchScroll {
  private startY = 0;
  private lastY = 0;
  private scrolling = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly rowHeight: () => number,
  ) {
    element.addEventListener("touchstart", this.start, { passive: true });
    element.addEventListener("touchmove", this.move, { passive: false });
  }

  dispose(): void {
    this.element.removeEventListener("touchstart", this.start);
    this.element.removeEventListener("touchmove", this.move);
  }

  private readonly start = (event: TouchEvent): void => {
    this.scrolling = false;
    this.startY = event.touches[0]?.clientY ?? 0;
    this.lastY = this.startY;
  };

  private readonly move = (event: TouchEvent): void => {
    const touch = event.touches[0];
    if (touch === undefined || event.touches.length !== 1) {
      return;
    }
    this.scrolling ||= Math.abs(touch.clientY - this.startY) > SLACK;
    if (!this.scrolling) {
      return;
    }
    event.preventDefault();
    const row = this.rowHeight();
    const target = event.target ?? this.element;
    while (Math.abs(this.lastY - touch.clientY) >= row) {
      const direction = Math.sign(this.lastY - touch.clientY);
      this.lastY -= direction * row;
      target.dispatchEvent(
        new WheelEvent("wheel", {
          deltaY: direction * row,
          deltaMode: WheelEvent.DOM_DELTA_PIXEL,
          clientX: touch.clientX,
          clientY: touch.clientY,
          bubbles: true,
          cancelable: true,
        }),
      );
    }
  };
}
