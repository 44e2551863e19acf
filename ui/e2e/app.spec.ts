import { expect, test } from "./fixtures.ts";

test("signing in, and out", async ({ open, demo }) => {
  const { page, ...alice } = await open("alice");
  void alice;
  await expect(page.getByText("alice@example.com")).toBeVisible();
  await expect(page.getByText("on alice-laptop")).toBeVisible();

  await page.getByLabel("Token", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("5 characters");

  await page.getByLabel("Token", { exact: true }).fill("A".repeat(43));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("not right");

  await page.getByLabel("Token", { exact: true }).fill(demo.report.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Sessions", exact: true })).toBeVisible();

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out")).toBeVisible();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );
  expect(kept).not.toContain(demo.report.token);
});

test("a token is kept for the tab, or on the device when asked", async ({ open }) => {
  const alice = await open("alice");
  await alice.page.getByLabel("Keep on this device").check();
  await alice.signIn();
  await expect(alice.page.getByRole("heading", { name: "Sessions", exact: true })).toBeVisible();
  const other = await alice.page.context().newPage();
  await other.goto(alice.page.url());
  await expect(other.getByRole("heading", { name: "Sessions", exact: true })).toBeVisible();
});

test("a session from its start to its removal", async ({ open }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "life");
  await expect(alice.page.getByText("You drive")).toBeVisible();
  await alice.type("echo $((6 * 7))\n");
  await expect(alice.screen).toContainText("42");

  await alice.page.getByRole("link", { name: "Back to all sessions" }).click();
  await alice.fromMenu("life", "Rename");
  await alice.page.getByRole("dialog").getByLabel("Name").fill("life of a shell");
  await alice.page.getByRole("button", { name: "Save" }).click();
  await alice.enter("life of a shell");
  await expect(alice.screen).toContainText("42");

  await alice.type("exit 3\n");
  await expect(alice.phase("ended")).toHaveText("status 3");
  await alice.page.getByRole("link", { name: "Back to all sessions" }).click();
  await alice.fromMenu("life of a shell", "Remove");
  await alice.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(alice.page.getByRole("link", { name: "life of a shell" })).toHaveCount(0);
});

test("the board is live for those who look at it", async ({ open }) => {
  const bob = await open("bob");
  await bob.signIn();
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "seen by bob");
  const row = bob.page.getByRole("listitem").filter({ hasText: "seen by bob" });
  await expect(row).toContainText("alice drives");
  await alice.page.getByRole("link", { name: "Back to all sessions" }).click();
  await expect(row).toContainText("nobody here");
  await alice.fromMenu("seen by bob", "End session");
  await alice.page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await expect(row).toContainText("ended");
});

test("what bob may not do is there, and says why", async ({ open }) => {
  const bob = await open("bob");
  await bob.signIn();
  const create = bob.page.getByRole("button", { name: "New session" });
  await expect(create).toBeDisabled();
  await expect(create).toHaveAccessibleDescription(/needs the action create/);

  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "not for bob");
  await bob.enter("not for bob");
  await alice.page.getByRole("button", { name: "You drive" }).click();
  await alice.page.getByRole("button", { name: "Hand the wheel to bob" }).click();
  await expect(alice.page.getByRole("status").getByText("bob may not drive")).toBeVisible();
  await alice.type("echo still $((6 * 7))\n");
  await alice.sees(/^still 42$/m);
});

test("two who may drive pass the wheel, and the size follows it", async ({ open }) => {
  const laptop = await open("alice", { viewport: { width: 1280, height: 800 } });
  await laptop.signIn();
  await laptop.create("Shell", "wheel");
  const phone = await open("alice", { viewport: { width: 390, height: 844 }, hasTouch: true });
  await phone.signIn();
  await phone.enter("wheel");
  await phone.page.getByRole("button", { name: "Take over" }).click();
  await expect(laptop.page.getByRole("button", { name: "Take over" })).toBeVisible();
  await phone.type("stty size\n");
  await phone.sees(/^[2-6]\d [3-6]\d$/m);
  await laptop.page.getByRole("button", { name: "Take over" }).click();
  await laptop.type("stty size\n");
  await laptop.sees(/^\d\d 1[0-9]\d$/m);
  await laptop.page.getByRole("button", { name: "You drive" }).click();
  await laptop.page.getByRole("button", { name: "Hand the wheel to alice" }).click();
  await expect(phone.page.getByRole("button", { name: "Release" })).toBeVisible();
  await expect(laptop.page.getByRole("button", { name: "Take over" })).toBeVisible();
  await phone.type("clear; stty size\n");
  await phone.sees(/^[2-6]\d [3-6]\d$/m);
});

