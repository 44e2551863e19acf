import { useSignalEffect } from "@preact/signals";
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { App, Standing } from "../app.ts";
import type { Prefs } from "../prefs.ts";
import { type Place, place } from "../route.ts";
import { words } from "../words/en.ts";
import { Board } from "./board.tsx";
import { NoGrant } from "./nogrant.tsx";
import type { SessionProps } from "./session.tsx";
import { Settings } from "./settings.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./signin.tsx";
import { Loading, UnknownPeer, Unreachable } from "./standing.tsx";

type Props = { app: App; prefs: Prefs; client: string };

export function Root({ app, prefs, client }: Props): JSX.Element {
  useSignalEffect(() => {
    document.title = `${title(app.standing.value, app, place.value)} · ${words.product}`;
  });
  return (
    <>
      <p class="visually-hidden" aria-live="polite">
        {app.announcement.value}
      </p>
      <View app={app} prefs={prefs} client={client} standing={app.standing.value} />
    </>
  );
}

function View({ app, prefs, client, standing }: Props & { standing: Standing }): JSX.Element {
  switch (standing.at) {
    case "loading":
      return <Loading />;
    case "unreachable":
      return <Unreachable until={standing.until} detail={standing.detail} app={app} />;
    case "unknown-peer":
      return <UnknownPeer detail={standing.detail} app={app} />;
    case "sign-in":
      return <SignIn app={app} me={standing.me} note={standing.note} />;
    case "no-grant":
      return <NoGrant app={app} me={standing.me} />;
    case "in": {
      const at = place.value;
      if (at.at === "session") {
        return (
          <LazySession
            key={at.id}
            id={at.id}
            app={app}
            prefs={prefs}
            client={client}
            me={standing.me}
          />
        );
      }
      return (
        <Shell me={standing.me} at={at.at}>
          {at.at === "board" ? (
            <Board app={app} me={standing.me} prefs={prefs} />
          ) : (
            <Settings app={app} me={standing.me} prefs={prefs} />
          )}
        </Shell>
      );
    }
    default:
      return standing satisfies never;
  }
}

/** The terminal is most of the code, so it comes when the first session is opened. */
function LazySession(props: SessionProps): JSX.Element {
  const [view, setView] = useState<{ component: FunctionComponent<SessionProps> }>();
  useEffect(() => {
    let wanted = true;
    void import("./session.tsx").then((module) => {
      if (wanted) {
        setView({ component: module.SessionView });
      }
    });
    return () => {
      wanted = false;
    };
  }, []);
  return view === undefined ? <div class="session" /> : <view.component {...props} />;
}

function title(standing: Standing, app: App, at: Place): string {
  switch (standing.at) {
    case "loading":
    case "unreachable":
    case "unknown-peer":
      return location.hostname;
    case "sign-in":
      return words.title.signIn;
    case "no-grant":
      return words.title.noGrant;
    case "in":
      break;
    default:
      return standing satisfies never;
  }
  switch (at.at) {
    case "board":
      return words.title.board(app.waitingCount.value);
    case "settings":
      return words.title.settings;
    case "session": {
      const session = app.events.value?.sessions.value?.get(at.id);
      return words.title.session(session?.name ?? at.id, session?.state === "blocked");
    }
    default:
      return at satisfies never;
  }
}
