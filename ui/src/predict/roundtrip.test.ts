import { describe, expect, test } from "vitest";
import { RoundTrip } from "./roundtrip.ts";

/** One input after the other, each answered after so many milliseconds. */
function measure(trip: RoundTrip, ...answers: number[]): void {
  for (const ms of answers) {
    trip.send(1, 0);
    trip.accept(1, ms);
  }
}

describe("a line", () => {
  test("is not slow before anything is known", () => {
    expect(new RoundTrip().slow).toBe(false);
  });

  test.each([
    [60, false],
    [61, true],
  ])("of %d ms from the beginning is slow: %j", (ms, slow) => {
    const trip = new RoundTrip();
    measure(trip, ms);
    expect(trip.slow).toBe(slow);
  });

  test("that was slow is so until it is fast", () => {
    const trip = new RoundTrip();
    measure(trip, 200, ...Array<number>(50).fill(35));
    expect(trip.slow).toBe(true);
    measure(trip, ...Array<number>(50).fill(29));
    expect(trip.slow).toBe(false);
    measure(trip, ...Array<number>(50).fill(59));
    expect(trip.slow).toBe(false);
    measure(trip, ...Array<number>(50).fill(65));
    expect(trip.slow).toBe(true);
  });

  test("is not slow for one answer that is", () => {
    const trip = new RoundTrip();
    measure(trip, 5, 5, 300);
    expect(trip.slow).toBe(false);
  });

  test("is measured by the input that was answered last", () => {
    const trip = new RoundTrip();
    trip.send(1, 0);
    trip.send(2, 90);
    trip.accept(2, 100);
    expect(trip.ms).toBe(10);
    trip.accept(1, 500);
    expect(trip.ms).toBe(10);
  });

  test("that broke tells nothing of what was on its way", () => {
    const trip = new RoundTrip();
    trip.send(1, 0);
    trip.forget();
    trip.accept(1, 5000);
    expect(trip.ms).toBeUndefined();
  });
});
