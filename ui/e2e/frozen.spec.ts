import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { App } from "./app.ts";
import { launch } from "./browser.ts";
import { expect, test } from "./fixtures.ts";
import { Line } from "./line.ts";
import { lastLines, sameEnd } from "./screen.ts";

// A phone in a pocket: its system stops the browser's page, its network goes
// away, and the program goes on. When it is taken out, its screen is what one
// has who stayed, in each cell and as far back as both have it.

/** How long it is away, in milliseconds. */
const AWAY = process.env.TAILPTY_TEST_LONG === "1" ? 60_000 : 15_000;

/** What goes on meanwhile: less than what the session keeps, and more. */
const outputs = {
  little:
    "printf '\\e[3%dmline %d\\e[m, \\e[4m漢字\\e[m é 👍\\n' $((n % 8)) $n; n=$((n + 1)); sleep 0.1",
  flood: "seq -f 'line %.0f of a flood' $n $((n + 1999)); n=$((n + 2000)); sleep 0.02",
};

/** Stops all pages of a browser as the system does, in the middle of whatever they do. */
async function freeze(browser: Browser): Promise<{ thaw: () => void }> {
  const protocol = await browser.newBrowserCDPSession();
  const { processInfo } = await protocol.send("SystemInfo.getProcessInfo");
  const pages = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const signal = (name: NodeJS.Signals): void => {
    for (const id of pages) {
      process.kill(id, name);
    }
  };
  signal("SIGSTOP");
  return { thaw: () => signal("SIGCONT") };
}

/** The longest that a page did nothing, in milliseconds, from now until it is asked. */
async function measurePause(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const measured = window as unknown as { pause: number };
    let before = Date.now();
    measured.pause = 0;
    setInterval(() => {
      measured.pause = Math.max(measured.pause, Date.now() - before);
      before = Date.now();
    }, 100);
  });
  return () => page.evaluate(() => (window as unknown as { pause: number }).pause);
}

for (const kept of [false, true]) {
  const how = kept ? "kept" : "lost";
  test(`a frozen tab comes back to the exact screen, its connection ${how}`, async ({
    open,
    demo,
  }) => {
    test.setTimeout(120_000 + AWAY);
    const line = await Line.to(demo.person("alice").url);
    const browser = await launch(line.argument);
    const phone = async (name: keyof typeof outputs) => {
      const app = new App(await browser.newPage(), demo, demo.person("alice").url);
      await app.start();
      await app.signIn();
      await app.create("Shell", `${name} ${how}`);
      const bob = await open("bob");
      await bob.signIn();
      await bob.enter(`${name} ${how}`);
      const command = `until test -e ${how}; do ${outputs[name]}; done; echo 'it is over'`;
      await app.type(`n=1; ${command}\n`);
      await expect.poll(() => lastLines(app)).toMatch(/^line \d{2,}/m);
      return {
        app,
        bob,
        pause: await measurePause(app.page),
        history: name === "flood" ? 900 : 50,
      };
    };
    const phones = [await phone("little"), await phone("flood")];

    const before = await Promise.all(phones.map(({ bob }) => lastLines(bob)));
    const { thaw } = await freeze(browser);
    line.cut();
    try {
      await new Promise((resolve) => setTimeout(resolve, AWAY));
      for (const [i, { bob }] of phones.entries()) {
        expect(await lastLines(bob), "what goes on").not.toBe(before[i]);
      }
    } finally {
      line.mend(kept);
      thaw();
    }

    for (const { app, pause } of phones) {
      await app.live();
      expect(await pause(), "a frozen page does nothing").toBeGreaterThan(AWAY - 1000);
    }
    await writeFile(join(demo.workspace, how), "");
    for (const { app, bob, history } of phones) {
      await expect.poll(() => lastLines(bob), { timeout: 20_000 }).toMatch(/^it is over$/m);
      expect(await sameEnd(bob, app), "lines of history").toBeGreaterThan(history);
      expect(await lastLines(app)).toMatch(/^it is over$/m);
      await app.type("echo he''ard\n");
      await expect.poll(() => lastLines(bob)).toMatch(/^heard$/m);
      app.check();
    }
    await browser.close();
    line.close();
  });
}
