import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Session } from "./api.ts";
import { Events } from "./events.ts";
import { FakeServer } from "./testing.ts";

const session = { id: "s1", name: "one", state: "working", created: "2026-01-01T00:00:00Z" };

let server: FakeServer;
let blocked: string[];
let events: Events;

beforeEach(() => {
  server = new FakeServer();
  blocked = [];
  events = new Events({
    dial: server.dial,
    judge: async () => ({ retry: false, why: "token", detail: "" }),
    onBlocked: (s: Session) => blocked.push(s.id),
  });
  server.wire.open();
});

afterEach(() => events.dispose());

const ids = (): string[] => [...(events.sessions.value?.keys() ?? [])];

test("nothing is known before the server has spoken", () => {
  expect(events.sessions.value).toBeUndefined();
});

test("sessions come, change and go", () => {
  server.wire.say({ t: "sessions", sessions: [session] });
  server.wire.say({ t: "session", session: { ...session, id: "s2" } });
  expect(ids()).toEqual(["s1", "s2"]);
  server.wire.say({ t: "session", session: { ...session, name: "uno" } });
  expect(events.sessions.value?.get("s1")?.name).toBe("uno");
  server.wire.say({ t: "gone", id: "s1" });
  expect(ids()).toEqual(["s2"]);
});

test("a whole list replaces what was known", () => {
  server.wire.say({ t: "sessions", sessions: [session] });
  server.wire.say({ t: "sessions", sessions: [] });
  expect(ids()).toEqual([]);
});

test("a session that begins to wait is told once", () => {
  server.wire.say({ t: "sessions", sessions: [session] });
  server.wire.say({ t: "session", session: { ...session, state: "blocked" } });
  server.wire.say({ t: "session", session: { ...session, state: "blocked", title: "x" } });
  expect(blocked).toEqual(["s1"]);
});

test("one that waits already when the page opens is not announced", () => {
  server.wire.say({ t: "sessions", sessions: [{ ...session, state: "blocked" }] });
  expect(blocked).toEqual([]);
});

test("a session that went with the machine is lost, and what separates it is told", () => {
  const lost = { ...session, state: "lost", lost: true, exit: null, isolation: "none" };
  server.wire.say({ t: "sessions", sessions: [lost] });
  expect(events.sessions.value?.get("s1")).toMatchObject({ state: "lost", isolation: "none" });
});

test("a state of a later version is unknown", () => {
  server.wire.say({ t: "sessions", sessions: [{ ...session, state: "dreaming" }] });
  expect(events.sessions.value?.get("s1")?.state).toBe("unknown");
});

test.each(["{", "[]", "1", '{"t":"later"}', '{"t":"sessions"}', '{"t":"session","session":null}'])(
  "%s changes nothing",
  (text) => {
    server.wire.say({ t: "sessions", sessions: [session] });
    server.wire.say(text);
    expect(ids()).toEqual(["s1"]);
  },
);

test("its silence is questioned, and is its end", async () => {
  vi.useFakeTimers();
  try {
    events.dispose();
    events = new Events({
      dial: server.dial,
      judge: async () => ({ retry: false, why: "token", detail: "" }),
      onBlocked: () => {},
    });
    server.wire.open();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.wire.said).toEqual([{ t: "ping" }]);
    server.wire.say({ t: "pong" });
    await vi.advanceTimersByTimeAsync(7_900);
    expect(events.link.value).toEqual({ at: "open" });
    await vi.advanceTimersByTimeAsync(100);
    expect(events.link.value).toMatchObject({ at: "waiting", why: "offline" });
  } finally {
    vi.useRealTimers();
  }
});

test("its end is told by the link", async () => {
  server.wire.end(4401);
  await Promise.resolve();
  await Promise.resolve();
  expect(events.link.value).toMatchObject({ at: "stopped", why: "token" });
});
