import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { App } from "./app.ts";
import type { Demo } from "./demo.ts";
import { expect, test } from "./fixtures.ts";
import { pictureOf } from "./screen.ts";

// Real Codex goes on whatever else ends: the server in the middle of a turn and
// of a question, and the terminal that it was started in.

test.skip(process.platform !== "linux", "Codex's process is found by /proc");

const run = promisify(execFile);

/** The program beside the demo's. */
const tailpty = join(
  dirname(process.env.TAILPTY_TEST_DEMO ?? fileURLToPath(new URL("../../bin/_", import.meta.url))),
  "tailpty",
);

test("a server killed in the middle of an answer loses none of it", async ({ open, demo }) => {
  test.setTimeout(180_000);
  // Tall enough for all of the answer.
  const alice = await open("alice", { viewport: { width: 1280, height: 1600 } });
  await alice.signIn();
  await alice.create("Codex", "in an answer");
  await expect(alice.screen).toContainText("OpenAI Codex");
  const codex = await codexOf(alice);
  const stays = await staysLoaded(alice);

  const count = 60;
  await alice.tell(`Count to ${count}`);
  await alice.sees(line(5, count));
  await demo.control("POST", "/server/kill");
  await expect(alice.phase("live")).toHaveCount(0);
  // So the rest was said while there was no server, or after it.
  expect(await alice.screenText()).not.toContain("That was all of it.");
  await demo.control("POST", "/server/start");
  await expect(alice.phase("live")).toBeVisible({ timeout: 60_000 });

  await expect(alice.screen).toContainText("That was all of it.", { timeout: 60_000 });
  const said = [...(await alice.screenText()).matchAll(new RegExp(line("(\\d+)", count), "gm"))];
  expect(said.map((match) => Number(match[1]))).toEqual(
    Array.from({ length: count }, (_, i) => i + 1),
  );
  await answers(alice, 4);
  expect(await codexOf(alice)).toBe(codex);
  await stays();
});

test("a server killed while Codex asks: the question waits for its answer", async ({
  open,
  demo,
}) => {
  test.setTimeout(180_000);
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Codex", "in a question");
  await expect(alice.screen).toContainText("OpenAI Codex");
  const codex = await codexOf(alice);
  const stays = await staysLoaded(alice);
  const asked = /Would you like to run.*May I write kept\.txt/s;

  await alice.tell("Write a file kept.txt");
  await alice.sees(asked);
  await restart(demo, alice);

  // Bob's browser has no screen of before.
  const bob = await open("bob");
  await bob.signIn();
  await bob.enter("in a question");
  for (const app of [alice, bob]) {
    await app.sees(asked);
    await expect(app.page.locator(".bar .state-blocked")).toBeVisible();
  }
  expect(await readdir(demo.workspace)).not.toContain("kept.txt");

  await alice.type("y");
  await alice.sees(/kept\.txt is in your workspace/);
  // Each approval appends a line.
  expect(await readFile(join(demo.workspace, "kept.txt"), "utf8")).toBe(
    "Written by the demo, with your approval.\n",
  );
  await answers(alice, 5);
  expect(await codexOf(alice)).toBe(codex);
  await stays();
});

let terminals: Terminal[] = [];

test("a Codex started in a terminal outlives the terminal and the server", async ({
  open,
  demo,
}) => {
  test.setTimeout(240_000);
  const name = "in a terminal";
  const config = ["--config", demo.report.config];
  const { command, env } = await profileOf(demo, "codex");
  const alice = await open("alice");
  await alice.signIn();
  await expect(alice.page.getByRole("button", { name: "New session" })).toBeEnabled();

  await test.step("it is on the board within two seconds", async () => {
    const listed = await listedAt(alice, name);
    const began = Date.now();
    const local = await Terminal.open({
      size: [100, 30],
      dir: demo.workspace,
      env,
      command: [tailpty, "run", ...config, "--name", name, "--", ...command],
    });
    await local.shows("OpenAI Codex");
    await expect(alice.page.getByRole("link", { name, exact: true })).toBeVisible();
    expect((await listed()) - began).toBeLessThan(2000);
  });

  await alice.enter(name);
  const codex = await codexOf(alice);
  await test.step("alice takes the wheel and works in it", async () => {
    await expect(alice.page.getByText(/ drives · 1 watching$/)).toBeVisible();
    await alice.page.getByRole("button", { name: "Take over" }).click();
    await expect(alice.page.getByText("You drive · 1 watching", { exact: true })).toBeVisible();
    await answers(alice, 4);
  });

  await test.step("it goes on without its terminal", async () => {
    await closeTerminals();
    await expect(alice.page.getByText("You drive", { exact: true })).toBeVisible();
    await answers(alice, 5);
    expect(await codexOf(alice)).toBe(codex);
  });

  await test.step("and without the server", async () => {
    await restart(demo, alice);
    await expect(alice.page.getByText("You drive", { exact: true })).toBeVisible();
    await answers(alice, 6);
    expect(await codexOf(alice)).toBe(codex);
  });

  await test.step("a terminal that attaches shows what the browser shows", async () => {
    const size = /^(\d+) x (\d+)/.exec((await pictureOf(alice))[0] ?? "");
    const local = await Terminal.open({
      size: [Number(size?.[1]), Number(size?.[2])],
      dir: demo.workspace,
      env: [],
      command: [tailpty, "attach", ...config, name],
    });
    await expect(alice.page.getByText("You drive · 1 watching", { exact: true })).toBeVisible();
    for (const count of [6, 7]) {
      if (count > 6) {
        await answers(alice, count);
      }
      await expect(async () => {
        expect(await local.text()).toBe((await alice.screenText()).trimEnd());
      }).toPass({ timeout: 20_000 });
      expect(await local.text()).toMatch(line(count, count));
    }
  });
});

