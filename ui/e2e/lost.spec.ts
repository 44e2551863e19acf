import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "./app.ts";
import type { Demo } from "./demo.ts";
import { expect, test } from "./fixtures.ts";
import { take } from "./picture.ts";

// A machine that stops takes the processes of its sessions with it, and nobody
// is there to write down how they ended. What is left is the last screen.

/** Where it is written down what the session is that an app shows. */
function folderOf(app: App, demo: Demo): string {
  const id = new URL(app.page.url()).pathname.split("/").at(-1) ?? "";
  return join(demo.report.state_dir, "sessions", id);
}

/** Ends a session as a machine that stops does. The server has to be down. */
async function goDown(folder: string): Promise<void> {
  const file = join(folder, "session.json");
  const text = await readFile(file, "utf8");
  process.kill((JSON.parse(text) as { pid: number }).pid, "SIGKILL");
  await writeFile(file, text.replace('"boot":"', '"boot":"the one before '));
}

const looks = [1280, 390].flatMap((width) =>
  (["dark", "light"] as const).map((colorScheme) => ({
    name: `${width}-${colorScheme}`,
    options: {
      viewport: { width, height: width === 390 ? 844 : 800 },
      colorScheme,
      hasTouch: width === 390,
    },
  })),
);

test("a session lost with the machine, and one that nothing separates from it", async ({
  open,
  demo,
}) => {
  test.setTimeout(240_000);
  const alice = await open("alice");
  const { page } = alice;
  const back = (): Promise<void> =>
    page.getByRole("link", { name: "Back to all sessions" }).click();
  await alice.signIn();
  // A screen is kept at the end, and once a minute: what the second one would
  // have kept after a minute is that of the first.
  await alice.create("Shell", "as it was");
  await alice.type("printf '\\e[31mlast words\\e[m\\n'; exit\n");
  await expect(alice.phase("ended")).toHaveText("status 0");
  const screen = join(folderOf(alice, demo), "screen");
  await expect.poll(() => readFile(screen, "utf8").catch(() => "")).toContain("last words");
  await back();
  await alice.create("Shell", "gone down");
  const folder = folderOf(alice, demo);

  const config = await readFile(demo.report.config, "utf8");
  await demo.control("POST", "/server/kill");
  await goDown(folder);
  await copyFile(screen, join(folder, "screen"));
  await writeFile(demo.report.config, `${config}\nisolation: none\n`);
  await demo.control("POST", "/server/start").finally(() => writeFile(demo.report.config, config));

  await test.step("who was there is told", async () => {
    await expect(alice.phase("ended")).toHaveText("status unknown", { timeout: 60_000 });
    await expect(page.getByText("Lost when this machine stopped, now.")).toBeVisible();
  });
  await back();
  await alice.create("Shell", "bare");

  for (const { name, options } of looks) {
    await test.step(`it is plain at ${name}`, async () => {
      const other = await open("alice", options);
      await other.signIn();
      const row = (session: string) =>
        other.page.getByRole("listitem").filter({ hasText: session });
      await expect(row("gone down").getByText("Lost when this machine stopped")).toBeVisible();
      await expect(row("gone down").getByText("No isolation")).toHaveCount(0);
      await expect(row("bare").getByText("No isolation")).toBeVisible();
      await take(other.page, `board-lost-${name}`);

      await other.page.getByRole("link", { name: "gone down", exact: true }).click();
      await expect(other.page.locator(".bar .state-lost")).toHaveText("lost");
      await expect(other.phase("ended")).toHaveText("status unknown");
      await expect(other.page.getByText(/^Lost when this machine stopped, /)).toBeVisible();
      await other.sees(/^last words$/m);
      await take(other.page, `session-lost-${name}`);
      await other.page.getByRole("link", { name: "Back to all sessions" }).click();

      await other.enter("bare");
      await expect(other.page.locator(".bar").getByText("No isolation")).toBeVisible();
      await other.page.getByRole("button", { name: "More about this session: bare" }).click();
      await expect(other.page.getByRole("menu")).toContainText("tailpty's own files");
      await take(other.page, `session-bare-${name}`);
    });
  }

  await test.step("it leaves the list when that is asked for", async () => {
    await back();
    await alice.fromMenu("gone down", "Remove");
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(page.getByRole("link", { name: "gone down" })).toHaveCount(0);
  });
  // As it was configured, for the tests that follow.
  await demo.control("POST", "/server/kill");
  await demo.control("POST", "/server/start");
});
