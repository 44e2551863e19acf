import { defineConfig } from "vitest/config";

// What the content security policy of the server asks of the bundle: no inline
// script, no data: URL, and the nonce of each answer in place of __CSP_NONCE__.
export default defineConfig({
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
  },
});