test.afterEach(async ({ demo }) => {
  await closeTerminals();
  // What was started outside of the demo does not end with it.
  const list = await run(tailpty, ["ls", "--config", demo.report.config, "--json"]);
  const { sessions } = JSON.parse(list.stdout) as { sessions: { id: string }[] };
  for (const { id } of sessions) {
    await run(tailpty, ["end", "--config", demo.report.config, id]);
  }
});

async function closeTerminals(): Promise<void> {
  await Promise.all(terminals.map((terminal) => terminal.close()));
  terminals = [];
}

/** Kills the server, and starts it again when the page has noticed. */
async function restart(demo: Demo, app: App): Promise<void> {
  await demo.control("POST", "/server/kill");
  await expect(app.phase("live")).toHaveCount(0);
  await demo.control("POST", "/server/start");
  await expect(app.phase("live")).toBeVisible({ timeout: 60_000 });
}

/** A line of the answer to "Count to" a number. */
function line(n: number | string, count: number): RegExp {
  return new RegExp(`^[ •]*${n}\\. line \\d+ of ${count}, told word by word$`, "m");
}

/** Has Codex count to a number, one that nobody has asked for in this session. */
async function answers(app: App, count: number): Promise<void> {
  await app.tell(`Count to ${count}`);
  await app.sees(line(count, count));
}

/** The process of Codex in the session that an app shows: its number and when it started. */
async function codexOf(app: App): Promise<string> {
  const id = new URL(app.page.url()).pathname.split("/").at(-1) ?? "";
  const found = new Map<string, { parent: string; started: string }>();
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    try {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8");
      const program = await readlink(`/proc/${pid}/exe`);
      if (environment.split("\0").includes(`TAILPTY_SESSION=${id}`) && /\/codex$/.test(program)) {
        const stat = await readFile(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        found.set(pid, { parent: fields[1] ?? "", started: fields[19] ?? "" });
      }
    } catch {
      // It has ended, or is the kernel's.
    }
  }
  const first = [...found].filter(([, { parent }]) => !found.has(parent));
  expect(first, "processes of Codex").toHaveLength(1);
  return first.map(([pid, { started }]) => `${pid}, started at ${started}`).join();
}

/** Returns what checks that the page has not been loaded again since. */
async function staysLoaded(app: App): Promise<() => Promise<void>> {
  type Marked = { loadedOnce?: boolean };
  await app.page.evaluate(() => {
    (window as Marked).loadedOnce = true;
  });
  return async () => {
    expect(await app.page.evaluate(() => (window as Marked).loadedOnce)).toBe(true);
  };
}

/** Returns what tells when a session of this name came on the board, in ms since 1970. */
async function listedAt(app: App, name: string): Promise<() => Promise<number>> {
  type Marked = { listedAt?: number };
  await app.page.evaluate((wanted) => {
    const watch = new MutationObserver(() => {
      if ([...document.links].some((link) => link.textContent === wanted)) {
        (window as Marked).listedAt ??= Date.now();
      }
    });
    watch.observe(document, { subtree: true, childList: true, characterData: true });
  }, name);
  return () => app.page.evaluate(() => (window as Marked).listedAt ?? Number.NaN);
}

/** What a profile of the demo runs, from its configuration: each value is a line of JSON. */
async function profileOf(demo: Demo, name: string): Promise<{ command: string[]; env: string[] }> {
  const config = await readFile(demo.report.config, "utf8");
  const profile = config.split(/^ {2}- name: /m).find((p) => p.startsWith(`"${name}"\n`)) ?? "";
  const list = (key: string): string[] => {
    const value = new RegExp(`^ {4}${key}: (.*)$`, "m").exec(profile)?.[1];
    return JSON.parse(value ?? "[]") as string[];
  };
  expect(list("command"), `the profile ${name}`).not.toEqual([]);
  return { command: list("command"), env: list("env") };
}

type Opening = {
  /** Columns and rows. */
  size: [number, number];
  dir: string;
  /** NAME=VALUE, beside this process's own. */
  env: string[];
  command: string[];
};

/** A terminal on the host: one pane of a tmux server of its own. */
class Terminal {
  private static opened = 0;
  private readonly socket = `tailpty-e2e-${process.pid}-${Terminal.opened++}`;

  static async open({ size: [cols, rows], dir, env, command }: Opening): Promise<Terminal> {
    const terminal = new Terminal();
    await terminal.tmux(
      ...["start-server", ";", "set", "-g", "status", "off", ";"],
      ...["set", "-gw", "remain-on-exit", "on", ";"],
      ...["new-session", "-d", "-x", `${cols}`, "-y", `${rows}`, "-c", dir],
      ...env.flatMap((variable) => ["-e", variable]),
      ...["--", ...command],
    );
    terminals.push(terminal);
    return terminal;
  }

  /** What it shows, without what is blank at the end. */
  async text(): Promise<string> {
    return (await this.tmux("capture-pane", "-p"))
      .split("\n")
      .map((row) => row.trimEnd())
      .join("\n")
      .trimEnd();
  }

  async shows(text: string): Promise<void> {
    await expect.poll(() => this.text(), { timeout: 20_000 }).toContain(text);
  }

  /** Closes it as a person closes a window. */
  async close(): Promise<void> {
    await this.tmux("kill-server");
  }

  private async tmux(...args: string[]): Promise<string> {
    return (await run("tmux", ["-u", "-L", this.socket, "-f", "/dev/null", ...args])).stdout;
  }
}
