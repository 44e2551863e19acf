/** This much silence, in milliseconds, and the other end is asked whether it is there. */
const QUIET_FOR = 5_000;
/** The same after something was sent that gets an answer. */
const ANSWER_WITHIN = 2_000;
/** An end that says nothing for so long after it was asked is gone, in milliseconds. */
const GONE_AFTER = 3_000;
/** The protocol lets a client ask no more often, in milliseconds. */
const ASK_EVERY = 1_000;

export type LivenessOptions = {
  /** Whether anybody sees the page: for a hidden one nothing is asked. */
  visible: () => boolean;
  /** Sends something that is answered. */
  ask: () => void;
  /** The other end is gone; stop has been called. */
  onGone: () => void;
};

/**
 * Tells whether the other end of a connection is still there, which a browser
 * does not tell a page. Whatever comes in counts as an answer. It owns a timer
 * from start to stop.
 */
export class Liveness {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private started = false;
  private heardAt = 0;
  /** Since when there is a question without an answer. */
  private asking: number | undefined;
  private lastAsked = 0;
  /** When to ask at the latest, for another reason than silence. */
  private askBy = Number.POSITIVE_INFINITY;

  constructor(private readonly options: LivenessOptions) {}

  start(): void {
    this.started = true;
    this.heard();
    this.arm();
  }

  stop(): void {
    this.started = false;
    clearTimeout(this.timer);
  }

  /** Something came in. */
  heard(): void {
    // The timer stays as it is: one that comes too early is set again.
    this.heardAt = Date.now();
    this.asking = undefined;
    this.askBy = Number.POSITIVE_INFINITY;
  }

  /** What was sent just now gets an answer if anyone is there. */
  expectAnswer(): void {
    this.askWithin(ANSWER_WITHIN);
  }

  /** There is reason to doubt: asks now. */
  check(): void {
    this.askWithin(0);
  }

  private askWithin(ms: number): void {
    if (this.started && this.asking === undefined) {
      this.askBy = Math.min(this.askBy, Date.now() + ms);
      this.arm();
    }
  }

  private due(): number {
    return this.asking === undefined
      ? Math.max(Math.min(this.heardAt + QUIET_FOR, this.askBy), this.lastAsked + ASK_EVERY)
      : this.asking + GONE_AFTER;
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.act(), Math.max(0, this.due() - Date.now()));
  }

  private act(): void {
    if (Date.now() < this.due()) {
      this.arm();
    } else if (this.asking !== undefined) {
      this.stop();
      this.options.onGone();
    } else if (this.options.visible()) {
      this.asking = Date.now();
      this.lastAsked = this.asking;
      this.arm();
      this.options.ask();
    }
    // For a hidden page nothing more happens until a check.
  }
}
