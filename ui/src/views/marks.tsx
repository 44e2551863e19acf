import type { JSX } from "preact";
import type { ProgramState } from "../api.ts";
import { words } from "../words/en.ts";

// Shapes that say a state beside its word, so that colour is never alone.

const shapes: Record<ProgramState, JSX.Element> = {
  working: <circle cx="8" cy="8" r="5" class="fill" />,
  blocked: (
    <>
      <path d="M8 1 15 8 8 15 1 8Z" class="fill" />
      <path d="M8 4.8v3.6M8 10.8v.2" class="cut" />
    </>
  ),
  done: <path d="M3 8.5 6.5 12 13 4.5" class="line" />,
  error: <path d="M4 4l8 8M12 4l-8 8" class="line" />,
  idle: <circle cx="8" cy="8" r="4.5" class="line" />,
  unknown: <circle cx="8" cy="8" r="4.5" class="line dashed" />,
  ended: <rect x="4" y="4" width="8" height="8" rx="1" class="line" />,
  lost: (
    <>
      <rect x="4" y="4" width="8" height="8" rx="1" class="line dashed" />
      <path d="M3 13 13 3" class="line" />
    </>
  ),
};

export function StateMark({ state }: { state: ProgramState }): JSX.Element {
  return (
    <span class={`state state-${state}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        {shapes[state]}
      </svg>
      <span class="state-word">{words.state[state]}</span>
    </span>
  );
}

/** Says that nothing separates a session from the host. */
export function NoIsolation(): JSX.Element {
  return (
    <span class="no-isolation" title={words.session.noIsolationMeans}>
      {words.session.noIsolation}
    </span>
  );
}

export type LinkTone = "live" | "busy" | "wait" | "ended" | "stopped";

const linkShapes: Record<LinkTone, JSX.Element> = {
  live: <circle cx="8" cy="8" r="4" class="fill" />,
  busy: (
    <>
      <circle cx="8" cy="8" r="4.5" class="line" />
      <path d="M8 3.5a4.5 4.5 0 0 1 0 9Z" class="fill" />
    </>
  ),
  wait: <path d="M8 2.5 14 13H2Z" class="line" />,
  ended: <rect x="4" y="4" width="8" height="8" rx="1" class="line" />,
  stopped: <path d="M4 4l8 8M12 4l-8 8" class="line" />,
};

export function LinkMark({ tone }: { tone: LinkTone }): JSX.Element {
  return (
    <svg class="link-mark" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      {linkShapes[tone]}
    </svg>
  );
}
