import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Attachment, type Notice } from "./attachment.ts";
import type { Verdict } from "./socket.ts";
import { FakePage, FakeServer } from "./testing.ts";

/** A screen that shows what it is given when the test says so. */
class FakeScreen {
  readonly log: string[] = [];
  private readonly waiting: (() => void)[] = [];

  resize(cols: number, rows: number): void {
    this.log.push(`resize ${cols}x${rows}`);
  }

  restore(bytes: Uint8Array, done: () => void): void {
    this.log.push("reset");
    this.write(bytes, done);
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.log.push(`write ${new TextDecoder().decode(bytes)}`);
    this.waiting.push(done);
  }

  show(): void {
    for (const done of this.waiting.splice(0)) {
      done();
    }
  }
}

const room = {
  t: "state",
  you: "a1",
  people: [{ id: "a1", name: "Alice", device: "laptop" }],
  driver: "a1",
  may_drive: true,
  cols: 80,
  rows: 24,
};

let server: FakeServer;
let screen: FakeScreen;
let notices: Notice[];
let verdict: Verdict;
let page: FakePage;
let followed: unknown[];
let attachment: Attachment;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  server = new FakeServer();
  screen = new FakeScreen();
  notices = [];
  verdict = { retry: true, why: "lost" };
  page = new FakePage();
  followed = [];
  attachment = new Attachment({
    dial: server.dial,
    judge: async () => verdict,
    screen,
    client: "tab",
    window: { cols: 100, rows: 30 },
    onNotice: (n) => notices.push(n),
    follower: {
      typed: (number, input) => followed.push(["typed", number, input]),
      accepted: (number) => followed.push(["accepted", number]),
      resumed: (number) => followed.push(["resumed", number]),
    },
    surroundings: page.surroundings,
  });
});

afterEach(() => {
  attachment.dispose();
  vi.useRealTimers();
});

/** Connects and is greeted with a state. */
function enter(state: Record<string, unknown> = {}): void {
  server.wire.open();
  server.wire.say({ ...room, seq: 0, ...state });
}

/** Breaks the connection and waits for the next attempt. */
async function comeBack(): Promise<void> {
  server.wire.end(1006);
  await nextAttempt();
}

async function nextAttempt(): Promise<void> {
  const before = server.wires.length;
  await vi.advanceTimersByTimeAsync(0);
  const phase = attachment.phase.value;
  if (phase.at !== "waiting") {
    throw new Error(`no attempt follows: ${phase.at}`);
  }
  await vi.advanceTimersByTimeAsync(phase.until - Date.now());
  expect(server.wires.length).toBe(before + 1);
}

describe("resuming", () => {
  test("begins with a hello that has no offset", () => {
    server.wire.open();
    expect(server.wire.said).toEqual([
      { t: "hello", mode: "latest", cols: 100, rows: 30, scrollback: 1000, client: "tab" },
    ]);
  });

  test("comes back with the offset of what the screen was given, and the present window", async () => {
    enter();
    server.wire.frame("output", 0, "hello");
    attachment.resize(90, 20);
    await comeBack();
    server.wire.open();
    expect(server.wire.said[0]).toMatchObject({ t: "hello", offset: 5, cols: 90, rows: 20 });
  });

  test("resets the screen for a snapshot and goes on from its offset", async () => {
    enter();
    server.wire.frame("output", 0, "old");
    server.wire.frame("snapshot", 4096, "new");
    server.wire.frame("output", 4096, "er");
    expect(screen.log.slice(1)).toEqual(["write old", "reset", "write new", "write er"]);
    await comeBack();
    server.wire.open();
    expect(server.wire.said[0]).toMatchObject({ offset: 4098 });
  });

  test("shows bytes that come twice once", () => {
    enter();
    server.wire.frame("output", 0, "abc");
    server.wire.frame("output", 0, "abc");
    server.wire.frame("output", 1, "bcd");
    expect(screen.log.slice(1)).toEqual(["write abc", "write d"]);
  });

  test("does not show what comes after a hole, and asks again from where it is", async () => {
    enter();
    server.wire.frame("output", 0, "abc");
    server.wire.frame("output", 9, "xyz");
    await nextAttempt();
    expect(screen.log).not.toContain("write xyz");
    server.wire.open();
    expect(server.wire.said[0]).toMatchObject({ offset: 3 });
  });

  test("passes over a gap that is announced, and says so", () => {
    enter();
    server.wire.frame("output", 0, "abc");
    server.wire.say({ t: "gap", from: 3, to: 9 });
    server.wire.frame("output", 9, "xyz");
    expect(screen.log.slice(1)).toEqual(["write abc", "write xyz"]);
    expect(notices).toEqual([{ kind: "gap", bytes: 6 }]);
  });

  test("begins anew after a message that makes no sense", async () => {
    enter();
    server.wire.say("{");
    await nextAttempt();
  });
});

