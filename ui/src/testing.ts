import type { Surroundings, Wire } from "./socket.ts";
import { encodeFrame, type Frame, parseFrame } from "./wire.ts";

/** The server's end of connections, for tests: what was said over each, in order. */
export class FakeServer {
  readonly wires: FakeWire[] = [];

  readonly dial = (): Wire => {
    const wire = new FakeWire();
    this.wires.push(wire);
    return wire;
  };

  get wire(): FakeWire {
    const last = this.wires.at(-1);
    if (last === undefined) {
      throw new Error("nothing was dialled");
    }
    return last;
  }
}

/** One connection, whose other end the test plays. */
export class FakeWire implements Wire {
  binaryType: BinaryType = "blob";
  onopen: WebSocket["onopen"] = null;
  onmessage: WebSocket["onmessage"] = null;
  onclose: WebSocket["onclose"] = null;
  onerror: WebSocket["onerror"] = null;
  closed = false;
  readonly sent: (string | Frame)[] = [];

  send(data: Parameters<WebSocket["send"]>[0]): void {
    if (typeof data === "string") {
      this.sent.push(data);
    } else if (data instanceof Uint8Array) {
      this.sent.push(parseFrame(data.slice().buffer as ArrayBuffer));
    } else {
      throw new Error("something else than text or bytes was sent");
    }
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.call(this as unknown as WebSocket, {} as Event);
  }

  /** The server closes, or the connection breaks (1006). */
  end(code: number, reason = ""): void {
    this.onclose?.call(this as unknown as WebSocket, { code, reason } as CloseEvent);
  }

  say(message: unknown): void {
    this.receive(typeof message === "string" ? message : JSON.stringify(message));
  }

  frame(kind: Frame["kind"], number: number, text: string): void {
    const payload = new TextEncoder().encode(text);
    this.receive(encodeFrame({ kind, number: BigInt(number), payload }).buffer);
  }

  /** The text messages this client sent, parsed. */
  get said(): Record<string, unknown>[] {
    return this.sent
      .filter((m) => typeof m === "string")
      .map((m) => JSON.parse(m) as Record<string, unknown>);
  }

  /** The input this client sent, as number and text. */
  get typed(): [number: number, text: string][] {
    return this.sent
      .filter((m) => typeof m !== "string")
      .map((m) => [Number(m.number), new TextDecoder().decode(m.payload)]);
  }

  private receive(data: string | ArrayBuffer): void {
    this.onmessage?.call(this as unknown as WebSocket, { data } as MessageEvent);
  }
}

/** A page and its window, which the test shows, hides and connects. */
export class FakePage {
  private readonly window = new EventTarget();
  private readonly document = Object.assign(new EventTarget(), {
    visibilityState: "visible" as DocumentVisibilityState,
  });

  get surroundings(): Surroundings {
    return { window: this.window, document: this.document };
  }

  show(): void {
    this.turn("visible");
  }

  hide(): void {
    this.turn("hidden");
  }

  online(): void {
    this.window.dispatchEvent(new Event("online"));
  }

  private turn(to: DocumentVisibilityState): void {
    this.document.visibilityState = to;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}
