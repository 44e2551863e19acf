import type { Browser } from "@playwright/test";
import { App } from "./app.ts";
import { launch } from "./browser.ts";
import type { Demo } from "./demo.ts";
import { expect, test } from "./fixtures.ts";
import { Line } from "./line.ts";
import { take } from "./picture.ts";
import { predictions, watchPredictions } from "./predictions.ts";
import { sameScreen } from "./screen.ts";

// Over a line of 200 ms what is typed at a prompt is shown at once, and nothing
// that its program does not show.

/** One way, in milliseconds. */
const DELAY = 100;
/** Between two keys, in milliseconds. */
const PACE = 60;

type Slow = { alice: App; browser: Browser; line: Line };

const opened: Slow[] = [];

/** Alice's shell, far away. */
async function farShell(
  demo: Demo,
  name: string,
  options: { prefs?: object; viewport?: { width: number; height: number } } = {},
): Promise<App> {
  const line = await Line.to(demo.person("alice").url, DELAY);
  const browser = await launch(line.argument);
  const context = await browser.newContext(
    options.viewport === undefined ? {} : { viewport: options.viewport },
  );
  const alice = new App(await context.newPage(), demo, demo.person("alice").url);
  opened.push({ alice, browser, line });
  await alice.start();
  await alice.page.addInitScript((prefs) => {
    localStorage.setItem("tailpty.prefs", JSON.stringify({ screenReader: true, ...prefs }));
  }, options.prefs ?? {});
  await alice.page.reload();
  await alice.signIn();
  await alice.create("Shell", name);
  // The first keys tell how slow the line is.
  await alice.type("PS1='> '; clear; echo rea''dy\n");
  await alice.sees(/^ready\n> ?$/m);
  return alice;
}

/** Types like a person who does not wait. */
async function keys(alice: App, text: string): Promise<void> {
  await alice.page.keyboard.type(text, { delay: PACE });
}

/** Types so much that the program is seen to echo, and waits for that. */
async function begin(alice: App, text: string): Promise<void> {
  await keys(alice, text);
  await alice.sees(new RegExp(`${text}$`, "m"));
}

