import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { API, type Api, type Me, Refusal, type Session } from "./api.ts";
import { Events } from "./events.ts";
import type { Why, Wire } from "./socket.ts";
import type { Keep, TokenStore } from "./token.ts";
import { judge } from "./verdict.ts";
import { subprotocols } from "./wire.ts";

/** Why the person is asked to sign in, when there is something to say. */
export type SignInNote =
  | { kind: "wrong" }
  | { kind: "revoked" }
  | { kind: "signed-out" }
  | { kind: "too-many"; until: number }
  | { kind: "failed"; detail: string };

export type Standing =
  | { at: "loading" }
  | { at: "unreachable"; until: number; detail: string }
  | { at: "unknown-peer"; detail: string }
  | { at: "sign-in"; me: Me; note?: SignInNote }
  | { at: "no-grant"; me: Me }
  | { at: "in"; me: Me; token: string };

/** Waits between attempts to reach the host, in milliseconds. */
const ASK_AGAIN = 5_000;

/**
 * Who is here and what they may see: sign-in, the stream of sessions, and
 * where all of it ends. It owns the stream and its timer.
 */
export class App {
  readonly standing: ReadonlySignal<Standing>;
  readonly events: ReadonlySignal<Events | undefined>;
  /** The last thing to say aloud to those who cannot see it. */
  readonly announcement: ReadonlySignal<string>;
  readonly waitingCount = computed(() => {
    const all = [...(this.stream.value?.sessions.value?.values() ?? [])];
    return all.filter((s) => s.state === "blocked").length;
  });

  private readonly state = signal<Standing>({ at: "loading" });
  private readonly stream = signal<Events | undefined>(undefined);
  private readonly spoken = signal("");
  private stopWatching: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly api: Api,
    private readonly tokens: TokenStore,
    private readonly describeBlocked: (session: Session) => string,
  ) {
    this.standing = this.state;
    this.events = this.stream;
    this.announcement = this.spoken;
  }

  /** Asks the host who is here, with the token that is kept, if any. */
  async check(note?: SignInNote): Promise<void> {
    clearTimeout(this.timer);
    try {
      this.place(await this.api.me(), note);
    } catch (error) {
      await this.turnedAway(refusalOf(error));
    }
  }

  /** The note when it did not work, which is also in standing. */
  async signIn(token: string, keep: Keep): Promise<SignInNote | undefined> {
    try {
      const me = await this.api.me(token);
      this.tokens.set(token, keep);
      this.place(me);
      return undefined;
    } catch (error) {
      const refusal = refusalOf(error);
      switch (refusal.reason) {
        case "token":
          return { kind: "wrong" };
        case "too-many-tokens":
        case "limit":
          return { kind: "too-many", until: Date.now() + (refusal.retryAfterMs ?? 0) };
        default:
          return { kind: "failed", detail: refusal.detail };
      }
    }
  }

  async signOut(): Promise<void> {
    this.forget();
    await this.check({ kind: "signed-out" });
  }

  /** Something learned that the host no longer lets this person in as before. */
  lost(why: Why): void {
    switch (why) {
      case "token":
        this.forget();
        void this.check({ kind: "revoked" });
        return;
      case "no-grant":
      case "unknown-peer":
      case "not-allowed":
        void this.check();
        return;
      default:
        return;
    }
  }

  dial(path: string): Wire {
    const url = new URL(API + path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url, subprotocols(this.tokens.get() ?? ""));
  }

  get kept(): Keep {
    return this.tokens.kept ?? "tab";
  }

  private place(me: Me, note?: SignInNote): void {
    const token = this.tokens.get();
    if (!me.token || token === undefined) {
      this.closeStream();
      this.state.value = note === undefined ? { at: "sign-in", me } : { at: "sign-in", me, note };
      return;
    }
    if (me.grants.length === 0) {
      this.closeStream();
      this.state.value = { at: "no-grant", me };
      return;
    }
    this.state.value = { at: "in", me, token };
    this.openStream();
  }

  private async turnedAway(refusal: Refusal): Promise<void> {
    switch (refusal.reason) {
      case "token":
        this.forget();
        await this.check({ kind: "revoked" });
        return;
      case "unknown-peer":
        this.closeStream();
        this.state.value = { at: "unknown-peer", detail: refusal.detail };
        return;
      default: {
        const wait = Math.max(ASK_AGAIN, refusal.retryAfterMs ?? 0);
        this.state.value = { at: "unreachable", until: Date.now() + wait, detail: refusal.detail };
        this.timer = setTimeout(() => void this.check(), wait);
      }
    }
  }

  private forget(): void {
    this.closeStream();
    this.tokens.clear();
  }

  private openStream(): void {
    if (this.stream.peek() !== undefined) {
      return;
    }
    const events = new Events({
      dial: () => this.dial("/events"),
      judge: (closed) => judge(closed, () => this.api.profiles()),
      onBlocked: (session) => {
        this.spoken.value = this.describeBlocked(session);
      },
      surroundings: { window, document },
    });
    this.stream.value = events;
    this.stopWatching = events.link.subscribe((link) => {
      if (link.at === "stopped") {
        this.lost(link.why);
      }
    });
  }

  private closeStream(): void {
    this.stopWatching?.();
    this.stopWatching = undefined;
    this.stream.peek()?.dispose();
    this.stream.value = undefined;
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) {
    return error;
  }
  throw error;
}
