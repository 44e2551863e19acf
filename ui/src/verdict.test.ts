import { expect, test } from "vitest";
import { type Reason, Refusal } from "./api.ts";
import { judge } from "./verdict.ts";

const neverAsk = (): Promise<unknown> => {
  throw new Error("it asked");
};

test.each([
  [1000, { retry: false, why: "finished" }],
  [1001, { retry: true, why: "restarting" }],
  [1009, { retry: false, why: "protocol" }],
  [4400, { retry: false, why: "protocol" }],
  [4401, { retry: false, why: "token" }],
  [4403, { retry: false, why: "not-allowed" }],
  [4408, { retry: true, why: "slow" }],
  [4409, { retry: false, why: "replaced" }],
])("close code %i", async (code, want) => {
  expect(await judge({ code, reason: "r", opened: true }, neverAsk)).toMatchObject(want);
});

test("a connection that broke is made again", async () => {
  const verdict = await judge({ code: 1006, reason: "", opened: true }, neverAsk);
  expect(verdict).toEqual({ retry: true, why: "lost" });
});

test.each<[Reason, boolean]>([
  ["token", false],
  ["no-grant", false],
  ["unknown-peer", false],
  ["not-found", false],
  ["not-allowed", false],
  ["limit", true],
  ["too-many-tokens", true],
  ["offline", true],
  ["other", true],
])("an upgrade refused for %s: again %s", async (reason, retry) => {
  const ask = (): Promise<unknown> => Promise.reject(new Refusal(reason, "why", 403, 7000));
  const verdict = await judge({ code: 1006, reason: "", opened: false }, ask);
  expect(verdict).toEqual(
    retry ? { retry, why: reason, afterMs: 7000 } : { retry, why: reason, detail: "why" },
  );
});