describe("input", () => {
  test("is numbered from 1 and sent at once", () => {
    enter();
    attachment.input("l");
    attachment.input("s");
    expect(server.wire.typed).toEqual([
      [1, "l"],
      [2, "s"],
    ]);
  });

  test("goes on from the number the session has", () => {
    enter({ seq: 41 });
    attachment.input("x");
    expect(server.wire.typed).toEqual([[42, "x"]]);
  });

  test("is followed from its number to its acceptance", async () => {
    enter({ seq: 4 });
    attachment.input("a");
    attachment.input("b".repeat(40_000));
    server.wire.say({ t: "accepted", seq: 5 });
    await comeBack();
    enter({ seq: 7 });
    expect(followed).toEqual([
      ["resumed", 4],
      ["typed", 5, "a"],
      ["typed", 7, "b".repeat(40_000)],
      ["accepted", 5],
      ["resumed", 7],
    ]);
  });

  test("that goes nowhere is not followed", () => {
    enter({ driver: "b2" });
    attachment.input("a");
    expect(followed).toEqual([["resumed", 0]]);
  });

  test("that was not accepted is sent again with its number, once it is known what was", async () => {
    enter();
    attachment.input("a");
    attachment.input("b");
    attachment.input("c");
    server.wire.say({ t: "accepted", seq: 1 });
    await comeBack();
    server.wire.open();
    expect(server.wire.typed).toEqual([]);
    server.wire.say({ ...room, you: "a2", driver: "a2", seq: 2 });
    expect(server.wire.typed).toEqual([[3, "c"]]);
    attachment.input("d");
    expect(server.wire.typed.at(-1)).toEqual([4, "d"]);
  });

  test("typed while the connection is away waits for it", async () => {
    enter();
    server.wire.end(1006);
    attachment.input("a");
    await nextAttempt();
    enter({ you: "a2", driver: "" });
    expect(server.wire.typed).toEqual([[1, "a"]]);
  });

  test("waits until the wheel is ours again, when only our lost connection has it", async () => {
    enter();
    attachment.input("a");
    await comeBack();
    enter({ you: "a2", driver: "a1" });
    expect(server.wire.said.at(-1)).toEqual({ t: "take" });
    expect(server.wire.typed).toEqual([]);
    server.wire.say({ ...room, you: "a2", driver: "a2" });
    expect(server.wire.typed).toEqual([[1, "a"]]);
  });

  test("is given up, and the person told, when somebody else drives after the return", async () => {
    enter();
    attachment.input("a");
    await comeBack();
    enter({ you: "a2", driver: "b1" });
    expect(server.wire.typed).toEqual([]);
    expect(notices).toMatchObject([{ kind: "input", code: "not-driver" }]);
  });

  test("a refusal uses up no number and stops what follows until it may be sent again", () => {
    enter();
    attachment.input("a");
    attachment.input("b");
    server.wire.say({ t: "error", error: "not-driver", detail: "Bob drives." });
    server.wire.say({ t: "error", error: "not-driver", detail: "Bob drives." });
    attachment.input("c");
    server.wire.say({ ...room, driver: "b1" });
    server.wire.say(room);
    attachment.input("d");
    expect(server.wire.typed).toEqual([
      [1, "a"],
      [2, "b"],
      [1, "d"],
    ]);
    expect(notices[0]).toEqual({ kind: "input", code: "not-driver", detail: "Bob drives." });
  });

  test("a hole in the numbers is mended by a new connection", async () => {
    enter();
    attachment.input("a");
    server.wire.say({ t: "error", error: "bad-sequence", detail: "" });
    await nextAttempt();
    enter({ seq: 0 });
    expect(server.wire.typed).toEqual([[1, "a"]]);
  });

  test.each([
    ["a viewer's", { may_drive: false, driver: "b1" }, "not-allowed"],
    ["that of one who does not drive", { driver: "b1" }, "not-driver"],
  ])("%s is not sent", (_name, state, code) => {
    enter(state);
    attachment.input("x");
    expect(server.wire.typed).toEqual([]);
    expect(notices).toMatchObject([{ kind: "input", code }]);
  });

  test("larger than a message goes in several", () => {
    enter();
    attachment.input("x".repeat(100_000));
    const typed = server.wire.typed;
    expect(typed.map(([n]) => n)).toEqual([1, 2, 3, 4]);
    expect(typed.map(([, text]) => text).join("")).toBe("x".repeat(100_000));
    expect(Math.max(...typed.map(([, text]) => text.length))).toBeLessThan(64 << 10);
  });

  test("is bounded while nobody takes it", () => {
    enter();
    for (let i = 0; i < 10; i++) {
      attachment.input("x".repeat(50_000));
    }
    expect(notices.at(-1)).toEqual({ kind: "full" });
    expect(server.wire.typed.length).toBeLessThan(12);
  });
});

