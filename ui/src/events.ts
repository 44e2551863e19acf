import { type ReadonlySignal, signal } from "@preact/signals";
import { programState, type Session } from "./api.ts";
import {
  type Closed,
  type Link,
  Socket,
  type Surroundings,
  type Verdict,
  type Wire,
} from "./socket.ts";

export type EventsOptions = {
  dial: () => Wire;
  judge: (closed: Closed) => Promise<Verdict>;
  /** A session began to wait for a person. */
  onBlocked: (session: Session) => void;
  surroundings?: Surroundings;
};

type Sessions = ReadonlyMap<string, Session>;

/**
 * The sessions the caller may see, kept true by one stream of the server. It
 * owns its socket.
 */
export class Events {
  /** Undefined until the server has said it for the first time. */
  readonly sessions: ReadonlySignal<Sessions | undefined>;
  private readonly known = signal<Sessions | undefined>(undefined);
  private readonly socket: Socket;

  constructor(private readonly options: EventsOptions) {
    this.sessions = this.known;
    this.socket = new Socket({
      dial: options.dial,
      judge: options.judge,
      onOpen: () => {},
      onMessage: (data) => this.receive(data),
      ...(options.surroundings === undefined ? {} : { surroundings: options.surroundings }),
    });
  }

  get link(): ReadonlySignal<Link> {
    return this.socket.link;
  }

  retryNow(): void {
    this.socket.retryNow();
  }

  dispose(): void {
    this.socket.dispose();
  }

  private receive(data: string | ArrayBuffer): void {
    const event = typeof data === "string" ? parse(data) : undefined;
    switch (event?.t) {
      case "sessions":
        this.replace(event.sessions);
        return;
      case "session":
        this.put(event.session);
        return;
      case "gone": {
        const next = new Map(this.known.peek());
        next.delete(event.id);
        this.known.value = next;
        return;
      }
      case undefined:
        return;
      default:
        event satisfies never;
    }
  }

  private replace(list: Session[]): void {
    const before = this.known.peek();
    this.known.value = new Map(list.map((s) => [s.id, s]));
    if (before !== undefined) {
      for (const session of list) {
        this.noticeBlocked(before.get(session.id), session);
      }
    }
  }

  private put(session: Session): void {
    const before = this.known.peek()?.get(session.id);
    this.known.value = new Map(this.known.peek()).set(session.id, session);
    this.noticeBlocked(before, session);
  }

  private noticeBlocked(before: Session | undefined, now: Session): void {
    if (now.state === "blocked" && before?.state !== "blocked") {
      this.options.onBlocked(now);
    }
  }
}

type Event =
  | { t: "sessions"; sessions: Session[] }
  | { t: "session"; session: Session }
  | { t: "gone"; id: string };

/** Undefined for an event of a later version, which is to be ignored. */
function parse(text: string): Event | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const m = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  if (m.t === "sessions" && Array.isArray(m.sessions)) {
    return { t: "sessions", sessions: m.sessions.filter(isSession).map(tidy) };
  }
  if (m.t === "session" && isSession(m.session)) {
    return { t: "session", session: tidy(m.session) };
  }
  if (m.t === "gone" && typeof m.id === "string") {
    return { t: "gone", id: m.id };
  }
  return undefined;
}

function isSession(value: unknown): value is Session {
  return typeof value === "object" && value !== null && typeof (value as Session).id === "string";
}

function tidy(session: Session): Session {
  return { ...session, state: programState(session.state) };
}
