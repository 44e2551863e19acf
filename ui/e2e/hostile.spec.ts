import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "./app.ts";
import type { Demo } from "./demo.ts";
import { expect, test } from "./fixtures.ts";
import { asking, type Hostile, heavy } from "./hostile.ts";
import { startPace, stopPace } from "./pace.ts";

// Programs get answers from the session, whether somebody watches or not, and
// none from a browser. So what a program reads has to be the same, to the byte,
// when nobody is attached, when a browser is live, and when it comes back.

/**
 * Runs in the session: writes each sequence and behind it a question that no
 * sequence asks, whose answer says that all before it was answered. Whatever it
 * reads goes to a file.
 */
const program = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
process.stdin.setRawMode(true);
let heard = "";
process.stdin.on("data", (bytes) => {
  heard += bytes.toString("latin1");
  appendFileSync("heard.bin", bytes);
});
const say = (text) => new Promise((done) => process.stdout.write(Buffer.from(text, "latin1"), done));
writeFileSync("heard.bin", "");
for (let run = 1; ; run++) {
  writeFileSync("ready." + run, "");
  while (!existsSync("go." + run)) {
    await wait(20);
  }
  await say("\\x1b[!p\\x1b[H\\x1b[2J");
  const { all, pause } = JSON.parse(readFileSync("go." + run, "utf8"));
  for (const bytes of all) {
    heard = "";
    await say(bytes);
    if (pause > 0) {
      await wait(pause);
      await say("\\x18\\x1b[H\\x1b[2J");
    }
    await say("\\x18\\x1b[77$p");
    while (!heard.endsWith("\\x1b[77;0$y")) {
      await wait(1);
    }
  }
  await say("\\x0f\\x1b[!p\\x1b]104\\x07\\x1b]110\\x07\\x1b]111\\x07\\x1b]112\\x07\\x1b[?1000;1002;1003;1004;2026l\\x1b[H\\x1b[2Jrun " + run + " is over\\r\\n");
}
`;

/** The program in a session, from the outside. */
class Victim {
  private run = 0;

  constructor(private readonly demo: Demo) {}

  async start(driver: App): Promise<void> {
    await writeFile(this.file("hostile.mjs"), program);
    await driver.type(`exec '${process.execPath}' hostile.mjs\n`);
    await this.exists("ready.1");
  }

  /**
   * Lets it write and waits until all is answered: all that it read. With a pause
   * of milliseconds behind each, they are drawn, and erased before the next.
   */
  async write(hostile: readonly Hostile[], pause = 0): Promise<string> {
    const before = (await this.heard()).length;
    const all = hostile.map(([, bytes]) => bytes);
    this.run += 1;
    // At once and whole: the program looks for the file and reads it.
    await writeFile(this.file("next"), JSON.stringify({ all, pause }));
    await rename(this.file("next"), this.file(`go.${this.run}`));
    await this.exists(`ready.${this.run + 1}`);
    return (await this.heard()).slice(before);
  }

  /** What it read so far. */
  async heard(): Promise<string> {
    return readFile(this.file("heard.bin"), "latin1");
  }

  /** All that it read since, up to a key that is typed now: what a browser sent comes before. */
  async upToKey(driver: App, since: number): Promise<string> {
    await driver.type("k");
    await expect.poll(async () => (await this.heard()).slice(since)).toMatch(/k$/);
    return (await this.heard()).slice(since, -1);
  }

  over(): RegExp {
    return new RegExp(`^run ${this.run} is over$`, "m");
  }

  private file(name: string): string {
    return join(this.demo.workspace, name);
  }

  private async exists(name: string): Promise<void> {
    await expect
      .poll(
        () =>
          stat(this.file(name)).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true);
  }
}

const marker = "what was in the clipboard before";

/** A person with a clipboard, and what their page did that no output may make it do. */
async function withClipboard(app: App): Promise<{ clean: () => Promise<void> }> {
  const context = app.page.context();
  const own = new URL(app.page.url()).origin;
  const done: string[] = [];
  await context.grantPermissions(["clipboard-read", "clipboard-write", "notifications"]);
  await app.page.evaluate((text) => navigator.clipboard.writeText(text), marker);
  app.page.on("popup", (page) => done.push(`opened ${page.url()}`));
  app.page.on("dialog", (dialog) => done.push(`asked ${dialog.message()}`));
  app.page.on("download", (file) => done.push(`downloaded ${file.url()}`));
  app.page.on("request", (request) => {
    if (new URL(request.url()).origin !== own) {
      done.push(`asked for ${request.url()}`);
    }
  });
  return {
    clean: async () => {
      expect(await app.page.evaluate(() => navigator.clipboard.readText())).toBe(marker);
      expect(done).toEqual([]);
    },
  };
}

/** What was answered to each, as it may be printed. */
function answers(all: readonly Hostile[], heard: string): string[] {
  return heard.split("\x1b[77;0$y").map((answer, i) => {
    const text = JSON.stringify(answer).replaceAll("\\u001b", "ESC ");
    return `${all[i]?.[0] ?? "at the end"}: ${text}`;
  });
}

test("hostile output makes the browser type nothing, live and on replay", async ({
  open,
  demo,
}, info) => {
  expect(asking.length).toBeGreaterThan(100);
  const alice = await open("alice");
  await alice.signIn();
  const { clean } = await withClipboard(alice);
  await alice.create("Shell", "hostile");
  const victim = new Victim(demo);
  await victim.start(alice);

  const away = async (): Promise<void> => {
    await alice.page.getByRole("link", { name: "Back to all sessions" }).click();
    const row = alice.page.getByRole("listitem").filter({ hasText: "hostile" });
    await expect(row).toContainText("nobody here");
  };

  let asked = "";
  let weighed = "";
  await test.step("the session answers when nobody watches", async () => {
    await away();
    asked = await victim.write(asking);
    weighed = await victim.write(heavy, 1);
    // Without this, a program that hears nothing would pass all of it.
    expect(asked).toContain("\x1b[?1;2c");
    expect(asked).toContain("\x1bP>|");
    expect(asked).toContain("\x1b]11;");
    expect(asked).not.toContain("evil");
  });

  await test.step("a live browser adds nothing", async () => {
    await alice.enter("hostile");
    await expect(alice.page.getByText("You drive")).toBeVisible();
    const since = (await victim.heard()).length;
    await victim.write(asking);
    await alice.sees(victim.over());
    expect(answers(asking, await victim.upToKey(alice, since))).toEqual(answers(asking, asked));
    await clean();
  });

  await test.step("nor does it when it gets the same bytes afterwards", async () => {
    // So much on the screen that a snapshot is more than the bytes that are missed.
    const lines = Array.from({ length: 1000 }, (_, i) => `${i} ${Math.random()} `.repeat(3));
    await victim.write([["a long history", `\x1bc${lines.join("\r\n")}\r\n`]]);
    await alice.sees(victim.over());
    await alice.page.context().setOffline(true);
    await expect(alice.phase("waiting")).toBeVisible();
    const given = alice.snapshots;
    const since = (await victim.heard()).length;
    await victim.write(asking);
    await alice.page.context().setOffline(false);
    await alice.live();
    await alice.sees(victim.over());
    expect(alice.snapshots, "snapshots in place of the bytes").toBe(given);
    expect(answers(asking, await victim.upToKey(alice, since))).toEqual(answers(asking, asked));
    await clean();
  });

  await test.step("nor when it gets a snapshot", async () => {
    const since = (await victim.heard()).length;
    const given = alice.snapshots;
    await alice.page.reload();
    await alice.live();
    await expect.poll(() => alice.snapshots).toBe(given + 1);
    await alice.sees(victim.over());
    expect(await victim.upToKey(alice, since)).toBe("");
    await clean();
  });

  await test.step("what is heavy adds nothing either, and leaves the page responsive", async () => {
    await startPace(alice.page);
    const since = (await victim.heard()).length;
    const began = Date.now();
    await victim.write(heavy, 100);
    await alice.sees(victim.over());
    const pace = await stopPace(alice.page);
    info.annotations.push({
      type: "pace",
      description: `${Date.now() - began} ms, ${JSON.stringify(pace)}`,
    });
    expect(answers(heavy, await victim.upToKey(alice, since))).toEqual(answers(heavy, weighed));
    // Without bounds it is minutes, or for ever.
    expect(pace.task, "the longest task").toBeLessThan(5000);
    await clean();
  });
});

test("a program that asks for it is told of a focus that a person moves", async ({ open }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "focus told");
  await alice.type("printf '\\e[?1004h'; cat -v\n");
  await alice.sees(/cat -v$/m);
  await alice.press("Control+F6");
  await alice.page.keyboard.press("Control+F6");
  await alice.press("Enter");
  await alice.sees(/^\^\[\[O\^\[\[I$/m);
  await alice.press("Control+C");
  await alice.type("printf '\\e[?1004l'\n");
});

test("a link of output leads nowhere but to the web", async ({ open }) => {
  const alice = await open("alice");
  await alice.signIn();
  const { clean } = await withClipboard(alice);
  await alice.create("Shell", "links");
  const links = [
    "https://example.com/evil",
    "javascript:alert(1)",
    "data:text/html,evil",
    "file:///",
  ];
  const text = links.map((to) => `\\e]8;;${to}\\a-click here-\\e]8;;\\a\\n`).join("");
  await alice.type(`clear; printf '${text}'\n`);
  await alice.sees(/^(-click here-\n){4}/m);
  const row = (await alice.screen.locator(":scope > div").first().boundingBox())?.height ?? 0;
  const at = (line: number): { x: number; y: number } => ({ x: 40, y: row * (line + 0.5) });
  const screen = alice.page.locator(".xterm-screen");
  const pointed = alice.page.locator(".xterm-cursor-pointer");
  for (const line of [1, 2, 3]) {
    await screen.hover({ position: at(0) });
    await expect(pointed).toHaveCount(1);
    await screen.hover({ position: at(line) });
    await expect(pointed).toHaveCount(0);
    await screen.click({ position: at(line) });
    await expect(alice.page.getByRole("dialog")).toHaveCount(0);
  }
  await screen.hover({ position: at(0) });
  await expect(pointed).toHaveCount(1);
  await screen.click({ position: at(0) });
  await expect(alice.page.getByRole("dialog")).toContainText("https://example.com/evil");
  await clean();
});
