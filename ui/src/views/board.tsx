import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Me, over, Refusal, type Session } from "../api.ts";
import type { App } from "../app.ts";
import type { Prefs } from "../prefs.ts";
import { now, secondsUntil } from "../time.ts";
import { words } from "../words/en.ts";
import { CreateDialog, creatable, type Offer } from "./create.tsx";
import { tell } from "./failure.ts";
import { Icon } from "./icons.tsx";
import { Action } from "./parts.tsx";
import { Row } from "./row.tsx";

const w = words.board;

/** All sessions the caller may see, those that need somebody first. */
export function Board(props: { app: App; me: Me; prefs: Prefs }): JSX.Element {
  const { app, me, prefs } = props;
  const [offer, problem] = useOffer(app);
  const [creating, setCreating] = useState(false);
  const sessions = app.events.value?.sessions.value;
  const may = offer !== undefined && creatable(offer).length > 0;
  const why = problem ?? (offer === undefined ? words.create.loading : w.mayNotCreate);
  return (
    <div class="board">
      <header class="board-head">
        <h1>{w.heading}</h1>
        <Action class="primary" onAct={() => setCreating(true)} why={may ? undefined : why}>
          <Icon name="plus" />
          {w.new}
        </Action>
      </header>
      <StreamState app={app} />
      {sessions === undefined ? (
        <p class="muted appear-late" role="status">
          {w.waitingForList}
        </p>
      ) : (
        <Groups app={app} me={me} sessions={[...sessions.values()]} mayCreate={may} offer={offer} />
      )}
      {creating && offer !== undefined && (
        <CreateDialog
          app={app}
          offer={offer}
          fontSize={prefs.fontSize.value}
          onClose={() => setCreating(false)}
        />
      )}
    </div>
  );
}

/** What may be started here; the text says why it could not be learned. */
function useOffer(app: App): [offer: Offer | undefined, problem: string | undefined] {
  const [offer, setOffer] = useState<Offer>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    Promise.all([app.api.workspaces(), app.api.profiles()])
      .then(([workspaces, profiles]) => setOffer({ workspaces, profiles }))
      .catch((error: unknown) => {
        setProblem(tell(error));
        if (error instanceof Refusal) {
          app.lost(error.reason);
        }
      });
  }, [app]);
  return [offer, problem];
}

/** Says so when what is shown may be old. */
function StreamState({ app }: { app: App }): JSX.Element | null {
  const link = app.events.value?.link.value;
  const known = app.events.value?.sessions.value !== undefined;
  switch (link?.at) {
    case undefined:
    case "open":
      return null;
    case "connecting":
      return known ? <p class="banner">{words.link.connecting}</p> : null;
    case "waiting":
      return (
        <p class="banner" role="status">
          <span>
            {words.link.why[link.why]}{" "}
            {words.unreachable.again(secondsUntil(link.until, now.value))}.
          </span>
          <button type="button" class="button small" onClick={() => app.events.peek()?.retryNow()}>
            {words.link.reconnectNow}
          </button>
        </p>
      );
    case "stopped":
      return (
        <p class="banner" role="alert">
          {link.detail || words.link.why[link.why]}
        </p>
      );
    default:
      return link satisfies never;
  }
}

function Groups(props: {
  app: App;
  me: Me;
  sessions: Session[];
  mayCreate: boolean;
  offer: Offer | undefined;
}): JSX.Element {
  const { sessions } = props;
  if (sessions.length === 0) {
    return <Empty {...props} />;
  }
  const newest = [...sessions].sort((a, b) => b.created.localeCompare(a.created));
  const groups: [string, Session[]][] = [
    [w.needsYou, newest.filter((s) => s.state === "blocked")],
    [w.running, newest.filter((s) => s.state !== "blocked" && !over(s.state))],
    [w.ended, newest.filter((s) => over(s.state))],
  ];
  return (
    <>
      {groups
        .filter(([, members]) => members.length > 0)
        .map(([heading, members]) => (
          <section key={heading} class="group">
            <h2>
              {heading} <span class="count">{members.length}</span>
            </h2>
            <ul class="rows">
              {members.map((session) => (
                <Row key={session.id} app={props.app} me={props.me} session={session} />
              ))}
            </ul>
          </section>
        ))}
    </>
  );
}

function Empty(props: { me: Me; mayCreate: boolean; offer: Offer | undefined }): JSX.Element {
  const first = props.offer === undefined ? undefined : creatable(props.offer)[0];
  return (
    <div class="empty">
      <h2>{w.emptyHeading}</h2>
      {props.mayCreate ? <p>{w.emptyMay}</p> : <p>{w.emptyMayNot}</p>}
      {first !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it.
        <pre class="grant" tabIndex={0}>
          {w.shellCommand(props.me.host.url, first.name, first.profiles[0] ?? "")}
        </pre>
      )}
      <p class="muted">{w.emptyOthers(props.me.host.name)}</p>
    </div>
  );
}
