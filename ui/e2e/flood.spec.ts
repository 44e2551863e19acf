import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { startPace, stopPace } from "./pace.ts";
import { lastLines, sameEnd } from "./screen.ts";

// A program that writes as fast as it can leaves the page to its person.

type Open = (who: "alice" | "bob") => Promise<App>;

/** Alice, with a shell, as she has set up her page. */
async function shell(open: Open, name: string, screenReader: boolean): Promise<App> {
  const alice = await open("alice");
  await alice.page.addInitScript((on) => {
    localStorage.setItem("tailpty.prefs", JSON.stringify({ screenReader: on }));
  }, screenReader);
  await alice.page.reload();
  await alice.signIn();
  await alice.create("Shell", name);
  return alice;
}

/** Waits for lines of the terminal that match, whole lines with ^ and $. */
async function shows(app: App, pattern: RegExp, timeout = 20_000): Promise<void> {
  await expect.poll(() => lastLines(app), { timeout, intervals: [50] }).toMatch(pattern);
}

for (const screenReader of [false, true]) {
  const how = screenReader ? ", with the screen reader mode" : "";

  test(`50 MB leave the page responsive, and end exactly${how}`, async ({ open }, info) => {
    const name = `flood ${screenReader}`;
    const alice = await shell(open, name, screenReader);
    const people = alice.page.locator(".people-button");
    const popover = alice.page.locator(".popover");
    await alice.type("yes | head -c 50M; seq -f 'line %.0f' 3000; echo fini''shed\n");
    await shows(alice, /^y$/m);
    await startPace(alice.page);
    const began = Date.now();
    while (!/^finished$/m.test(await lastLines(alice))) {
      expect(Date.now() - began, "how long it takes").toBeLessThan(60_000);
      await people.click();
      await expect(popover).toBeVisible();
      await people.click();
      await expect(popover).toBeHidden();
    }
    const pace = await stopPace(alice.page);
    info.annotations.push({
      type: "pace",
      description: `${Date.now() - began} ms, ${JSON.stringify(pace)}`,
    });
    expect(pace.clicks).toBeGreaterThan(3);
    // A page that a flood blocks stands still for many seconds; these bounds leave room for a busy machine.
    expect(pace.click, "a click waits").toBeLessThan(1_000);
    expect(pace.usual, "nearly all frames").toBeLessThan(500);
    expect(pace.longest, "the longest frame").toBeLessThan(1_500);
    expect(pace.task, "the longest task").toBeLessThan(1_000);

    const lines = (await lastLines(alice, 2000)).match(/^line \d+$/gm) ?? [];
    expect(lines.at(-1)).toBe("line 3000");
    expect(lines).toEqual(lines.map((_, i) => `line ${3000 - lines.length + 1 + i}`));
    const bob = await open("bob");
    await bob.signIn();
    await bob.enter(name);
    expect(await sameEnd(alice, bob), "lines of history").toBeGreaterThan(900);
  });

  test(`keys are heard in a flood without end${how}`, async ({ open }, info) => {
    const alice = await shell(open, `endless ${screenReader}`, screenReader);
    await alice.type("yes\n");
    await shows(alice, /^y$/m);
    const waits: number[] = [];
    for (let round = 0; round < 3; round++) {
      await alice.press("Control+C");
      const began = Date.now();
      await shows(alice, /\^C/);
      waits.push(Date.now() - began);
      await alice.type(`clear; echo round $((${round} + 1)) of three\n`);
      await shows(alice, new RegExp(`^round ${round + 1} of three$`, "m"));
      await alice.type("yes\n");
      await shows(alice, /^y\ny\ny$/m);
    }
    info.annotations.push({ type: "Ctrl-C", description: `${waits.join(", ")} ms` });
    expect(Math.max(...waits), "Ctrl-C takes effect").toBeLessThan(1500);
    await alice.press("Control+C");
  });
}
