import { editOf } from "./edit.ts";
import type { Prediction, Row } from "./line.ts";
import { Predictor } from "./predictor.ts";
import { RoundTrip } from "./roundtrip.ts";

/** Whoever wants to know what becomes of input. */
export type InputFollower = {
  /** Input goes out under this number, or, if it was cut in pieces, up to it. */
  typed(number: number, input: string | Uint8Array): void;
  /** All input up to this number was applied. */
  accepted(number: number): void;
  /** A connection begins, with all input up to this number applied; later numbers may be new ones. */
  resumed(accepted: number): void;
};

/** The terminal, as far as predictions are concerned. */
export type EchoScreen = {
  /** The row of the cursor, or undefined where a full-screen program has the screen. */
  readonly row: Row | undefined;
  /** Whether there is output that is not shown yet. */
  readonly busy: boolean;
  /** Shows a prediction over what there is, or nothing any more. */
  predict(prediction: Prediction | undefined): void;
};

/**
 * What is typed over a slow line is shown at once, until the program's own echo
 * comes. It owns a timer until it is turned off.
 */
export class LocalEcho implements InputFollower {
  private readonly roundTrip = new RoundTrip();
  private readonly predictor: Predictor;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private on = false;
  private drawn = false;

  constructor(
    private readonly screen: EchoScreen,
    private readonly widthOf: (codePoint: number) => number,
  ) {
    this.predictor = new Predictor({
      row: () => screen.row,
      busy: () => screen.busy,
      roundTrip: () => this.roundTrip.ms ?? 0,
    });
  }

  /** Whether what is typed reaches the program, and predictions are wanted. */
  turn(on: boolean): void {
    if (on !== this.on) {
      this.on = on;
      this.reset();
    }
  }

  /** Forgets what is on its way: the screen has become another. */
  reset(): void {
    this.predictor.reset();
    this.roundTrip.forget();
    this.draw();
  }

  resumed(accepted: number): void {
    this.roundTrip.forget();
    this.predictor.resume(accepted);
    this.draw();
  }

  /** An input was sent under this number. */
  typed(number: number, input: string | Uint8Array): void {
    if (!this.on) {
      return;
    }
    const now = performance.now();
    this.roundTrip.send(number, now);
    if (this.roundTrip.slow) {
      const edit = typeof input === "string" ? editOf(input, this.widthOf) : undefined;
      this.predictor.type(number, edit, now);
      this.draw();
    }
  }

  /** All input up to this number was accepted. */
  accepted(number: number): void {
    const now = performance.now();
    this.roundTrip.accept(number, now);
    this.predictor.accept(number, now);
    this.look();
  }

  /** The screen may be another than before. */
  look(): void {
    this.predictor.look(performance.now());
    this.draw();
  }

  private draw(): void {
    clearTimeout(this.timer);
    const now = performance.now();
    const due = this.predictor.due(now);
    if (due !== undefined) {
      this.timer = setTimeout(() => this.look(), Math.ceil(due - now));
    }
    const prediction = this.on && this.roundTrip.slow ? this.predictor.prediction : undefined;
    if (prediction !== undefined || this.drawn) {
      this.drawn = prediction !== undefined;
      this.screen.predict(prediction);
    }
  }
}
