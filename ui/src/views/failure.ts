import { Refusal } from "../api.ts";
import { words } from "../words/en.ts";

/** What to tell a person of a request that failed. */
export function tell(error: unknown): string {
  if (!(error instanceof Refusal)) {
    throw error;
  }
  return error.detail || words.problem[error.reason];
}

/** Runs a request for a dialog: the text of an error, or undefined when it worked. */
export async function attempt(request: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    return tell(error);
  }
}
