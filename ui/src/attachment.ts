import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { Intake, type Screen } from "./intake.ts";
import { Outbox } from "./outbox.ts";
import {
  type Closed,
  Socket,
  type SocketOptions,
  type Verdict,
  type Why,
  type Wire,
} from "./socket.ts";
import {
  type ClientMessage,
  type ErrorCode,
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
  | { at: "ended"; code: number }
  | { at: "refused"; why: Why; detail: string };

/** Something that happened once and is worth a line to the person. */
export type Notice =
  | { kind: "gap"; bytes: number }
  | { kind: "input"; code: ErrorCode; detail: string }
  | { kind: "full" };

export type AttachmentOptions = {
  dial: () => Wire;
  judge: (closed: Closed) => Promise<Verdict>;
  alive: () => Promise<boolean>;
  screen: Screen;
  /** This tab's random name, under which its input is numbered. */
  client: string;
  /** The size of the window, in cells. */
  window: { cols: number; rows: number };
  onNotice: (notice: Notice) => void;
  network?: EventTarget;
};

/** Lines of history asked for; more cannot be had later. */
const SCROLLBACK = 1000;
/**
 * One attachment to one session, over as many connections as it takes. It
 * resumes at the offset it has, numbers input and sends it until it is
 * accepted, and acknowledges what the screen has shown. It owns its socket.
 */
export class Attachment {
  /** The last state the server sent: who is here, who drives, the size. */
  readonly room: ReadonlySignal<RoomState | undefined>;
  readonly phase: ReadonlySignal<Phase>;

  private readonly lastRoom = signal<RoomState | undefined>(undefined);
  private readonly exit = signal<number | undefined>(undefined);
  /** Whether this connection has had its first state. */
  private readonly greeted = signal(false);
  private readonly socket: Socket;
  private readonly outbox: Outbox;
  private readonly intake: Intake;
  private window: { cols: number; rows: number };
  /** Whether the wheel is to be taken when the next connection finds it free. */
  private wantsWheel = true;
  /** Whether input waits for the answer to a take. */
  private held = false;

  constructor(private readonly options: AttachmentOptions) {
    this.window = options.window;
    this.room = this.lastRoom;
    this.intake = new Intake(
      options.screen,
      (offset) => this.greeted.peek() && this.say({ t: "ack", offset }),
    );
    this.outbox = new Outbox((number, payload) => {
      if (this.greeted.peek() && !this.held) {
        this.socket.send(encodeFrame({ kind: "input", number: BigInt(number), payload }));
        this.socket.expectAnswer();
      }
    });
    const socket: SocketOptions = {
      dial: options.dial,
      judge: (closed) => this.judge(closed),
      alive: options.alive,
      onOpen: () => this.hello(),
      onMessage: (data) => this.receive(data),
    };
    this.socket = new Socket(
      options.network === undefined ? socket : { ...socket, network: options.network },
    );
    this.phase = computed(() => this.currentPhase());
  }

  /** Whether this attachment is the one that types. */
  get driving(): boolean {
    const room = this.lastRoom.value;
    return room !== undefined && room.driver !== "" && room.driver === room.you;
  }

  /** True while the screen shows history: what a terminal makes up then is not to be sent. */
  get replaying(): boolean {
    return this.intake.shown.value < this.intake.historyEnd.value;
  }

  /**
   * Sends what a person typed. While the connection is away it waits and is
   * sent once, in order, when it is back. What cannot be sent becomes a notice.
   */
  input(typed: string | Uint8Array): void {
    if (this.lastRoom.peek() === undefined) {
      return;
    }
    const refusal = this.whyNotType();
    if (refusal !== undefined) {
      this.options.onNotice({ kind: "input", code: refusal, detail: "" });
      return;
    }
    const bytes = typeof typed === "string" ? new TextEncoder().encode(typed) : typed;
    if (!this.outbox.add(bytes)) {
      this.options.onNotice({ kind: "full" });
    }
  }

  /** Asks for the wheel; what is typed until the answer comes waits for it. */
  take(): void {
    this.wantsWheel = true;
    this.held ||= !this.driving;
    this.say({ t: "take" });
  }

  release(): void {
    this.wantsWheel = false;
    this.say({ t: "release" });
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

  /** After a sleep of the device: trusts no connection from before. */
  renew(): void {
    this.greeted.value = false;
    this.socket.renew();
  }

  dispose(): void {
    this.intake.dispose();
    this.socket.dispose();
  }

  private currentPhase(): Phase {
    const code = this.exit.value;
    if (code !== undefined) {
      return { at: "ended", code };
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

  private whyNotType(): ErrorCode | undefined {
    const room = this.lastRoom.peek();
    if (this.exit.peek() !== undefined) {
      return "ended";
    }
    if (room === undefined || !room.mayDrive) {
      return "not-allowed";
    }
    return this.held || mine(room) ? undefined : "not-driver";
  }

  private async judge(closed: Closed): Promise<Verdict> {
    this.greeted.value = false;
    if (this.exit.peek() !== undefined) {
      return { retry: false, why: "finished", detail: "" };
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
        this.outbox.accepted(message.seq);
        return;
      case "error":
        this.refused(message.code, message.detail);
        return;
      case "exit":
        this.outbox.clear();
        this.exit.value = message.code;
        return;
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
      this.wantsWheel = room.driver === room.you;
      this.settleInput(room);
      return;
    }
    this.greeted.value = true;
    this.outbox.resume(room.seq ?? 0);
    this.held = this.takeBack(room, before) && !mine(room);
    if (!this.held) {
      this.settleInput(room, true);
    }
  }

  /** Takes the wheel when nobody has it, or only our own lost connection does. */
  private takeBack(room: RoomState, before: RoomState | undefined): boolean {
    const free = room.driver === "" || (before?.you === room.driver && room.driver !== room.you);
    if (!this.wantsWheel || !room.mayDrive || !free) {
      return false;
    }
    this.say({ t: "take" });
    return true;
  }

  /** What waits goes out when it may, and is given up when it may not. */
  private settleInput(room: RoomState, resend = this.held): void {
    this.held = false;
    if (room.mayDrive && mine(room)) {
      this.outbox.unblock();
      if (resend) {
        this.outbox.resend();
      }
    } else if (this.outbox.waiting > 0) {
      this.refused(room.mayDrive ? "not-driver" : "not-allowed", "");
    }
  }

  private refused(code: ErrorCode, detail: string): void {
    if (code === "bad-sequence") {
      this.lose("protocol");
      return;
    }
    if (code !== "unknown") {
      this.held = false;
      this.outbox.refuse();
    }
    this.options.onNotice({ kind: "input", code, detail });
  }
}

/** Input of this attachment is applied: it drives, or nobody does. */
function mine(room: RoomState): boolean {
  return room.driver === room.you || room.driver === "";
}
