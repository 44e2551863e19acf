import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Me } from "../api.ts";
import type { App, SignInNote } from "../app.ts";
import { now, secondsUntil } from "../time.ts";
import { looksLikeToken, tidyToken } from "../token.ts";
import { words } from "../words/en.ts";
import { Gate } from "./shell.tsx";

/** Who Tailscale says is here, and the token that is asked for besides. */
export function SignIn(props: { app: App; me: Me; note?: SignInNote | undefined }): JSX.Element {
  const { app, me } = props;
  const w = words.signIn;
  const ids = { error: useId(), hint: useId(), keep: useId() };
  const field = useRef<HTMLInputElement>(null);
  const keep = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SignInNote | { kind: "text"; text: string }>();

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const token = tidyToken(field.current?.value ?? "");
    if (token === "" || !looksLikeToken(token)) {
      setError({ kind: "text", text: token === "" ? w.empty : w.malformed(token.length) });
      field.current?.focus();
      return;
    }
    setBusy(true);
    const note = await app.signIn(token, keep.current?.checked ? "device" : "tab");
    setBusy(false);
    setError(note);
    if (note !== undefined) {
      field.current?.focus();
    }
  };

  const shown = error ?? props.note;
  return (
    <Gate>
      <h1>{w.heading(me.host.name)}</h1>
      <p class="identity">
        <span class="muted">{w.tailscaleSays}</span>
        <Identity me={me} />
      </p>
      <form class="stack" onSubmit={submit} noValidate>
        {/* A password manager keeps the token under this name. */}
        <input
          class="visually-hidden"
          type="text"
          name="username"
          autoComplete="username"
          value={me.login || me.node}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <label class="field">
          <span class="field-label">{w.token}</span>
          <input
            ref={field}
            type="password"
            name="password"
            autoComplete="current-password"
            autoCapitalize="none"
            spellcheck={false}
            required
            aria-invalid={isError(shown)}
            aria-describedby={`${ids.error} ${ids.hint}`}
          />
        </label>
        <p id={ids.error} class={isError(shown) ? "error" : "note"} role="alert">
          {shown === undefined ? "" : text(shown)}
        </p>
        <p id={ids.hint} class="hint">
          {w.tokenHint} <code>{w.command}</code>
        </p>
        <label class="check">
          <input ref={keep} type="checkbox" aria-describedby={ids.keep} />
          <span>
            {w.keep}
            <small id={ids.keep}>{w.keepHint}</small>
          </span>
        </label>
        <button type="submit" class="button primary wide" aria-disabled={busy}>
          {busy ? w.checking : w.submit}
        </button>
      </form>
    </Gate>
  );
}

function Identity({ me }: { me: Me }): JSX.Element {
  if (me.login === "") {
    return <b>{words.signIn.tagged(me.node, me.tags.join(", "))}</b>;
  }
  return (
    <>
      <b>{me.login}</b>
      <span>{words.signIn.onDevice(me.node)}</span>
    </>
  );
}

type Shown = SignInNote | { kind: "text"; text: string };

function isError(note: Shown | undefined): boolean {
  return note !== undefined && note.kind !== "signed-out";
}

function text(note: Shown): string {
  const w = words.signIn;
  switch (note.kind) {
    case "text":
      return note.text;
    case "wrong":
      return w.wrong;
    case "revoked":
      return w.revoked;
    case "signed-out":
      return w.signedOut;
    case "too-many":
      return w.tooMany(secondsUntil(note.until, now.value));
    case "failed":
      return note.detail || words.problem.offline;
    default:
      return note satisfies never;
  }
}
