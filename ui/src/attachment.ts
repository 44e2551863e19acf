import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { Intake, type Screen } from "./intake.ts";
import type { InputFollower } from "./predict/localecho.ts";
import {
  type Closed,
  Socket,
  type Surroundings,
  type Verdict,
  type Why,
  type Wire,
} from "./socket.ts";
import { drives, Typing, type TypingNotice } from "./typing.ts";
import {
  type ClientMessage,
  close,
  encodeFrame,
  encodeMessage,
  parseFrame,
  parseMessage,
  type RoomState,
  type ServerMessage,
  WireError,
} from "./wire.ts";

export type Phase =
  | { at: "connecting" }
  | { at: "catching-up" }
  | { at: "live" }
  | { at: "waiting"; until: number; why: Why }
  /** Without a code, nobody knows the status. */
  | { at: "ended"; code: number | undefined }
  | { at: "refused"; why: Why; detail: string };

/** Something that happened once and is worth a line to the person. */
export type Notice = TypingNotice | { kind: "gap"; bytes: number };

export type AttachmentOptions = {
  dial: () => Wire;
  judge: (closed: Closed) => Promise<Verdict>;
  screen: Screen;
  /** This tab's random name, under which its input is numbered. */
  client: string;
  /** The size of the window, in cells. */
  window: { cols: number; rows: number };
  onNotice: (notice: Notice) => void;
  follower?: InputFollower;
  surroundings?: Surroundings;
};

/** Lines of history asked for; more cannot be had later. */
const SCROLLBACK = 1000;

/**
 * One attachment to one session, over as many connections as it takes. It
 * resumes at the offset it has, sends what is typed until it is accepted, and
 * acknowledges what the screen has shown. It owns its socket.
 */
export class Attachment {
  /** The last state the server sent: who is here, who drives, the size. */
  readonly room: ReadonlySignal<RoomState | undefined>;
  readonly phase: ReadonlySignal<Phase>;

  private readonly lastRoom = signal<RoomState | undefined>(undefined);
  private readonly exit = signal<{ code: number | undefined } | undefined>(undefined);
  /** Whether this connection has had its first state. */
  private readonly greeted = signal(false);
  private readonly socket: Socket;
  private readonly typing: Typing;
  private readonly intake: Intake;
  private window: { cols: number; rows: number };

  constructor(private readonly options: AttachmentOptions) {
    this.window = options.window;
    this.room = this.lastRoom;
    this.intake = new Intake(
      options.screen,
      (offset) => this.greeted.peek() && this.say({ t: "ack", offset }),
    );
    this.typing = new Typing({
      say: (message) => this.say(message),
      send: (number, payload) => this.send(number, payload),
      onNotice: options.onNotice,
      follower: options.follower,
    });
    this.socket = new Socket({
      dial: options.dial,
      judge: (closed) => this.judge(closed),
      onOpen: () => this.hello(),
      onMessage: (data) => this.receive(data),
      ...(options.surroundings === undefined ? {} : { surroundings: options.surroundings }),
    });
    this.phase = computed(() => this.currentPhase());
  }

  /** Whether this attachment is the one that types. */
  get driving(): boolean {
    return drives(this.lastRoom.value);
  }

  /** True while the screen shows history: what a terminal makes up then is not to be sent. */
  get replaying(): boolean {
    return this.intake.shown.value < this.intake.historyEnd.value;
  }

  /** Sends what a person typed, or tells them why not. */
  input(typed: string | Uint8Array): void {
    this.typing.input(typed);
  }

  /** Asks for the wheel. */
  take(): void {
    this.typing.take();
  }

  /** Gives the wheel to one of the people in the room, by their id. */
  hand(person: string): void {
    this.typing.hand(person);
  }

  /** Gives the wheel back. */
  release(): void {
    this.typing.release();
  }

  /** Tells the size of this window; the session follows its driver's. */
  resize(cols: number, rows: number): void {
    if (cols === this.window.cols && rows === this.window.rows) {
      return;
    }
    this.window = { cols, rows };
    if (this.greeted.peek()) {
      this.say({ t: "resize", cols, rows });
    }
  }

  retryNow(): void {
    this.socket.retryNow();
  }

  /** Attaches again after this client was attached elsewhere, which ends there. */
  takeBack(): void {
    this.socket.restart();
  }

  dispose(): void {
    this.intake.dispose();
    this.socket.dispose();
  }

  private currentPhase(): Phase {
    const exit = this.exit.value;
    if (exit !== undefined) {
      return { at: "ended", code: exit.code };
    }
    const link = this.socket.link.value;
    switch (link.at) {
      case "connecting":
      case "waiting":
        return link;
      case "open":
        return { at: !this.greeted.value || this.replaying ? "catching-up" : "live" };
      case "stopped":
        return { at: "refused", why: link.why, detail: link.detail };
      default:
        return link satisfies never;
    }
  }

  private async judge(closed: Closed): Promise<Verdict> {
    this.greeted.value = false;
    if (this.exit.peek() !== undefined) {
      return { retry: false, why: "finished", detail: "" };
    }
    if (closed.code === close.replaced) {
      // Its numbers belong to the other one now.
      this.typing.forget();
    }
    return this.options.judge(closed);
  }

  private hello(): void {
    const offset = this.intake.offset;
    this.greeted.value = false;
    this.say({
      t: "hello",
      mode: "latest",
      ...(offset === undefined ? {} : { offset }),
      ...this.window,
      scrollback: SCROLLBACK,
      client: this.options.client,
    });
  }

  private say(message: ClientMessage): boolean {
    return this.socket.send(encodeMessage(message));
  }

  private send(number: number, payload: Uint8Array): void {
    if (this.greeted.peek()) {
      this.socket.send(encodeFrame({ kind: "input", number: BigInt(number), payload }));
      this.socket.expectAnswer();
    }
  }

  private receive(data: string | ArrayBuffer): void {
    try {
      if (typeof data === "string") {
        const message = parseMessage(data);
        if (message !== undefined) {
          this.hear(message);
        }
      } else if (!this.intake.take(parseFrame(data))) {
        this.lose("protocol");
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.lose("protocol");
    }
  }

  /** What came cannot be followed: begins again from what is known to be right. */
  private lose(why: Why): void {
    this.greeted.value = false;
    this.socket.reconnect(why);
  }

  private hear(message: ServerMessage): void {
    switch (message.t) {
      case "state":
        this.enter(message);
        return;
      case "replay":
        this.intake.historyEnd.value = message.to;
        return;
      case "gap":
        this.intake.skip(message.to);
        this.options.onNotice({ kind: "gap", bytes: message.to - message.from });
        return;
      case "accepted":
        this.typing.accepted(message.seq);
        return;
      case "error":
        if (message.code === "bad-sequence") {
          this.lose("protocol");
        } else {
          this.typing.refused(message.code, message.detail);
        }
        return;
      case "exit":
        this.typing.end();
        this.exit.value = { code: message.code };
        return;
      case "pong":
        return; // It was heard, which is all that it says.
      default:
        message satisfies never;
    }
  }

  private enter(room: RoomState): void {
    const before = this.lastRoom.peek();
    if (before?.cols !== room.cols || before.rows !== room.rows) {
      this.options.screen.resize(room.cols, room.rows);
    }
    this.lastRoom.value = room;
    if (this.greeted.peek()) {
      this.typing.follow(room);
    } else {
      this.greeted.value = true;
      this.typing.resume(room);
    }
  }
}