test.afterEach(async () => {
  for (const { alice, browser, line } of opened.splice(0)) {
    alice.check();
    await browser.close();
    line.close();
  }
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

test("a line at a prompt is shown as it is typed, and is then what the program has", async ({
  demo,
  open,
}, info) => {
  const alice = await farShell(demo, "far");
  const bob = await open("bob");
  await bob.signIn();
  await bob.enter("far");

  const waits: number[] = [];
  for (const key of "echo") {
    await watchPredictions(alice.page);
    await keys(alice, key);
    await expect.poll(() => lastEcho(alice)).toBeGreaterThan(0);
    waits.push((await predictions(alice.page)).keys[0]?.echoed ?? 0);
  }
  const roundTrip = median(waits);
  expect(roundTrip).toBeGreaterThan(2 * DELAY);

  await watchPredictions(alice.page);
  await keys(alice, " 'typed far awax");
  await alice.press("Backspace");
  await keys(alice, "y'");
  await alice.sees(/^> echo 'typed far away'$/m);
  await expect(alice.page.locator(".predicted > *")).toHaveCount(0);
  const seen = await predictions(alice.page);
  const typed = seen.keys.filter(({ key }) => key.length === 1 && key !== " ");
  const shown = typed.map((key) => key.shown ?? Number.POSITIVE_INFINITY);
  info.annotations.push({
    type: "prediction",
    description: `shown after ${Math.round(median(shown))} ms, at most ${Math.round(Math.max(...shown))}, of ${Math.round(roundTrip)} ms`,
  });
  expect(median(shown), "until a key is shown").toBeLessThan(roundTrip / 4);
  expect(Math.max(...shown), "until the slowest is").toBeLessThan(roundTrip);
  expect(seen.polluted, "cells that the terminal had already").toBe(0);

  await alice.press("Enter");
  await alice.sees(/^typed far away$/m);
  await sameScreen(alice, bob);
});

/** When the terminal's cursor moved after the first key, or 0. */
function lastEcho(alice: App): Promise<number> {
  return alice.page.evaluate(() => {
    const watched = window as unknown as { predictions: { keys: { echoed?: number }[] } };
    return watched.predictions.keys[0]?.echoed ?? 0;
  });
}

test("a password is never shown", async ({ demo }) => {
  const alice = await farShell(demo, "password");
  await begin(alice, "read");
  await watchPredictions(alice.page);
  await keys(alice, " -s -p 'Password: ' p; echo; printf %s \"$p\" | wc -c\n");
  await alice.sees(/^Password:/m);
  expect((await predictions(alice.page)).texts, "the command itself is").not.toEqual([]);
  await watchPredictions(alice.page);
  await keys(alice, "hunter2");
  await new Promise((resolve) => setTimeout(resolve, 4 * DELAY));
  await keys(alice, "*hun\n");
  await alice.sees(/^11$/m);
  expect((await predictions(alice.page)).texts).toEqual([]);
});

test("a full-screen program has its screen for itself", async ({ demo }) => {
  const alice = await farShell(demo, "full screen");
  await alice.type("printf '\\e[?1049h\\e[H'; cat; printf '\\e[?1049l'\n");
  await expect.poll(async () => (await alice.screenText()).trim()).toBe("");
  await watchPredictions(alice.page);
  await begin(alice, "some");
  await begin(alice, "thing else");
  expect((await predictions(alice.page)).texts).toEqual([]);
  await alice.press("Control+C");
});

test("a program that shows something else is right, at once", async ({ demo }, info) => {
  const alice = await farShell(demo, "upper case");
  await alice.type("stty olcuc; cat; stty -olcuc\n");
  await alice.sees(/STTY|stty -olcuc$/m);
  await expect(alice.page.locator(".predicted > *")).toHaveCount(0);
  const stale: number[] = [];
  for (const line of ["12", "34", "56"]) {
    await begin(alice, line);
    await watchPredictions(alice.page);
    await keys(alice, "a");
    await alice.sees(new RegExp(`^${line}A$`, "m"));
    await expect(alice.page.locator(".predicted > *")).toHaveCount(0);
    const seen = await predictions(alice.page);
    expect(seen.texts.join(), "the wrong prediction").toContain("a");
    stale.push(seen.stale / (seen.keys[0]?.echoed ?? 0));
    await watchPredictions(alice.page);
    await keys(alice, "bc");
    await alice.sees(new RegExp(`^${line}ABC$`, "m"));
    expect((await predictions(alice.page)).texts, "nothing more is predicted").toEqual([]);
    await keys(alice, "\n");
    await alice.sees(new RegExp(`^${line}ABC\n${line}ABC$`, "m"));
  }
  info.annotations.push({
    type: "stale",
    description: `${stale.map((s) => s.toFixed(2))} round trips`,
  });
  // A timer of a busy page may be late now and then.
  expect(Math.min(...stale), "round trips from the answer").toBeLessThan(1);
  await alice.press("Control+C");
});

test("who does not want predictions has none", async ({ demo }) => {
  const alice = await farShell(demo, "off", { prefs: { prediction: "off" } });
  await begin(alice, "echo");
  await watchPredictions(alice.page);
  await begin(alice, " nothing");
  expect((await predictions(alice.page)).texts).toEqual([]);
});

for (const [name, viewport] of Object.entries({
  390: { width: 390, height: 844 },
  1280: { width: 1280, height: 800 },
})) {
  test(`a picture at ${name} px`, async ({ demo }) => {
    const alice = await farShell(demo, `picture ${name}`, { viewport });
    await begin(alice, "git");
    await alice.page.keyboard.type(" commit --amend");
    await expect(alice.page.locator(".predicted .typed").first()).toBeVisible();
    await take(alice.page, `predicted-${name}`);
    await alice.sees(/^> git commit --amend$/m);
    await take(alice.page, `echoed-${name}`);
    await alice.page.keyboard.press("ArrowLeft");
    await alice.page.keyboard.press("ArrowLeft");
    await take(alice.page, `predicted-cursor-${name}`);
  });
}
