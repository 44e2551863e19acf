import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { type Pace, startPace, stopPace, tooSlow } from "./pace.ts";
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

/** Opens and closes who is here, by two clicks. */
async function clickTwice({ page }: App): Promise<void> {
  const people = page.locator(".people-button");
  await people.click();
  await expect(page.locator(".popover")).toBeVisible();
  await people.click();
  await expect(page.locator(".popover")).toBeHidden();
}

/** How a page keeps up while somebody clicks, until it is over. */
async function paceWhile(app: App, goesOn: () => Promise<boolean>): Promise<Pace> {
  await startPace(app.page);
  while (await goesOn()) {
    await clickTwice(app);
  }
  return await stopPace(app.page);
}

/** Goes on for so many milliseconds. */
function lasting(ms: number): () => Promise<boolean> {
  const end = Date.now() + ms;
  return async () => Date.now() < end;
}

for (const screenReader of [false, true]) {
  const how = screenReader ? ", with the screen reader mode" : "";

  test(`50 MB leave the page responsive, and end exactly${how}`, async ({ open }, info) => {
    const name = `flood ${screenReader}`;
    const alice = await shell(open, name, screenReader);
    const rest = await paceWhile(alice, lasting(3_000));
    await alice.type("yes | head -c 50M; seq -f 'line %.0f' 3000; echo fini''shed\n");
    await shows(alice, /^y$/m);
    const began = Date.now();
    const pace = await paceWhile(alice, async () => {
      expect(Date.now() - began, "how long it takes").toBeLessThan(60_000);
      return !/^finished$/m.test(await lastLines(alice));
    });
    info.annotations.push({
      type: "pace",
      description: `${Date.now() - began} ms, ${JSON.stringify(pace)}, at rest ${JSON.stringify(rest)}`,
    });
    expect(pace.clicks).toBeGreaterThan(3);
    expect(tooSlow(pace, rest)).toEqual([]);

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

test("a page that stands still is found to be too slow", async ({ open }) => {
  const alice = await shell(open, "blocked", false);
  const rest = await paceWhile(alice, lasting(3_000));
  await startPace(alice.page);
  await clickTwice(alice);
  const { mouse } = alice.page;
  await mouse.move(300, 300);
  const blocked = alice.page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          const end = performance.now() + 2_500;
          while (performance.now() < end) {
            // Nothing else gets its turn.
          }
          resolve();
        });
      }),
  );
  // In the midst of it.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await Promise.all([blocked, mouse.down(), mouse.up()]);
  const faults = tooSlow(await stopPace(alice.page), rest).join();
  expect(faults).toContain("click");
  expect(faults).toContain("longest");
  expect(faults).toContain("task");
});
