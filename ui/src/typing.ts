import { Outbox } from "./outbox.ts";
import type { InputFollower } from "./predict/localecho.ts";
import type { ClientMessage, ErrorCode, RoomState } from "./wire.ts";

/** What became of something typed, where that is worth a line to the person. */
export type TypingNotice = { kind: "input"; code: ErrorCode; detail: string } | { kind: "full" };

export type TypingOptions = {
  say: (message: ClientMessage) => void;
  /** Sends one numbered input, if there is a connection that takes it. */
  send: (number: number, payload: Uint8Array) => void;
  onNotice: (notice: TypingNotice) => void;
  follower?: InputFollower | undefined;
};

/**
 * What a person types into a session, and the wheel, without which it is not
 * applied: what waits for the one or the other goes out once and in order, or
 * is given up and the person told.
 */
export class Typing {
  private readonly outbox: Outbox;
  private room: RoomState | undefined;
  private ended = false;
  /** Whether the wheel is to be taken when the next connection finds it free. */
  private wantsWheel = true;
  /** Whether input waits for the answer to a take. */
  private held = false;
  /** Whether the wheel was offered to somebody, without an answer so far. */
  private handing = false;

  constructor(private readonly options: TypingOptions) {
    this.outbox = new Outbox((number, payload) => {
      if (!this.held) {
        options.send(number, payload);
      }
    });
  }

  /**
   * Sends what a person typed. While the connection is away it waits and is
   * sent when it is back. What cannot be sent becomes a notice.
   */
  input(typed: string | Uint8Array): void {
    if (this.room === undefined) {
      return;
    }
    const refusal = this.whyNot(this.room);
    if (refusal !== undefined) {
      this.options.onNotice({ kind: "input", code: refusal, detail: "" });
      return;
    }
    const bytes = typeof typed === "string" ? new TextEncoder().encode(typed) : typed;
    if (!this.outbox.add(bytes)) {
      this.options.onNotice({ kind: "full" });
    } else if (this.outbox.waiting > 0) {
      this.options.follower?.typed(this.outbox.newest, typed);
    }
  }

  /** Asks for the wheel; what is typed until the answer comes waits for it. */
  take(): void {
    this.wantsWheel = true;
    this.held ||= !drives(this.room);
    this.options.say({ t: "take" });
  }

  /** Offers the wheel to somebody else: a state says that they have it, a refusal why not. */
  hand(person: string): void {
    this.handing = true;
    this.options.say({ t: "hand", person });
  }

  release(): void {
    this.wantsWheel = false;
    this.options.say({ t: "release" });
  }

  /** The first state of a connection: goes on from where the session is. */
  resume(room: RoomState): void {
    const before = this.room;
    this.room = room;
    this.handing = false;
    this.outbox.resume(room.seq ?? 0);
    this.options.follower?.resumed(room.seq ?? 0);
    this.held = this.regain(room, before) && !mine(room);
    if (!this.held) {
      this.settle(room, true);
    }
  }

  /** A later state of the same connection. */
  follow(room: RoomState): void {
    this.room = room;
    if (this.held && !mine(room)) {
      return; // The take is still to be answered, by the wheel or by a refusal.
    }
    this.wantsWheel = drives(room);
    this.handing &&= this.wantsWheel;
    this.settle(room, this.held);
  }

  accepted(number: number): void {
    this.outbox.accepted(number);
    this.options.follower?.accepted(number);
  }

  /** The session did not apply what was sent, or did not do what was asked. */
  refused(code: ErrorCode, detail: string): void {
    if (this.handing && drives(this.room)) {
      this.handing = false; // It is still ours, and so is what was typed.
    } else if (code !== "unknown") {
      this.held = false;
      this.outbox.refuse();
    }
    this.options.onNotice({ kind: "input", code, detail });
  }

  /** Gives up what waits, which is no longer to be applied. */
  forget(): void {
    this.outbox.clear();
  }

  /** The program has ended: nothing reads any more. */
  end(): void {
    this.ended = true;
    this.forget();
  }

  private whyNot(room: RoomState): ErrorCode | undefined {
    if (this.ended) {
      return "ended";
    }
    if (!room.mayDrive) {
      return "not-allowed";
    }
    return this.held || mine(room) ? undefined : "not-driver";
  }

  /** Takes the wheel when nobody has it, or only our own lost connection does. */
  private regain(room: RoomState, before: RoomState | undefined): boolean {
    const free = room.driver === "" || (before?.you === room.driver && !drives(room));
    if (!this.wantsWheel || !room.mayDrive || !free) {
      return false;
    }
    this.options.say({ t: "take" });
    return true;
  }

  /** What waits goes out when it may, and is given up when it may not. */
  private settle(room: RoomState, resend: boolean): void {
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
}

/** Whether this attachment is the one that types. */
export function drives(room: RoomState | undefined): boolean {
  return room !== undefined && room.driver !== "" && room.driver === room.you;
}

/** Input of this attachment is applied: it drives, or nobody does. */
function mine(room: RoomState): boolean {
  return room.driver === "" || drives(room);
}
