import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { over, type Session } from "../api.ts";
import type { App } from "../app.ts";
import { words } from "../words/en.ts";
import { attempt } from "./failure.ts";
import { FormDialog, Menu } from "./parts.tsx";

const w = words.session;

/** What can be done to a session from outside of it: rename, end, remove. */
export function SessionMenu(props: {
  app: App;
  session: Session;
  onRemoved?: () => void;
}): JSX.Element {
  const { app, session } = props;
  const [asking, setAsking] = useState<"rename" | "end">();
  const done = (): void => setAsking(undefined);
  const mayEnd = session.may?.includes("end") === true;
  const ended = over(session.state);
  return (
    <>
      <Menu
        label={`${w.more}: ${session.name}`}
        note={session.isolation === "none" ? w.noIsolationMeans : undefined}
        items={[
          {
            label: w.rename,
            why: session.may?.includes("drive") ? undefined : w.whyNoRename,
            act: () => setAsking("rename"),
          },
          {
            label: ended ? w.remove : w.end,
            danger: true,
            why: mayEnd ? undefined : w.whyNoEnd,
            act: () => setAsking("end"),
          },
        ]}
      />
      {asking === "rename" && <Rename app={app} session={session} onClose={done} />}
      {asking === "end" && (
        <FormDialog
          heading={ended ? w.removeHeading(session.name) : w.endHeading(session.name)}
          submit={ended ? w.remove : w.end}
          busy={ended ? w.removing : w.ending}
          danger
          onClose={done}
          onSubmit={async () => {
            const error = await attempt(() => app.api.end(session.id));
            if (error === undefined && ended) {
              props.onRemoved?.();
            }
            return error;
          }}
        >
          <p>{ended ? w.removeText : w.endText}</p>
        </FormDialog>
      )}
    </>
  );
}

function Rename(props: { app: App; session: Session; onClose: () => void }): JSX.Element {
  const { app, session, onClose } = props;
  const field = useRef<HTMLInputElement>(null);
  return (
    <FormDialog
      heading={w.renameHeading(session.name)}
      submit={w.save}
      busy={w.saving}
      onClose={onClose}
      onSubmit={() => attempt(() => app.api.rename(session.id, field.current?.value.trim() ?? ""))}
    >
      <label class="field">
        <span class="field-label">{w.name}</span>
        <input ref={field} defaultValue={session.name} maxLength={80} autoComplete="off" required />
      </label>
    </FormDialog>
  );
}