test("a lost connection is said, and what was typed meanwhile arrives once", async ({ open }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "offline");
  await alice.type("n=0\n");
  await alice.page.context().setOffline(true);
  await expect(alice.phase("waiting")).toContainText("reconnecting in");
  await alice.type("n=$((n + 1)); echo count=$n.\n");
  await alice.page.context().setOffline(false);
  await alice.live();
  await expect(alice.screen).toContainText("count=1.");
});

test("a host that stands still is noticed, and what was typed meanwhile arrives once", async ({
  open,
  demo,
}) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "stopped");
  await alice.type("n=0\n");
  process.kill(demo.report.pid, "SIGSTOP");
  try {
    await alice.type("n=$((n + 1)); echo count=$n.\n");
    await expect(alice.phase("live")).toHaveCount(0, { timeout: 10_000 });
  } finally {
    process.kill(demo.report.pid, "SIGCONT");
  }
  await alice.live();
  await alice.type("echo all of it\n");
  await alice.sees(/^all of it$/m);
  expect((await alice.screenText()).match(/^count=\d+\.$/gm)).toEqual(["count=1."]);
});

test("a session that is opened again in another tab goes on there, or is taken back", async ({
  open,
}) => {
  const alice = await open("alice");
  const context = alice.page.context();
  // What a browser does that restores or copies a tab with all that it kept.
  await context.addInitScript(() => sessionStorage.setItem("tailpty.client", "the-same"));
  await alice.page.reload();
  await alice.page.getByLabel("Keep on this device").check();
  await alice.signIn();
  await alice.create("Shell", "twice");
  await alice.type("echo first\n");
  await alice.sees(/^first$/m);

  const copy = await context.newPage();
  await copy.goto(alice.page.url());
  await expect(copy.locator('[data-phase="live"]')).toBeVisible();
  await expect(copy.getByText("You drive")).toBeVisible();
  const alert = alice.page.getByRole("alert");
  await expect(alert).toContainText("opened again in another tab");

  await alice.page.getByRole("button", { name: "Take it back" }).click();
  await expect(copy.getByRole("alert")).toContainText("opened again in another tab");
  await alice.live();
  await alice.type("echo second\n");
  await alice.sees(/^second$/m);
  expect(await alice.screenText()).toMatch(/^first$/m);
});

test("the key bar types", async ({ open }) => {
  const alice = await open("alice", { viewport: { width: 390, height: 844 }, hasTouch: true });
  await alice.signIn();
  await alice.create("Shell", "keys");
  const keys = alice.page.getByRole("toolbar", { name: "Keys" });
  await alice.type("echo one");
  await keys.getByRole("button", { name: "Enter" }).tap();
  await keys.getByRole("button", { name: "Up" }).tap();
  await keys.getByRole("button", { name: "Enter" }).tap();
  await expect.poll(async () => (await alice.screenText()).match(/^one$/gm)?.length).toBe(2);
  await alice.type("sleep 100\n");
  await keys.getByRole("button", { name: "Ctrl-C" }).tap();
  await alice.type("echo back\n");
  await alice.sees(/^back$/m);
  const boxes = await keys
    .getByRole("button")
    .evaluateAll((all) =>
      all.map((one) => [one.getBoundingClientRect().width, one.getBoundingClientRect().height]),
    );
  expect(Math.min(...boxes.flat())).toBeGreaterThanOrEqual(44);
});

test("replayed history is not answered into the program", async ({ open }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "queries");
  // The session answers, once: what it says is read up to its last letter.
  await alice.type("printf '\\e[c'; read -rsd c x; test -n \"$x\" && echo got it\n");
  await alice.sees(/^got it$/m);
  await alice.type("cat -v\n");
  await alice.page.reload();
  await alice.live();
  await alice.type("still here\n");
  await alice.sees(/^still here\nstill here$/m);
  expect(await alice.screenText()).not.toContain("^[");
});

test("one key leaves the terminal, and goes back to it", async ({ open }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "focus");
  await alice.press("Control+F6");
  await expect(alice.page.getByRole("link", { name: "Back to all sessions" })).toBeFocused();
  await alice.page.keyboard.press("Control+F6");
  await expect(alice.page.locator(".xterm-helper-textarea")).toBeFocused();
});
