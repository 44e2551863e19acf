import { type ReadonlySignal, signal } from "@preact/signals";
import type { Reason } from "./api.ts";

/** Why there is no connection. */
export type Why = Reason | "lost" | "restarting" | "slow" | "protocol" | "finished";

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
  /** Whether the host answers at all: asked when the connection is silent for long. */
  alive: () => Promise<boolean>;
  /** Says when the browser believes to be offline, and online again. */
  network?: EventTarget;
};

/** How long an attempt may take, in milliseconds. */
const OPEN_WITHIN = 10_000;
/** A connection that held this long starts the back-off anew, in milliseconds. */
const SETTLED_AFTER = 5_000;
/**
 * A browser does not tell a page when its connection has lost the other end, so
 * after this much silence the host is asked, in milliseconds.
 */
const SILENT_FOR = 15_000;
/** The same where an answer is due. */
const ANSWER_WITHIN = 3_000;
const CHECK_EVERY = 1_000;
const BACKOFF = [300, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** The n-th wait in milliseconds, spread by a fifth so that many clients do not come at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = BACKOFF[Math.min(attempt, BACKOFF.length - 1)] ?? 15_000;
  return Math.round(base * (0.8 + 0.4 * random()));
}

/**
 * A WebSocket that comes back. It knows nothing of what is said over it: a
 * verdict decides whether it tries again, and it tells when it opened and what
 * came in. It owns its connection and its timers until dispose.
 */
export class Socket {
  private readonly state = signal<Link>({ at: "connecting" });
  private wire: Wire | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private settle: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private heard = 0;
  private answerDueSince: number | undefined;
  private attempt = 0;
  private disposed = false;

  constructor(private readonly options: SocketOptions) {
    options.network?.addEventListener("online", this.online);
    options.network?.addEventListener("offline", this.offline);
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
    this.answerDueSince ??= Date.now();
  }

  /** Ends the present wait. */
  retryNow(): void {
    if (this.state.value.at === "waiting") {
      this.connect();
    }
  }

  /** Makes a new connection at once, whether or not there is one. */
  renew(): void {
    if (this.state.value.at === "open" || this.state.value.at === "waiting") {
      this.drop();
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
    this.options.network?.removeEventListener("online", this.online);
    this.options.network?.removeEventListener("offline", this.offline);
    this.state.value = { at: "stopped", why: "finished", detail: "" };
  }

  private readonly online = (): void => this.retryNow();

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
      this.hear();
      this.watch = setInterval(() => void this.listen(wire), CHECK_EVERY);
      this.options.onOpen();
    };
    wire.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.hear();
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
    clearInterval(this.watch);
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

  private hear(): void {
    this.heard = Date.now();
    this.answerDueSince = undefined;
  }

  /** Gives up a connection that is silent, when the host does not answer elsewhere either. */
  private async listen(wire: Wire): Promise<void> {
    const due = this.answerDueSince;
    const waited = due === undefined ? Date.now() - this.heard : Date.now() - due;
    if (waited < (due === undefined ? SILENT_FOR : ANSWER_WITHIN)) {
      return;
    }
    this.hear();
    if (!(await this.options.alive()) && this.wire === wire) {
      this.reconnect("offline");
    }
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