describe("acknowledging", () => {
  const acks = (): unknown[] => server.wire.said.filter((m) => m.t === "ack");

  test("waits until the screen has shown it", () => {
    enter();
    server.wire.frame("output", 0, "x".repeat(20_000));
    expect(acks()).toEqual([]);
    screen.show();
    expect(acks()).toEqual([{ t: "ack", offset: 20_000 }]);
  });

  test("happens at least every 16 KiB", () => {
    enter();
    for (let at = 0; at < 64 << 10; at += 1000) {
      server.wire.frame("output", at, "x".repeat(1000));
      screen.show();
    }
    const offsets = [0, ...acks().map((m) => (m as { offset: number }).offset)];
    const steps = offsets.slice(1).map((o, i) => o - (offsets[i] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(16 << 10);
    expect(steps.length).toBeGreaterThan(3);
  });

  test("of little comes a moment later, once", async () => {
    enter();
    server.wire.frame("output", 0, "ab");
    server.wire.frame("output", 2, "cd");
    screen.show();
    expect(acks()).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(acks()).toEqual([{ t: "ack", offset: 4 }]);
  });
});

describe("a replay", () => {
  test("lasts until the screen has shown all of it", () => {
    enter();
    server.wire.say({ t: "replay", to: 8 });
    expect(attachment.replaying).toBe(true);
    expect(attachment.phase.value).toEqual({ at: "catching-up" });
    server.wire.frame("snapshot", 4, "shot");
    screen.show();
    expect(attachment.replaying).toBe(true);
    server.wire.frame("output", 4, "rest");
    expect(attachment.replaying).toBe(true);
    screen.show();
    expect(attachment.replaying).toBe(false);
    expect(attachment.phase.value).toEqual({ at: "live" });
  });

  test("of nothing is over at once", () => {
    enter();
    server.wire.say({ t: "replay", to: 0 });
    expect(attachment.phase.value).toEqual({ at: "live" });
  });
});

describe("the wheel", () => {
  test("holds what is typed until it is given", () => {
    enter({ driver: "b1" });
    attachment.take();
    attachment.input("x");
    expect(server.wire.typed).toEqual([]);
    server.wire.say(room);
    expect(server.wire.typed).toEqual([[1, "x"]]);
    expect(notices).toEqual([]);
  });

  test("that is not given takes nothing that was typed", () => {
    enter({ driver: "b1" });
    attachment.take();
    attachment.input("x");
    server.wire.say({ t: "error", error: "not-driver", detail: "Bob drives." });
    server.wire.say(room);
    expect(server.wire.typed).toEqual([]);
    expect(notices).toHaveLength(1);
  });

  test("that another still has while the take is unanswered takes nothing that was typed", () => {
    enter({ driver: "b1" });
    attachment.take();
    attachment.input("x");
    server.wire.say({ ...room, driver: "b1", title: "make" });
    attachment.input("y");
    server.wire.say({ ...room, driver: "b2" });
    expect(server.wire.typed).toEqual([]);
    server.wire.say(room);
    expect(server.wire.typed).toEqual([
      [1, "x"],
      [2, "y"],
    ]);
    expect(notices).toEqual([]);
  });

  test("that is refused after such a state gives up what was typed", () => {
    enter({ driver: "b1" });
    attachment.take();
    attachment.input("x");
    server.wire.say({ ...room, driver: "b2" });
    server.wire.say({ t: "error", error: "not-driver", detail: "Bob drives." });
    expect(notices).toEqual([{ kind: "input", code: "not-driver", detail: "Bob drives." }]);
    server.wire.say(room);
    expect(server.wire.typed).toEqual([]);
  });

  test("that our lost connection still has keeps what waits, whatever else changes", async () => {
    enter();
    attachment.input("a");
    await comeBack();
    enter({ you: "a2", driver: "a1" });
    server.wire.say({ ...room, you: "a2", driver: "a1", title: "make" });
    expect(server.wire.typed).toEqual([]);
    server.wire.say({ ...room, you: "a2", driver: "a2" });
    expect(server.wire.typed).toEqual([[1, "a"]]);
    expect(notices).toEqual([]);
  });

  test("that is handed over is somebody else's, and what is typed is not sent", () => {
    enter();
    attachment.hand("b1");
    expect(server.wire.said.at(-1)).toEqual({ t: "hand", person: "b1" });
    server.wire.say({ ...room, driver: "b1" });
    attachment.input("x");
    expect(server.wire.typed).toEqual([]);
    expect(notices).toMatchObject([{ kind: "input", code: "not-driver" }]);
    server.wire.say({ t: "error", error: "not-driver", detail: "Bob drives." });
    server.wire.say({ ...room, driver: "a1" });
    attachment.input("y");
    expect(server.wire.typed).toEqual([[1, "y"]]);
  });

  test("that nobody else may have stays ours, with all that is typed", () => {
    enter();
    attachment.input("a");
    attachment.hand("b1");
    attachment.input("b");
    server.wire.say({ t: "error", error: "not-allowed", detail: "Bob may not drive." });
    expect(notices).toEqual([{ kind: "input", code: "not-allowed", detail: "Bob may not drive." }]);
    server.wire.say({ t: "accepted", seq: 2 });
    attachment.input("c");
    expect(server.wire.typed).toEqual([
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ]);
  });

  test("is taken on opening when nobody drives", () => {
    enter({ driver: "" });
    expect(server.wire.said.at(-1)).toEqual({ t: "take" });
  });

  test.each([
    ["somebody else drives", { driver: "b1" }],
    ["one may only watch", { driver: "", may_drive: false }],
  ])("is not taken when %s", (_name, state) => {
    enter(state);
    expect(server.wire.said.map((m) => m.t)).toEqual(["hello"]);
  });

  test("that was given back is not taken again by a reconnection", async () => {
    enter();
    attachment.release();
    server.wire.say({ ...room, driver: "" });
    await comeBack();
    enter({ driver: "" });
    expect(server.wire.said.map((m) => m.t)).toEqual(["hello"]);
  });
});

describe("reconnecting", () => {
  test("waits longer each time, and says until when", async () => {
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      server.wire.end(1006);
      await vi.advanceTimersByTimeAsync(0);
      const phase = attachment.phase.value;
      expect(phase.at).toBe("waiting");
      waits.push(phase.at === "waiting" ? phase.until - Date.now() : 0);
      await vi.advanceTimersByTimeAsync(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([300, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  test("begins anew after a connection that held", async () => {
    await comeBack();
    await comeBack();
    enter();
    await vi.advanceTimersByTimeAsync(6000);
    server.wire.end(1006);
    await vi.advanceTimersByTimeAsync(0);
    expect(attachment.phase.value).toMatchObject({ until: Date.now() + 300 });
  });

  test("can be told not to wait", async () => {
    await comeBack();
    server.wire.end(1006);
    await vi.advanceTimersByTimeAsync(0);
    attachment.retryNow();
    expect(server.wires).toHaveLength(3);
  });

  test("happens at once when the page is seen again, or the network is back", async () => {
    for (const stir of [() => page.show(), () => page.online()]) {
      page.hide();
      server.wire.end(1006);
      await vi.advanceTimersByTimeAsync(0);
      expect(attachment.phase.value.at).toBe("waiting");
      const before = server.wires.length;
      stir();
      page.show();
      expect(server.wires).toHaveLength(before + 1);
    }
  });

  test("gives up an attempt that gets no answer", async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.wire.closed).toBe(true);
    expect(attachment.phase.value.at).toBe("waiting");
  });

  test("stops where the verdict says so", async () => {
    verdict = { retry: false, why: "not-allowed", detail: "Your grant was removed." };
    server.wire.end(4403);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.wires).toHaveLength(1);
    expect(attachment.phase.value).toEqual({
      at: "refused",
      why: "not-allowed",
      detail: "Your grant was removed.",
    });
  });

  test("does not happen after the exit", async () => {
    enter();
    server.wire.say({ t: "exit", code: 137 });
    expect(attachment.phase.value).toEqual({ at: "ended", code: 137 });
    server.wire.end(1006);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.wires).toHaveLength(1);
    attachment.input("x");
    expect(notices).toMatchObject([{ kind: "input", code: "ended" }]);
  });

  test("does not happen after an exit whose status nobody knows", async () => {
    enter();
    server.wire.say({ t: "exit" });
    expect(attachment.phase.value).toEqual({ at: "ended", code: undefined });
    server.wire.end(1000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.wires).toHaveLength(1);
    expect(attachment.phase.value).toEqual({ at: "ended", code: undefined });
    attachment.input("x");
    expect(notices).toMatchObject([{ kind: "input", code: "ended" }]);
  });

  test("ends with dispose", async () => {
    server.wire.end(1006);
    await vi.advanceTimersByTimeAsync(0);
    attachment.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.wires).toHaveLength(1);
  });
});

describe("opened again elsewhere", () => {
  beforeEach(async () => {
    enter();
    server.wire.frame("output", 0, "abc");
    attachment.input("x");
    verdict = { retry: false, why: "replaced", detail: "" };
    server.wire.end(4409);
    await vi.advanceTimersByTimeAsync(60_000);
  });

  test("stays away by itself", () => {
    page.show();
    page.online();
    expect(server.wires).toHaveLength(1);
    expect(attachment.phase.value).toMatchObject({ at: "refused", why: "replaced" });
  });

  test("is taken back when asked for, from where the screen is", () => {
    attachment.takeBack();
    server.wire.open();
    expect(server.wire.said[0]).toMatchObject({ t: "hello", offset: 3, client: "tab" });
  });

  test("does not send what waited, whose number may be the other one's", () => {
    attachment.takeBack();
    enter({ you: "a3", driver: "a3", seq: 0 });
    attachment.input("y");
    expect(server.wire.typed).toEqual([[1, "y"]]);
  });
});

describe("silence", () => {
  const pings = (): number => server.wire.said.filter((m) => m.t === "ping").length;

  test("is asked about, and is no loss while there is an answer", async () => {
    enter();
    for (let i = 1; i <= 5; i++) {
      await vi.advanceTimersByTimeAsync(4_900);
      expect(pings()).toBe(i - 1);
      await vi.advanceTimersByTimeAsync(100);
      expect(pings()).toBe(i);
      server.wire.say({ t: "pong" });
    }
    await vi.advanceTimersByTimeAsync(4_900);
    expect(server.wires).toHaveLength(1);
    expect(attachment.phase.value.at).toBe("live");
  });

  test("is a loss without one", async () => {
    enter();
    await vi.advanceTimersByTimeAsync(7_900);
    expect(attachment.phase.value.at).toBe("live");
    await vi.advanceTimersByTimeAsync(100);
    expect(server.wire.closed).toBe(true);
    expect(attachment.phase.value).toMatchObject({ at: "waiting", why: "offline" });
    await nextAttempt();
    await vi.advanceTimersByTimeAsync(9_000); // not open yet: that has a time of its own
    expect(pings()).toBe(0);
  });

  test("is asked about sooner after something was typed", async () => {
    enter();
    attachment.input("x");
    await vi.advanceTimersByTimeAsync(1_900);
    attachment.input("y");
    expect(pings()).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(pings()).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(attachment.phase.value).toMatchObject({ at: "waiting", why: "offline" });
  });

  test("that something typed breaks is the usual one", async () => {
    enter();
    attachment.input("x");
    await vi.advanceTimersByTimeAsync(1_000);
    server.wire.say({ t: "accepted", seq: 1 });
    await vi.advanceTimersByTimeAsync(4_900);
    expect(pings()).toBe(0);
  });

  test("that is broken in time asks nothing", async () => {
    enter();
    for (let at = 0; at < 40; at++) {
      server.wire.frame("output", at, "x");
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(pings()).toBe(0);
  });

  test.each<[string, () => void]>([
    ["the page is seen again", () => page.show()],
    ["the network is back", () => page.online()],
  ])("is asked about at once when %s", async (_name, stir) => {
    enter();
    stir();
    await vi.advanceTimersByTimeAsync(0);
    expect(pings()).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(attachment.phase.value.at).toBe("waiting");
  });

  test("is asked about at most once a second", async () => {
    enter();
    for (let ms = 0; ms < 4_950; ms += 50) {
      page.show();
      await vi.advanceTimersByTimeAsync(50);
      server.wire.say({ t: "pong" });
    }
    expect(pings()).toBe(5);
  });

  test("of a page that nobody sees is not asked about before somebody does", async () => {
    enter();
    page.hide();
    attachment.input("x");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(pings()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    page.show();
    await vi.advanceTimersByTimeAsync(0);
    expect(pings()).toBe(1);
  });

  test("ends with dispose", () => {
    enter();
    attachment.dispose();
    expect(vi.getTimerCount()).toBe(0);
    page.show();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("the screen follows the session's size, and only its changes", () => {
  enter();
  server.wire.say({ ...room, title: "x" });
  server.wire.say({ ...room, cols: 132 });
  expect(screen.log).toEqual(["resize 80x24", "resize 132x24"]);
});

test("the window's size is told when it changes", () => {
  enter();
  attachment.resize(100, 30);
  attachment.resize(101, 30);
  expect(server.wire.said.filter((m) => m.t === "resize")).toEqual([
    { t: "resize", cols: 101, rows: 30 },
  ]);
});
