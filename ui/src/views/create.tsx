import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Profile, Workspace } from "../api.ts";
import type { App } from "../app.ts";
import { estimateSize } from "../font.ts";
import { go } from "../route.ts";
import { words } from "../words/en.ts";
import { attempt } from "./failure.ts";
import { FormDialog } from "./parts.tsx";

const w = words.create;

/** What the caller may start, and where. */
export type Offer = { workspaces: Workspace[]; profiles: Profile[] };

/** The workspaces in which the caller may start something. */
export function creatable(offer: Offer): Workspace[] {
  return offer.workspaces.filter((workspace) => workspace.profiles.length > 0);
}

export function CreateDialog(props: {
  app: App;
  offer: Offer;
  fontSize: number;
  onClose: () => void;
}): JSX.Element {
  const { app, offer } = props;
  const places = creatable(offer);
  const [workspace, setWorkspace] = useState(places[0]);
  const profile = useRef<HTMLSelectElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const start = (): Promise<string | undefined> =>
    attempt(async () => {
      const session = await app.api.create({
        workspace: workspace?.name ?? "",
        profile: profile.current?.value ?? "",
        name: name.current?.value.trim() ?? "",
        ...estimateSize(props.fontSize),
      });
      go({ at: "session", id: session.id });
    });
  return (
    <FormDialog
      heading={w.heading}
      submit={w.submit}
      busy={w.starting}
      onSubmit={start}
      onClose={props.onClose}
    >
      <label class="field">
        <span class="field-label">{w.workspace}</span>
        <select
          value={workspace?.name}
          onChange={(event) =>
            setWorkspace(places.find((p) => p.name === event.currentTarget.value))
          }
        >
          {places.map((p) => (
            <option key={p.name}>{p.name}</option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">{w.profile}</span>
        <select ref={profile}>
          {workspace?.profiles.map((p) => (
            <option key={p} value={p}>
              {offer.profiles.find((known) => known.name === p)?.title || p}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">
          {w.name} <small>{w.nameHint}</small>
        </span>
        <input ref={name} maxLength={80} autoComplete="off" />
      </label>
    </FormDialog>
  );
}
