// The protocol of an attachment, as types: the mirror of the Go package
// term/wire, whose package comment is the specification. The golden frames
// beside that package are read by the tests of both.

export const SUBPROTOCOL = "tailpty.v1";
const BEARER_PREFIX = "base64url.bearer.tailpty.";

/** Bytes of a frame's header: kind and number. */
export const HEADER_LENGTH = 9;
/** The most a client may send in one message, in bytes. */
export const MAX_MESSAGE = 64 << 10;
/** The bounds of a terminal, in cells: of its width and height, and of their product. */
export const MIN_COLS = 2;
export const MAX_SIZE = 1000;
export const MAX_CELLS = 200_000;

/** Why the server closed an attachment, beside 1000 (ended) and 1001 (it stops). */
export const close = {
  protocol: 4400,
  token: 4401,
  forbidden: 4403,
  slow: 4408,
  /** The same client attached again; this is its old connection. */
  replaced: 4409,
} as const;

const kinds = { output: 0x01, snapshot: 0x02, input: 0x11 } as const;
export type Kind = keyof typeof kinds;

export type Frame = {
  kind: Kind;
  /** An offset (output, snapshot) or a sequence number (input). */
  number: bigint;
  payload: Uint8Array;
};

export class WireError extends Error {
  override name = "WireError";
}

export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HEADER_LENGTH + frame.payload.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, kinds[frame.kind]);
  view.setBigUint64(1, frame.number);
  out.set(frame.payload, HEADER_LENGTH);
  return out;
}

/** The payload is a view into the buffer. */
export function parseFrame(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < HEADER_LENGTH) {
    throw new WireError(`${buffer.byteLength} bytes, a header has ${HEADER_LENGTH}`);
  }
  const view = new DataView(buffer);
  const byte = view.getUint8(0);
  const kind = (Object.keys(kinds) as Kind[]).find((k) => kinds[k] === byte);
  if (kind === undefined) {
    throw new WireError(`kind 0x${byte.toString(16).padStart(2, "0")}`);
  }
  return { kind, number: view.getBigUint64(1), payload: new Uint8Array(buffer, HEADER_LENGTH) };
}

/** One attachment as the others see it. Login is empty for a tagged node. */
export type Person = { id: string; login: string; name: string; device: string };

export type ErrorCode = "not-allowed" | "not-driver" | "bad-sequence" | "ended" | "unknown";

export type ClientMessage =
  | {
      t: "hello";
      mode: "latest" | "lossless";
      offset?: number;
      cols: number;
      rows: number;
      scrollback?: number;
      client: string;
    }
  | { t: "ack"; offset: number }
  | { t: "take" }
  | { t: "release" }
  /** Gives the wheel to one of people, by their id. */
  | { t: "hand"; person: string }
  | { t: "resize"; cols: number; rows: number }
  /** At most once a second; any stream of the server answers it. */
  | { t: "ping" };

export type RoomState = {
  t: "state";
  you: string;
  people: Person[];
  /** An id of people, "away" for one who is not here at the moment, or empty. */
  driver: string;
  mayDrive: boolean;
  /** What the program says of itself. */
  program: string;
  title: string;
  cols: number;
  rows: number;
  /** In the first state of an attachment: the last input number applied. */
  seq?: number;
};

export type ServerMessage =
  | RoomState
  | { t: "replay"; to: number }
  | { t: "gap"; from: number; to: number }
  | { t: "accepted"; seq: number }
  | { t: "error"; code: ErrorCode; detail: string }
  /** Without a code, nobody knows the status: the program was lost with the machine. */
  | { t: "exit"; code: number | undefined }
  | { t: "pong" };

export function encodeMessage(message: ClientMessage): string {
  return JSON.stringify(message);
}

/** Undefined for a message of a kind this client does not know: it is to be ignored. */
export function parseMessage(text: string): ServerMessage | undefined {
  const m = object(text);
  switch (m.t) {
    case "state":
      return state(m);
    case "replay":
      return { t: "replay", to: integer(m, "to") };
    case "gap":
      return { t: "gap", from: integer(m, "from"), to: integer(m, "to") };
    case "accepted":
      return { t: "accepted", seq: integer(m, "seq") };
    case "error":
      return { t: "error", code: errorCode(string(m, "error")), detail: string(m, "detail") };
    case "exit":
      return { t: "exit", code: m.code === undefined ? undefined : integer(m, "code") };
    case "pong":
      return { t: "pong" };
    default:
      return undefined;
  }
}

/** What a browser offers in place of headers, which it cannot set on a WebSocket. */
export function subprotocols(token: string): string[] {
  return [SUBPROTOCOL, BEARER_PREFIX + base64url(token)];
}

function base64url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

type Members = Record<string, unknown>;

function object(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError("a text message that is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError("a text message that is not an object");
  }
  const m = value as Members;
  if (typeof m.t !== "string" || m.t === "") {
    throw new WireError('a message without "t"');
  }
  return m;
}

/** The server leaves out what is empty. */
function string(m: Members, key: string): string {
  const value = m[key];
  return typeof value === "string" ? value : "";
}

function integer(m: Members, key: string): number {
  const value = m[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new WireError(`"${key}" of a "${String(m.t)}" is not a number`);
  }
  return value;
}

function size(m: Members): { cols: number; rows: number } {
  const cols = integer(m, "cols");
  const rows = integer(m, "rows");
  const large = cols > MAX_SIZE || rows > MAX_SIZE || cols * rows > MAX_CELLS;
  if (large || cols < MIN_COLS || rows < 1) {
    throw new WireError(`the size of a "${String(m.t)}" is ${cols} x ${rows}`);
  }
  return { cols, rows };
}

function state(m: Members): RoomState {
  const people = Array.isArray(m.people) ? (m.people as unknown[]) : [];
  return {
    t: "state",
    you: string(m, "you"),
    people: people.filter((p) => typeof p === "object" && p !== null).map(person),
    driver: string(m, "driver"),
    mayDrive: m.may_drive === true,
    program: string(m, "state"),
    title: string(m, "title"),
    ...size(m),
    ...(m.seq === undefined ? {} : { seq: integer(m, "seq") }),
  };
}

function person(value: unknown): Person {
  const m = value as Members;
  return {
    id: string(m, "id"),
    login: string(m, "login"),
    name: string(m, "name"),
    device: string(m, "device"),
  };
}

function errorCode(code: string): ErrorCode {
  switch (code) {
    case "not-allowed":
    case "not-driver":
    case "bad-sequence":
    case "ended":
      return code;
    default:
      return "unknown";
  }
}
