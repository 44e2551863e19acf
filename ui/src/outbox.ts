import { HEADER_LENGTH, MAX_MESSAGE } from "./wire.ts";

/** Bytes of input that may wait for their acceptance. */
const MAX_WAITING = 256 << 10;
/** Bytes of input in one frame. */
const MAX_PAYLOAD = (MAX_MESSAGE >> 1) - HEADER_LENGTH;

type Item = { number: number; payload: Uint8Array };

/**
 * Input on its way: numbered from 1 without a hole, kept until the session
 * says that it is applied, sent again over a new connection.
 */
export class Outbox {
  private items: Item[] = [];
  private applied = 0;
  private bytes = 0;
  private blocked = false;

  constructor(private readonly send: (number: number, payload: Uint8Array) => void) {}

  /** How many frames are not yet accepted. */
  get waiting(): number {
    return this.items.length;
  }

  /** The number of the last input. */
  get newest(): number {
    return this.applied + this.items.length;
  }

  /** False when too much waits already. After a refusal, input is dropped as the person was told. */
  add(input: Uint8Array): boolean {
    if (this.blocked) {
      return true;
    }
    if (this.bytes + input.length > MAX_WAITING) {
      return false;
    }
    for (let at = 0; at < input.length; at += MAX_PAYLOAD) {
      const item = {
        number: this.newest + 1,
        payload: input.subarray(at, at + MAX_PAYLOAD),
      };
      this.items.push(item);
      this.bytes += item.payload.length;
      this.send(item.number, item.payload);
    }
    return true;
  }

  accepted(number: number): void {
    this.items = this.items.filter((item) => item.number > number);
    this.bytes = this.items.reduce((sum, item) => sum + item.payload.length, 0);
    this.applied = Math.max(this.applied, number);
  }

  /**
   * Takes up where the session is, at the start of a connection. A session that
   * is behind has forgotten this client: what waits is numbered anew after it.
   */
  resume(applied: number): void {
    this.accepted(applied);
    this.applied = applied;
    this.items.forEach((item, i) => {
      item.number = applied + i + 1;
    });
    this.blocked = false;
  }

  resend(): void {
    for (const item of this.items) {
      this.send(item.number, item.payload);
    }
  }

  /**
   * The session refused input: everything behind it is refused as well and its
   * numbers are not used up. Nothing more goes out before unblock, so that a
   * number is never given to two different inputs while refusals are under way.
   */
  refuse(): void {
    this.clear();
    this.blocked = true;
  }

  unblock(): void {
    this.blocked = false;
  }

  clear(): void {
    this.items = [];
    this.bytes = 0;
  }
}
