import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { type Picture, pictureOf, sameScreen } from "./screen.ts";

// A viewer who comes later is given a snapshot in place of all that happened.
// It has to be what one has who was there from the start, in each cell, and has
// to stay it while the program goes on.

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

type Open = (who: "alice" | "bob", options?: typeof phone) => Promise<App>;

/** What a test does with its program: comes to a screen, and goes on from there. */
type Act = {
  profile: "Codex" | "Shell";
  begin: (driver: App) => Promise<void>;
  goOn: (driver: App) => Promise<void>;
};

async function compare(open: Open, name: string, act: Act): Promise<Picture> {
  const first = await open("alice");
  await first.signIn();
  await first.create(act.profile, name);
  await act.begin(first);

  const second = await open("bob");
  await second.signIn();
  await second.enter(name);
  const small = await open("alice", phone);
  await small.signIn();
  await small.enter(name);
  const reloaded = await open("alice");
  await reloaded.signIn();
  await reloaded.enter(name);
  reloaded.snapshots = 0;
  await reloaded.page.reload();
  await reloaded.live();
  const late = { "a second viewer": second, "a phone": small, "a reload": reloaded };
  for (const [who, viewer] of Object.entries(late)) {
    await test.step(`${who} has the same screen`, async () => {
      expect(viewer.snapshots, "what it was given").toBe(1);
      await sameScreen(first, viewer);
    });
  }

  await act.goOn(first);
  let picture: Picture = [];
  for (const [who, viewer] of Object.entries(late)) {
    await test.step(`${who} still has it`, async () => {
      picture = await sameScreen(first, viewer);
    });
  }
  await test.step("all have it when the phone drives, at its size", async () => {
    await small.page.getByRole("button", { name: "Take over" }).click();
    await expect(first.page.getByRole("button", { name: "Take over" })).toBeEnabled();
    await expect.poll(async () => (await pictureOf(small))[0]).not.toBe(picture[0]);
    for (const viewer of [first, second, reloaded]) {
      await sameScreen(small, viewer);
    }
    await first.page.getByRole("button", { name: "Take over" }).click();
    await expect(first.page.getByText("You drive")).toBeVisible();
  });
  await test.step("so has the driver after a reload", async () => {
    await first.page.reload();
    await first.live();
    await expect(first.page.getByText("You drive")).toBeVisible();
    await sameScreen(second, first);
  });
  return picture;
}

/** Whether there is such a program on the PATH. */
function installed(program: string): boolean {
  try {
    execFileSync("which", [program]);
    return true;
  } catch {
    return false;
  }
}

test("every viewer has the same screen of Codex", async ({ open }) => {
  const picture = await compare(open, "same codex", {
    profile: "Codex",
    begin: async (driver) => {
      await expect(driver.screen).toContainText("OpenAI Codex");
      await driver.tell("Say hello");
      await expect(driver.screen).toContainText("scripted model");
    },
    goOn: async (driver) => {
      await driver.tell("Write a file same.txt");
      await expect(driver.screen).toContainText("May I write same.txt");
    },
  });
  expect(picture.join("\n")).toContain("bold");
});

test("every viewer has the same screen of vim", async ({ open, demo }) => {
  test.skip(!installed("vim"), "vim is not installed");
  const text = Array.from({ length: 60 }, (_, i) => `\tint n${i} = ${i}; // 漢字 é 👍 line ${i}`);
  await writeFile(join(demo.workspace, "same.c"), `${text.join("\n")}\n`);
  const picture = await compare(open, "same vim", {
    profile: "Shell",
    begin: async (driver) => {
      const settings = "set number list hlsearch nowrap | syntax on | split";
      await driver.type(`vim -u NONE -N -c '${settings}' same.c\n`);
      await driver.sees(/60L/);
      await driver.type("/line 7\n");
      await driver.type("ihere ");
    },
    goOn: async (driver) => {
      await driver.press("Escape");
      await driver.type("Vjj");
      await driver.sees(/VISUAL LINE/);
    },
  });
  expect(picture[0]).toContain("alternate");
  expect(picture.join("\n")).toContain("漢");
});

test("every viewer has the same screen of htop", async ({ open }) => {
  const program = installed("htop") ? "htop -d 100" : "top -d 10";
  const picture = await compare(open, "same htop", {
    profile: "Shell",
    begin: async (driver) => {
      await driver.type(`${program}\n`);
      await driver.sees(/PID/);
    },
    goOn: async (driver) => {
      await driver.press("ArrowDown");
      await driver.press("h");
      await driver.sees(/any key to return|Help for Interactive/);
    },
  });
  expect(picture[0]).toContain("alternate");
  expect(picture.join("\n")).toContain("bold");
});
