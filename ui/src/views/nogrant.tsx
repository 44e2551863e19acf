import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Me } from "../api.ts";
import type { App } from "../app.ts";
import { words } from "../words/en.ts";
import { Icon } from "./icons.tsx";
import { Gate } from "./shell.tsx";

/** For somebody with the right token and no grant: who they are, what is missing, what to ask for. */
export function NoGrant({ app, me }: { app: App; me: Me }): JSX.Element {
  const w = words.noGrant;
  const grant = useRef<HTMLPreElement>(null);
  const [told, setTold] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(me.ask ?? "");
      setTold(w.copied);
    } catch {
      if (grant.current !== null) {
        getSelection()?.selectAllChildren(grant.current);
      }
      setTold(w.copyFailed);
    }
  };
  const check = async (): Promise<void> => {
    await app.check();
    if (app.standing.peek().at === "no-grant") {
      setTold(w.checked);
    }
  };
  return (
    <Gate>
      <h1>{w.heading}</h1>
      <p>{w.you(me.login || me.tags.join(", "), me.node)}</p>
      <p>{w.missing(me.capability, me.host.name)}</p>
      {me.ask !== undefined && (
        <>
          <p>{w.ask}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it. */}
          <pre class="grant" ref={grant} tabIndex={0}>
            {me.ask}
          </pre>
        </>
      )}
      <p class="row">
        {me.ask !== undefined && (
          <button type="button" class="button primary" onClick={() => void copy()}>
            <Icon name="copy" />
            {w.copy}
          </button>
        )}
        <button type="button" class="button" onClick={() => void check()}>
          {w.check}
        </button>
        <button type="button" class="button bare" onClick={() => void app.signOut()}>
          {words.settings.signOut}
        </button>
      </p>
      <p class="note" role="status">
        {told}
      </p>
    </Gate>
  );
}
