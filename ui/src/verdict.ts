import { Refusal } from "./api.ts";
import type { Closed, Verdict } from "./socket.ts";
import { close } from "./wire.ts";

/**
 * Judges a connection that ended. A refused upgrade says nothing to a browser,
 * so ask is a plain request for the same thing, which is refused for the same
 * reason and can be read.
 */
export async function judge(closed: Closed, ask: () => Promise<unknown>): Promise<Verdict> {
  switch (closed.code) {
    case 1000:
      return { retry: false, why: "finished", detail: closed.reason };
    case 1001:
      return { retry: true, why: "restarting" };
    case close.protocol:
    case 1009:
      return { retry: false, why: "protocol", detail: closed.reason };
    case close.token:
      return { retry: false, why: "token", detail: closed.reason };
    case close.forbidden:
      return { retry: false, why: "not-allowed", detail: closed.reason };
    case close.replaced:
      return { retry: false, why: "replaced", detail: "" };
    case close.slow:
      return { retry: true, why: "slow" };
    default:
      return closed.opened ? { retry: true, why: "lost" } : inquire(ask);
  }
}

async function inquire(ask: () => Promise<unknown>): Promise<Verdict> {
  try {
    await ask();
    return { retry: true, why: "lost" };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    const { reason, detail, retryAfterMs } = error;
    switch (reason) {
      case "token":
      case "no-grant":
      case "unknown-peer":
      case "not-found":
      case "not-allowed":
        return { retry: false, why: reason, detail };
      case "too-many-tokens":
      case "limit":
      case "offline":
      case "other":
        return {
          retry: true,
          why: reason,
          ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }),
        };
      default:
        return reason satisfies never;
    }
  }
}
