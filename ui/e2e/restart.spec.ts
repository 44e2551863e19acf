import { expect, test } from "./fixtures.ts";

test("a host that goes away is said, and comes back", async ({ open, demo }) => {
  const alice = await open("alice");
  await alice.signIn();
  await alice.create("Shell", "restart");
  await demo.control("POST", "/server/kill");
  await expect(alice.phase("waiting")).toContainText(/reconnecting in \d+ s/, { timeout: 60_000 });
  await demo.control("POST", "/server/start");
  // The session was the server's; without it there is an honest word and a way out.
  await expect(alice.page.getByRole("alert")).toContainText("There is no such session", {
    timeout: 60_000,
  });
  await alice.page.getByRole("link", { name: "All sessions", exact: true }).click();
  await expect(alice.page.getByRole("button", { name: "New session" })).toBeEnabled();
});
