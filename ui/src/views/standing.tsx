import type { JSX } from "preact";
import type { App } from "../app.ts";
import { now, secondsUntil } from "../time.ts";
import { words } from "../words/en.ts";
import { Gate } from "./shell.tsx";

export function Loading(): JSX.Element {
  return (
    <Gate>
      <p class="muted appear-late" role="status">
        {words.loading(location.hostname)}
      </p>
    </Gate>
  );
}

export function Unreachable(props: { app: App; until: number; detail: string }): JSX.Element {
  return (
    <Gate>
      <h1>{words.unreachable.heading(location.hostname)}</h1>
      <p>{props.detail || words.unreachable.offline}</p>
      <p class="muted">{words.unreachable.again(secondsUntil(props.until, now.value))}</p>
      <button type="button" class="button primary" onClick={() => void props.app.check()}>
        {words.unreachable.now}
      </button>
    </Gate>
  );
}

export function UnknownPeer(props: { app: App; detail: string }): JSX.Element {
  return (
    <Gate>
      <h1>{words.unreachable.unknownPeer}</h1>
      <p>{props.detail}</p>
      <p>{words.unreachable.unknownPeerHint}</p>
      <button type="button" class="button primary" onClick={() => void props.app.check()}>
        {words.unreachable.now}
      </button>
    </Gate>
  );
}
