/** A line is slow from here on, and fast again below; milliseconds. */
const SLOW_FROM = 60;
const FAST_BELOW = 30;
/** The part that a new measurement has in the mean. */
const GAIN = 1 / 8;
/** Inputs on their way that are kept for their time. */
const MOST = 256;

/** How long it takes from an input to the word that its program has it. */
export class RoundTrip {
  private readonly sent = new Map<number, number>();
  private mean: number | undefined;
  private isSlow = false;

  /** Milliseconds, a moving mean; undefined before the first answer. */
  get ms(): number | undefined {
    return this.mean;
  }

  /** Whether a person would notice. */
  get slow(): boolean {
    return this.isSlow;
  }

  send(number: number, now: number): void {
    if (this.sent.size < MOST) {
      this.sent.set(number, now);
    }
  }

  /** All input up to this number was accepted. */
  accept(number: number, now: number): void {
    const at = this.sent.get(number);
    for (const earlier of this.sent.keys()) {
      if (earlier <= number) {
        this.sent.delete(earlier);
      }
    }
    if (at === undefined) {
      return;
    }
    this.mean = this.mean === undefined ? now - at : this.mean + GAIN * (now - at - this.mean);
    this.isSlow = this.mean > (this.isSlow ? FAST_BELOW : SLOW_FROM);
  }

  /** Forgets what is on its way: the connection is gone, and numbers may begin anew. */
  forget(): void {
    this.sent.clear();
  }
}
