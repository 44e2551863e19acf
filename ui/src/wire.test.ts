import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  encodeFrame,
  encodeMessage,
  type Kind,
  parseFrame,
  parseMessage,
  subprotocols,
  WireError,
} from "./wire.ts";

type Golden = {
  name: string;
  hex?: string;
  text?: string;
  kind?: string;
  number?: string;
  payload_hex?: string;
  control?: Record<string, unknown>;
};

// The same file is read by the Go tests.
const golden = JSON.parse(
  readFileSync(new URL("../../term/wire/testdata/frames.json", import.meta.url), "utf8"),
) as Golden[];

const kinds: Record<string, Kind> = { "1": "output", "2": "snapshot", "17": "input" };
const fromClient = new Set(["hello", "ack", "take", "release", "hand", "resize", "ping"]);

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

describe("golden frames", () => {
  const frames = golden.filter((g) => g.hex !== undefined);
  test("there are some", () => expect(frames.length).toBeGreaterThan(3));
  test.each(frames)("$name", ({ hex = "", kind = "", number = "", payload_hex = "" }) => {
    const want = { kind: kinds[kind], number: BigInt(number), payload: bytes(payload_hex) };
    const got = parseFrame(bytes(hex).buffer);
    expect({ ...got, payload: new Uint8Array(got.payload) }).toEqual(want);
    expect(Buffer.from(encodeFrame(got)).toString("hex")).toBe(hex);
  });
});

describe("golden control messages", () => {
  const messages = golden.filter((g) => g.text !== undefined);
  test("there are some", () => expect(messages.length).toBeGreaterThan(8));
  test.each(messages)("$name", ({ text = "", control = {} }) => {
    if (fromClient.has(String(control.t))) {
      // What this client says has exactly these members.
      const message = control as Parameters<typeof encodeMessage>[0];
      expect(JSON.parse(encodeMessage(message))).toEqual(JSON.parse(text));
      return;
    }
    const message = parseMessage(text);
    expect(message).toMatchObject(asRead(control));
  });
});

/** The names that this side uses for the same members. */
function asRead(control: Record<string, unknown>): Record<string, unknown> {
  const { may_drive, state, error, ...rest } = control;
  return {
    ...rest,
    ...(may_drive === undefined ? {} : { mayDrive: may_drive }),
    ...(state === undefined ? {} : { program: state }),
    ...(error === undefined ? {} : { code: error }),
  };
}

test.each([
  ["no bytes", ""],
  ["half a header", "0100000000"],
  ["an unknown kind", "030000000000000000"],
])("%s is no frame", (_name, hex) => {
  expect(() => parseFrame(bytes(hex).buffer)).toThrow(WireError);
});

test.each([
  ["not JSON", "{"],
  ["an array", "[]"],
  ["no t", '{"offset":1}'],
  ["an offset that is text", '{"t":"replay","to":"1"}'],
  ["an offset below 0", '{"t":"replay","to":-1}'],
  ["a state without a size", '{"t":"state"}'],
  ["a state of no width", '{"t":"state","cols":0,"rows":24}'],
  ["a state of one column", '{"t":"state","cols":1,"rows":24}'],
  ["a state that is too wide", '{"t":"state","cols":1001,"rows":24}'],
  ["a state of too many cells", '{"t":"state","cols":1000,"rows":201}'],
])("%s is no message", (_name, text) => {
  expect(() => parseMessage(text)).toThrow(WireError);
});

test("an exit whose status nobody knows has no code", () => {
  expect(parseMessage('{"t":"exit"}')).toEqual({ t: "exit", code: undefined });
  expect(parseMessage('{"t":"exit","code":0}')).toEqual({ t: "exit", code: 0 });
  expect(() => parseMessage('{"t":"exit","code":"0"}')).toThrow(WireError);
  expect(() => parseMessage('{"t":"exit","code":null}')).toThrow(WireError);
});

test("a message of a later version is ignored", () => {
  expect(parseMessage('{"t":"tomorrow","x":1}')).toBeUndefined();
});

test("what the server leaves out is empty", () => {
  expect(parseMessage('{"t":"state","cols":80,"rows":24}')).toEqual({
    t: "state",
    you: "",
    people: [],
    driver: "",
    mayDrive: false,
    program: "",
    title: "",
    cols: 80,
    rows: 24,
  });
});

test("the token travels in a subprotocol, as unpadded base64url", () => {
  const token = "-_~é";
  const [first, second] = subprotocols(token);
  expect(first).toBe("tailpty.v1");
  const [, encoded = ""] = second?.split("base64url.bearer.tailpty.") ?? [];
  expect(encoded).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Buffer.from(encoded, "base64url").toString()).toBe(token);
});
