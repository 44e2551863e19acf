import { expect, test } from "./fixtures.ts";

const strict = [
  "default-src 'self'",
  "script-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types tailpty",
];

test("EN1: every answer carries the policy, and it allows nothing inline", async ({ open }) => {
  const { page } = await open("alice");
  const asset = await page.locator("script[src]").getAttribute("src");
  for (const path of ["/", "/s/none", "/settings", asset ?? "", "/api/v1/me", "/none.png"]) {
    const answer = await page.request.get(new URL(path, page.url()).href);
    const policy = answer.headers()["content-security-policy"] ?? "";
    for (const directive of strict) {
      expect(policy.split("; "), path).toContain(directive);
    }
    expect(policy, path).not.toContain("unsafe");
  }
});

test("EN1: a style nonce is not used twice", async ({ open }) => {
  const { page } = await open("alice");
  const nonces = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const answer = await page.request.get(page.url());
    const policy = answer.headers()["content-security-policy"] ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(await answer.text()).toContain(`nonce="${nonce}"`);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

for (const drawing of ["with WebGL", "without WebGL"]) {
  test(`EN1: no place of the app violates the policy, ${drawing}`, async ({ open }) => {
    const alice = await open("alice");
    const { page } = alice;
    if (drawing === "without WebGL") {
      await page.addInitScript(() => {
        const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...args) {
          return args[0].startsWith("webgl") ? null : get.apply(this, args);
        } as typeof get;
      });
      await page.reload();
    }
    await alice.signIn();
    await alice.create("Shell", `csp ${drawing}`);
    await alice.type("printf '\\033[31;4mred\\033[0m https://example.com\\n'\n");
    await alice.sees(/^red https/m);
    await page.getByText("You drive").click();
    await page.getByRole("link", { name: "Back to all sessions" }).click();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Theme", { exact: true }).selectOption("Dark");
    alice.check();
    // Else nothing of the above would have been noticed.
    await page.evaluate(() => {
      const style = document.createElementNS("http://www.w3.org/1999/xhtml", "style");
      style.textContent = "body { display: none }";
      document.head.append(style);
    });
    await expect.poll(() => alice.violations.splice(0)).toHaveLength(1);
    await expect(page.locator("body")).toBeVisible();
  });
}

test("EN1: script from a string does not run", async ({ open }) => {
  const mallory = await open("mallory");
  await mallory.signIn();
  await expect(mallory.page.getByRole("heading", { name: "no access" })).toBeVisible();
  const ran = await mallory.page.evaluate(() => {
    try {
      const link = document.createElement("a");
      link.innerHTML = "<img src=x onerror='window.ran = true'>";
    } catch (error) {
      return String(error);
    }
    return "it ran";
  });
  expect(ran).toContain("TrustedHTML");
  await expect.poll(() => mallory.violations.splice(0)).toHaveLength(1);
});
