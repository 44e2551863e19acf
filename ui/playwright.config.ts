import { defineConfig } from "@playwright/test";

// The tests run against the real program on a private tailnet, which each
// worker starts for itself; see e2e/demo.ts.
export default defineConfig({
  testDir: "e2e",
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: { actionTimeout: 20_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  forbidOnly: process.env.CI !== undefined,
});
