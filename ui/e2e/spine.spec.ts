import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "@playwright/test";
import { App } from "./app.ts";
import { launchOn } from "./browser.ts";
import { expect, test } from "./fixtures.ts";
import { attachByHand } from "./handmade.ts";

// Over the tailnet, with the service's real name and certificate, and real Codex.

let browsers: Browser[] = [];

test.afterEach(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  browsers = [];
});

test("alice works with Codex, bob watches, mallory stays out", async ({ demo }) => {
  const device = async (name: "alice" | "bob" | "mallory"): Promise<App> => {
    const browser = await launchOn(demo, demo.person(name));
    browsers.push(browser);
    const app = new App(await browser.newPage(), demo, demo.report.url);
    await app.start();
    return app;
  };
  const alice = await device("alice");
  await expect(alice.page.getByText("alice@example.com")).toBeVisible();
  await alice.signIn();
  await alice.create("Codex", "spine");

  await test.step("alice sees a streamed answer", async () => {
    await expect(alice.screen).toContainText("OpenAI Codex");
    await alice.tell("Say hello");
    await expect(alice.screen).toContainText("scripted model");
  });

  const bob = await device("bob");
  await bob.signIn();
  await bob.enter("spine");
  await test.step("bob sees the same screen", async () => {
    await expect(bob.screen).toContainText("scripted model");
    await same(bob, alice);
    await expect(bob.page.getByText("alice drives · 1 watching")).toBeVisible();
  });

  await test.step("alice approves a command, which writes a file", async () => {
    await alice.tell("Write a file seen.txt");
    await expect(alice.screen).toContainText("May I write seen.txt");
    await expect(bob.screen).toContainText("May I write seen.txt");
    await expect(bob.page.locator(".bar .state-blocked")).toBeVisible();
  });

  await test.step("bob cannot answer for her, in the app", async () => {
    await bob.type("y");
    await expect(bob.page.getByRole("status").getByText("needs the action drive")).toBeVisible();
    await expect(bob.page.getByRole("button", { name: "Take over" })).toBeDisabled();
  });

  await test.step("bob cannot answer for her, with a WebSocket of his own", async () => {
    const heard = await attachByHand(bob.page, demo.report.token, "y");
    expect(heard.binary).toBeGreaterThan(0);
    expect(heard.errors).toContain("not-allowed");
    expect(heard.accepted).toBe(0);
  });

  await test.step("the file is written when alice says yes", async () => {
    await expect(alice.screen).toContainText("May I write seen.txt");
    // Codex takes no answer in the first second of its question.
    await expect(async () => {
      await alice.type("y");
      await expect(alice.screen).toContainText("is in your workspace", { timeout: 3000 });
    }).toPass();
    const text = await readFile(join(demo.workspace, "seen.txt"), "utf8");
    expect(text).toContain("with your approval");
    await expect(bob.screen).toContainText("is in your workspace");
  });

  await test.step("a reload shows the same screen", async () => {
    await alice.page.reload();
    await alice.live();
    await expect(alice.screen).toContainText("is in your workspace");
    await same(alice, bob); // who has watched all along
  });

  await test.step("mallory gets an explanation and no byte of a PTY", async () => {
    const mallory = await device("mallory");
    await mallory.signIn();
    await expect(mallory.page.getByRole("heading", { name: "no access" })).toBeVisible();
    await expect(mallory.page.locator("pre")).toContainText("mallory@example.com");
    const id = new URL(alice.page.url()).pathname.split("/").at(-1) ?? "";
    const heard = await attachByHand(mallory.page, demo.report.token, "y", id);
    expect(heard).toEqual({ opened: false, binary: 0, text: 0, errors: [], accepted: 0 });
    expect(await status(mallory, demo.report.token, `/api/v1/sessions/${id}`)).toBe(403);
    expect(await status(mallory, demo.report.token, "/api/v1/sessions")).toBe(403);
  });

  for (const app of [alice, bob]) {
    app.check();
  }
});

/** Waits until two people's screens are the same: Codex may be drawing still. */
async function same(one: App, other: App): Promise<void> {
  await expect(async () => {
    expect(await one.screenText()).toBe(await other.screenText());
  }).toPass({ timeout: 20_000 });
}

async function status(app: App, token: string, path: string): Promise<number> {
  return app.page.evaluate(
    async ([address, secret]) => {
      const answer = await fetch(address, { headers: { Authorization: `Bearer ${secret}` } });
      return answer.status;
    },
    [path, token] as const,
  );
}
