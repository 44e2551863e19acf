import { expect, type Page } from "@playwright/test";

/** A picture of a page, to look at, in test-results/pictures. It may not be wider than its window. */
export async function take(page: Page, name: string): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${name} is too wide`).toBe(0);
  await page.screenshot({ path: `test-results/pictures/${name}.png`, animations: "disabled" });
}
