import { describe, expect, test } from "vitest";
import { Api, Refusal } from "./api.ts";

type Call = { input: string; init: RequestInit };

function fake(answer: Response | Error): { calls: Call[]; fetch: typeof fetchLike } {
  const calls: Call[] = [];
  const fetchLike = async (input: string, init: RequestInit): Promise<Response> => {
    calls.push({ input, init });
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  return { calls, fetch: fetchLike };
}

function problem(status: number, name: string, headers: Record<string, string> = {}): Response {
  const body = { type: `urn:tailpty:problem:${name}`, title: "t", status, detail: "Why not." };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

async function refusalOf(request: Promise<unknown>): Promise<Refusal> {
  const error = await request.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof Refusal)) {
    throw new Error("it was not refused");
  }
  return error;
}

describe("a request", () => {
  test("carries the token in a header, and nowhere else", async () => {
    const { calls, fetch } = fake(Response.json({ profiles: [] }));
    await new Api(() => "secret", fetch).profiles();
    expect(calls[0]?.init.headers).toMatchObject({ Authorization: "Bearer secret" });
    expect(calls[0]?.input).toBe("/api/v1/profiles");
  });

  test("has no such header without a token", async () => {
    const { calls, fetch } = fake(Response.json({}));
    await new Api(() => undefined, fetch).me();
    expect(calls[0]?.init.headers).not.toHaveProperty("Authorization");
  });

  test("follows no redirect, which could take the token elsewhere", async () => {
    const { calls, fetch } = fake(Response.json({}));
    await new Api(() => "secret", fetch).me();
    expect(calls[0]?.init.redirect).toBe("error");
  });

  test("escapes what goes into its path", async () => {
    const { calls, fetch } = fake(new Response(null, { status: 204 }));
    await new Api(() => "secret", fetch).end("../me?x");
    expect(calls[0]?.input).toBe("/api/v1/sessions/..%2Fme%3Fx");
  });

  test("creates a session", async () => {
    const { calls, fetch } = fake(Response.json({ id: "s1" }, { status: 201 }));
    const asked = { profile: "codex", workspace: "web", name: "", cols: 80, rows: 24 };
    expect(await new Api(() => "secret", fetch).create(asked)).toEqual({ id: "s1" });
    expect(calls[0]?.init.method).toBe("POST");
    expect(JSON.parse(String(calls[0]?.init.body))).toEqual(asked);
  });
});

describe("a refusal", () => {
  test.each([
    [401, "token"],
    [403, "no-grant"],
    [403, "not-allowed"],
    [403, "unknown-peer"],
    [404, "not-found"],
    [429, "limit"],
    [429, "too-many-tokens"],
  ])("%i %s keeps its reason and its words", async (status, name) => {
    const { fetch } = fake(problem(status, name));
    const refusal = await refusalOf(new Api(() => "t", fetch).session("s1"));
    expect(refusal).toMatchObject({ reason: name, detail: "Why not.", status });
  });

  test("says how long to wait", async () => {
    const { fetch } = fake(problem(429, "limit", { "Retry-After": "42" }));
    expect((await refusalOf(new Api(() => "t", fetch).me())).retryAfterMs).toBe(42_000);
  });

  test("of a later version is another reason", async () => {
    const { fetch } = fake(problem(418, "teapot"));
    expect((await refusalOf(new Api(() => "t", fetch).me())).reason).toBe("other");
  });

  test("by something else on the way has no words", async () => {
    const { fetch } = fake(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    const refusal = await refusalOf(new Api(() => "t", fetch).me());
    expect(refusal).toMatchObject({ reason: "other", detail: "", status: 502 });
  });

  test("no answer at all is being offline", async () => {
    const { fetch } = fake(new TypeError("Failed to fetch"));
    expect((await refusalOf(new Api(() => "t", fetch).me())).reason).toBe("offline");
  });

  test("an answer that is not JSON is one too", async () => {
    const { fetch } = fake(new Response("<!doctype html>"));
    expect((await refusalOf(new Api(() => "t", fetch).me())).reason).toBe("other");
  });
});
