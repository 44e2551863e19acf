import { type ReadonlySignal, signal } from "@preact/signals";
import type { Reason } from "./api.ts";
import { Liveness } from "./liveness.ts";
import { encodeMessage } from "./wire.ts";

/** Why there is no connection. */
export type Why = Reason | "lost" | "restarting" | "slow" | "protocol" | "finished" | "replaced";

export type Link =
  | { at: "connecting" }
  | { at: "open" }
  | { at: "waiting"; until: number; why: Why }
  | { at: "stopped"; why: Why; detail: string };

/** What to make of a connection that ended. */
export type Verdict =
  | { retry: true; why: Why; afterMs?: number }
  | { retry: false; why: Why; detail: string };

export type Closed = { code: number; reason: string; opened: boolean };

/** The part of a WebSocket that is used here; tests bring their own. */
export type Wire = Pick<
  WebSocket,
  "send" | "close" | "onopen" | "onmessage" | "onclose" | "onerror" | "binaryType"
>;

export type SocketOptions = {
  dial: () => Wire;
  judge: (closed: Closed) => Promise<Verdict>;
  onOpen: () => void;
  onMessage: (data: string | ArrayBuffer) => void;
  surroundings?: Surroundings;
};

/** What a page learns of its network, and of whether it is seen. */
export type Surroundings = {
  window: EventTarget;
  document: EventTarget & { readonly visibilityState: DocumentVisibilityState };
};

/** How long an attempt may take, in milliseconds. */
const OPEN_WITHIN = 10_000;
/** A connection that held this long starts the back-off anew, in milliseconds. */
const SETTLED_AFTER = 5_000;
const BACKOFF = [300, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** The n-th wait in milliseconds, spread by a fifth so that many clients do not come at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = BACKOFF[Math.min(attempt, BACKOFF.length - 1)] ?? 15_000;
  return Math.round(base * (0.8 + 0.4 * random()));
}

/**
 * A WebSocket that comes back. Of what is said over it, it knows only the ping:
 * a verdict decides whether it tries again, and it tells when it opened and
 * what came in. It owns its connection and its timers until dispose.
 */
export class Socket {
  private readonly state = signal<Link>({ at: "connecting" });
  private wire: Wire | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private settle: ReturnType<typeof setTimeout> | undefined;
  private readonly liveness: Liveness;
  private attempt = 0;
  private disposed = false;

  constructor(private readonly options: SocketOptions) {
    const around = options.surroundings;
    this.liveness = new Liveness({
      visible: () => around?.document.visibilityState !== "hidden",
      ask: () => this.send(encodeMessage({ t: "ping" })),
      onGone: () => this.reconnect("offline"),
    });
    around?.window.addEventListener("online", this.stirred);
    around?.window.addEventListener("offline", this.offline);
    around?.document.addEventListener("visibilitychange", this.stirred);
    this.connect();
  }

  get link(): ReadonlySignal<Link> {
    return this.state;
  }

  /** Whether it went out; nothing is kept for later. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.wire === undefined || this.state.value.at !== "open") {
      return false;
    }
    this.wire.send(data);
    return true;
  }

  /** What was sent last gets an answer if anyone is there. */
  expectAnswer(): void {
    this.liveness.expectAnswer();
  }

  /** Ends the present wait. */
  retryNow(): void {
    if (this.state.value.at === "waiting") {
      this.connect();
    }
  }

  /** Begins again after a verdict to stop. */
  restart(): void {
    if (this.state.value.at === "stopped" && !this.disposed) {
      this.attempt = 0;
      this.connect();
    }
  }

  /** Gives the connection up and makes another, at the pace of the back-off. */
  reconnect(why: Why): void {
    if (this.disposed || this.state.value.at === "stopped") {
      return;
    }
    this.drop();
    this.wait({ retry: true, why });
  }

  dispose(): void {
    this.disposed = true;
    this.drop();
    clearTimeout(this.timer);
    const around = this.options.surroundings;
    around?.window.removeEventListener("online", this.stirred);
    around?.window.removeEventListener("offline", this.offline);
    around?.document.removeEventListener("visibilitychange", this.stirred);
    this.state.value = { at: "stopped", why: "finished", detail: "" };
  }

  /** The page is seen again, or the network is back: much may have happened meanwhile. */
  private readonly stirred = (): void => {
    if (this.options.surroundings?.document.visibilityState !== "hidden") {
      this.retryNow();
      this.liveness.check();
    }
  };

  private readonly offline = (): void => {
    if (this.wire !== undefined) {
      this.reconnect("offline");
    }
  };

  private connect(): void {
    clearTimeout(this.timer);
    this.state.value = { at: "connecting" };
    const wire = this.options.dial();
    let opened = false;
    this.wire = wire;
    wire.binaryType = "arraybuffer";
    this.timer = setTimeout(() => this.reconnect("lost"), OPEN_WITHIN);
    wire.onopen = () => {
      opened = true;
      clearTimeout(this.timer);
      this.settle = setTimeout(() => {
        this.attempt = 0;
      }, SETTLED_AFTER);
      this.state.value = { at: "open" };
      this.liveness.start();
      this.options.onOpen();
    };
    wire.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.liveness.heard();
      this.options.onMessage(event.data);
    };
    wire.onclose = (event: CloseEvent) => {
      this.drop();
      void this.conclude({ code: event.code, reason: event.reason, opened });
    };
  }

  /** Lets go of the connection without hearing from it again. */
  private drop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.settle);
    this.liveness.stop();
    const wire = this.wire;
    this.wire = undefined;
    if (wire === undefined) {
      return;
    }
    wire.onopen = null;
    wire.onmessage = null;
    wire.onclose = null;
    wire.onerror = null;
    wire.close();
  }

  private async conclude(closed: Closed): Promise<void> {
    this.state.value = { at: "connecting" };
    const verdict = await this.options.judge(closed);
    // While the verdict was sought, something else may have moved on.
    if (this.disposed || this.wire !== undefined || this.state.value.at !== "connecting") {
      return;
    }
    this.wait(verdict);
  }

  private wait(verdict: Verdict): void {
    if (!verdict.retry) {
      this.state.value = { at: "stopped", why: verdict.why, detail: verdict.detail };
      return;
    }
    const ms = Math.max(backoff(this.attempt), verdict.afterMs ?? 0);
    this.attempt += 1;
    this.state.value = { at: "waiting", until: Date.now() + ms, why: verdict.why };
    this.timer = setTimeout(() => this.connect(), ms);
  }
}
