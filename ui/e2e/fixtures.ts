import { type Browser, test as base, expect, type Page } from "@playwright/test";
import { App } from "./app.ts";
import { launch } from "./browser.ts";
import { Demo } from "./demo.ts";

export { expect };

type Name = "alice" | "bob" | "mallory";

type PerTest = {
  /** Opens the app at somebody's demo address, in a browser profile of their own. */
  open: (who: Name, options?: Parameters<Browser["newContext"]>[0]) => Promise<App>;
};

type PerWorker = { demo: Demo; chromium: Browser };

export const test = base.extend<PerTest, PerWorker>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from here.
    async ({}, use) => {
      const demo = await Demo.start();
      await use(demo);
      await demo.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  chromium: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from here.
    async ({}, use) => {
      const browser = await launch();
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  open: async ({ demo, chromium }, use) => {
    const opened: App[] = [];
    await use(async (who, options) => {
      const context = await chromium.newContext(options);
      const page: Page = await context.newPage();
      const app = new App(page, demo, demo.person(who).url);
      opened.push(app);
      await app.start();
      return app;
    });
    for (const app of opened) {
      app.check();
      await app.page.context().close();
    }
  },
});
