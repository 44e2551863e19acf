import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "./fixtures.ts";
import { sameScreen } from "./screen.ts";

// The server is not what sessions live in: it may be killed at any moment.

test("a host that goes away is said, and its sessions have gone on", async ({ open, demo }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "restart");
  await alice.type("n=41; echo before\n");
  await alice.sees(/^before$/m);
  const bob = await open("bob");
  await bob.signIn();
  await bob.enter("restart");
  await alice.type("sleep 2; echo meanwhile\n");
  await demo.control("POST", "/server/kill");
  await expect(alice.phase("waiting")).toContainText(/reconnecting in \d+ s/, { timeout: 60_000 });
  await demo.control("POST", "/server/start");
  await expect(alice.phase("live")).toBeVisible({ timeout: 60_000 });
  await expect(bob.phase("live")).toBeVisible({ timeout: 60_000 });
  await alice.sees(/^meanwhile$/m);
  await expect(alice.page.getByText("You drive")).toBeVisible();
  await alice.type("echo $((n + 1))\n");
  await alice.sees(/^42$/m);
  await sameScreen(alice, bob);
});

/** How often the server is killed, and how much is typed at least. */
const KILLS = 3;
const NUMBERS = 300;

test("a server killed while somebody types loses no key and doubles none", async ({
  open,
  demo,
}) => {
  test.setTimeout(240_000);
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "keys");
  await alice.type("cat > typed.txt\n");
  await alice.sees(/cat > typed.txt$/m);

  /** Kills the server, and starts it when the page has noticed. */
  const restart = async (): Promise<void> => {
    await demo.control("POST", "/server/kill");
    await expect(alice.phase("live")).toHaveCount(0, { timeout: 20_000 });
    await demo.control("POST", "/server/start");
    await expect(alice.phase("live")).toBeVisible({ timeout: 60_000 });
  };
  let restarts = 0;
  let away: Promise<void> | undefined;
  let typed = 0;
  while (typed < NUMBERS || restarts < KILLS || away !== undefined) {
    expect(typed, "numbers typed until it was back").toBeLessThan(5000);
    typed += 1;
    await alice.page.keyboard.type(`${typed}\n`, { delay: 10 });
    if (away === undefined && restarts < KILLS && typed % 50 === 0) {
      restarts += 1;
      away = restart().finally(() => {
        away = undefined;
      });
    }
  }
  await alice.press("Control+D");
  await alice.type("echo $((6 * 7)) written\n");
  await alice.sees(/^42 written$/m);

  const lines = (await readFile(join(demo.workspace, "typed.txt"), "utf8")).trimEnd().split("\n");
  expect(lines).toEqual(Array.from({ length: typed }, (_, i) => String(i + 1)));
});
