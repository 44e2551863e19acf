// The HTTP API, below /api/v1: its types, and one client that carries the
// token in a header and turns every refusal into a Refusal.

export const API = "/api/v1";

export type Grant = {
  actions: string[];
  sessions: "own" | "all";
  workspaces: string[];
  profiles: string[];
  max_sessions?: number;
  source: "tailnet" | "config";
};

export type Me = {
  login: string;
  name: string;
  node: string;
  tags: string[];
  token: boolean;
  grants: Grant[];
  host: { name: string; url: string };
  capability: string;
  /** A policy grant to paste; only with a right token and no grants. */
  ask?: string;
  version?: string;
};

export type Profile = { name: string; title: string };
export type Workspace = { name: string; profiles: string[] };

export const programStates = [
  "working",
  "blocked",
  "done",
  "error",
  "idle",
  "unknown",
  "ended",
  "lost",
] as const;
export type ProgramState = (typeof programStates)[number];

export type Attendee = { id: string; login?: string; name: string; device: string };

export type Session = {
  id: string;
  name: string;
  profile: string;
  workspace: string;
  owner: string;
  state: ProgramState;
  cols: number;
  rows: number;
  /** RFC 3339, as are since and ended. Of a lost one, ended is when it was last known to run. */
  created: string;
  exit: number | null;
  /** What separates it from the host; a host of an earlier version does not say. */
  isolation?: "workspace" | "none";
  title?: string;
  since?: string;
  ended?: string;
  people?: Attendee[];
  driver?: string;
  /** The actions the caller has on it. */
  may?: string[];
};

/** Whether its program has ended, or went with the machine. */
export function over(state: ProgramState): boolean {
  return state === "ended" || state === "lost";
}

export type NewSession = {
  profile: string;
  workspace: string;
  name: string;
  cols: number;
  rows: number;
};

/** Why a request got no answer to use. */
export type Reason =
  | "token"
  | "too-many-tokens"
  | "no-grant"
  | "unknown-peer"
  | "not-found"
  | "not-allowed"
  | "limit"
  | "offline"
  | "other";

export class Refusal extends Error {
  override name = "Refusal";
  constructor(
    readonly reason: Reason,
    /** A sentence for a person, as the server wrote it; may be empty. */
    readonly detail: string,
    readonly status: number,
    /** How long to wait before the next try, where the server said so. */
    readonly retryAfterMs?: number,
  ) {
    super(detail || reason);
  }
}

/** What a program may say of itself; anything else is "unknown". */
export function programState(value: string): ProgramState {
  return programStates.find((s) => s === value) ?? "unknown";
}

type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export class Api {
  constructor(
    private readonly token: () => string | undefined,
    private readonly fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  ) {}

  /** With a token of its own, for one that is not yet trusted. */
  me(token?: string): Promise<Me> {
    return this.call<Me>("GET", "/me", undefined, token);
  }

  async profiles(): Promise<Profile[]> {
    return (await this.call<{ profiles: Profile[] }>("GET", "/profiles")).profiles;
  }

  async workspaces(): Promise<Workspace[]> {
    return (await this.call<{ workspaces: Workspace[] }>("GET", "/workspaces")).workspaces;
  }

  session(id: string): Promise<Session> {
    return this.call<Session>("GET", sessionPath(id));
  }

  create(session: NewSession): Promise<Session> {
    return this.call<Session>("POST", "/sessions", session);
  }

  rename(id: string, name: string): Promise<Session> {
    return this.call<Session>("PATCH", sessionPath(id), { name });
  }

  /** Ends a running session, removes an ended one from the list. */
  async end(id: string): Promise<void> {
    await this.call<undefined>("DELETE", sessionPath(id));
  }

  private async call<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    const secret = token ?? this.token();
    if (secret !== undefined) {
      headers.Authorization = `Bearer ${secret}`;
    }
    const init: RequestInit = { method, headers, cache: "no-store", redirect: "error" };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await this.fetch(API + path, init);
    } catch {
      throw new Refusal("offline", "", 0);
    }
    if (!response.ok) {
      throw await refusal(response);
    }
    if (response.status === 204) {
      return undefined as T;
    }
    try {
      return (await response.json()) as T;
    } catch {
      throw new Refusal("other", "", response.status);
    }
  }
}

function sessionPath(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}

const problemPrefix = "urn:tailpty:problem:";

async function refusal(response: Response): Promise<Refusal> {
  let type = "";
  let detail = "";
  try {
    const problem = (await response.json()) as { type?: unknown; detail?: unknown };
    type = typeof problem.type === "string" ? problem.type : "";
    detail = typeof problem.detail === "string" ? problem.detail : "";
  } catch {
    // Not from tailpty itself: what stands between has answered.
  }
  const after = Number(response.headers.get("Retry-After"));
  const wait = Number.isFinite(after) && after > 0 ? after * 1000 : undefined;
  const name = type.startsWith(problemPrefix) ? type.slice(problemPrefix.length) : "";
  return new Refusal(reason(name), detail, response.status, wait);
}

function reason(problem: string): Reason {
  switch (problem) {
    case "token":
    case "too-many-tokens":
    case "no-grant":
    case "unknown-peer":
    case "not-found":
    case "not-allowed":
    case "limit":
      return problem;
    default:
      return "other";
  }
}
