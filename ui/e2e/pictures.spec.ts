import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { take } from "./picture.ts";

// Pictures of each screen, to look at, in test-results/pictures. What is held
// here is that no page is wider than its window.

const sizes = { 1280: { width: 1280, height: 800 }, 390: { width: 390, height: 844 } };

for (const [width, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ["dark", "light"] as const) {
    test(`pictures at ${width} px, ${colorScheme}`, async ({ open }) => {
      const look = { viewport, colorScheme, hasTouch: width === "390" };
      const named = (page: Page, name: string): Promise<void> =>
        take(page, `${name}-${width}-${colorScheme}`);
      const alice = await open("alice", look);
      await expect(alice.page.getByText("alice@example.com")).toBeVisible();
      await named(alice.page, "sign-in");
      await alice.signIn();
      await alice.create("Codex", `notes ${width} ${colorScheme}`);
      await expect(alice.screen).toContainText("OpenAI Codex");
      await alice.tell("Write a file notes.txt");
      await expect(alice.page.locator(".bar .state-blocked")).toBeVisible();
      await expect(alice.screen).toContainText("May I write notes.txt");
      await named(alice.page, "session");
      const bob = await open("bob", look);
      await bob.signIn();
      await expect(bob.page.locator(".row-blocked").first()).toBeVisible();
      await named(bob.page, "board");
      await bob.enter(`notes ${width} ${colorScheme}`);
      await named(bob.page, "watching");
      const mallory = await open("mallory", look);
      await mallory.signIn();
      await expect(mallory.page.getByRole("heading", { name: "no access" })).toBeVisible();
      await named(mallory.page, "no-grant");
      await alice.press("Escape");
    });
  }
}
