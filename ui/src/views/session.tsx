import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Me } from "../api.ts";
import type { App } from "../app.ts";
import type { Notice, Phase } from "../attachment.ts";
import { loadTerminalFont } from "../font.ts";
import { LiveSession } from "../live.ts";
import type { Prefs } from "../prefs.ts";
import { go } from "../route.ts";
import { openLink } from "../terminal.ts";
import { absolute, now, relative } from "../time.ts";
import { words } from "../words/en.ts";
import { SessionBar } from "./bar.tsx";
import { KeyBar } from "./keybar.tsx";
import { Dialog, PlaceLink } from "./parts.tsx";

const w = words.session;
/** How long a notice stays, in milliseconds. */
const NOTICE_FOR = 6_000;

export type SessionProps = { app: App; id: string; prefs: Prefs; client: string; me: Me };

/** One session: the terminal, one thin bar above it, and on a phone the keys below. */
export function SessionView(props: SessionProps): JSX.Element {
  const { app, id, me } = props;
  const root = useRef<HTMLDivElement>(null);
  const parent = useRef<HTMLDivElement>(null);
  const notice = useNotice();
  const [link, setLink] = useState<string>();
  const live = useLive(props, parent, {
    onNotice: (n) => {
      notice.value = tell(n);
    },
    onLink: setLink,
    onLeave: () => root.current?.querySelector<HTMLElement>(".bar a, .bar button")?.focus(),
  });
  useReturnKey(live);
  const session = app.events.value?.sessions.value?.get(id);
  const phase = live?.attachment.phase.value ?? { at: "connecting" };
  const press = (key: Parameters<LiveSession["press"]>[0]): void => {
    live?.press(key).catch(() => {
      notice.value = w.pasteDenied;
    });
  };
  return (
    <div class="session" ref={root}>
      <SessionBar
        app={app}
        me={me}
        id={id}
        session={session}
        attachment={live?.attachment}
        onRemoved={() => go({ at: "board" })}
      />
      <Strip phase={phase} notice={notice} onRetry={() => live?.attachment.retryNow()} />
      {session?.state === "lost" && <Lost ended={session.ended} />}
      <main class="stage" aria-label={w.terminal(session?.name ?? id)}>
        <p class="visually-hidden">{w.terminalHelp}</p>
        <div class="terminal" ref={parent} hidden={phase.at === "refused"} />
        {phase.at === "refused" && <Refused phase={phase} onTakeBack={() => takeBack(live)} />}
      </main>
      {live?.attachment.room.value?.mayDrive === true && phase.at !== "refused" && (
        <KeyBar ctrl={live.ctrl.value} onKey={press} />
      )}
      {link !== undefined && (
        <Dialog heading={w.openLink} onClose={() => setLink(undefined)}>
          <p class="dialog-body address">{link}</p>
          <footer class="dialog-foot">
            <button type="button" class="button" onClick={() => setLink(undefined)}>
              {words.dialog.cancel}
            </button>
            <button
              type="button"
              class="button primary"
              onClick={() => {
                setLink(undefined);
                openLink(link);
              }}
            >
              {w.open}
            </button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}

/** The live session, from when the font is there until the view goes. */
function useLive(
  props: SessionProps,
  parent: { current: HTMLDivElement | null },
  on: Pick<ConstructorParameters<typeof LiveSession>[0], "onNotice" | "onLink" | "onLeave">,
): LiveSession | undefined {
  const { app, id, client, prefs } = props;
  const [live, setLive] = useState<LiveSession>();
  useEffect(() => {
    let made: LiveSession | undefined;
    let wanted = true;
    void loadTerminalFont().then(() => {
      if (wanted && parent.current !== null) {
        made = new LiveSession({ app, id, client, prefs, parent: parent.current, ...on });
        made.terminal.focus();
        setLive(made);
      }
    });
    return () => {
      wanted = false;
      made?.dispose();
    };
  }, [app, id, client, prefs]);
  return live;
}

/** The key that leaves the terminal also goes back to it. */
function useReturnKey(live: LiveSession | undefined): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey && event.key === "F6") {
        event.preventDefault();
        live?.terminal.focus();
      }
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [live]);
}

/** A line of text that goes away by itself. */
function useNotice(): Signal<string> {
  const notice = useSignal("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = notice.subscribe((text) => {
      clearTimeout(timer);
      if (text !== "") {
        timer = setTimeout(() => {
          notice.value = "";
        }, NOTICE_FOR);
      }
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [notice]);
  return notice;
}

/** Below the bar, only while there is something to say. */
function Strip(props: { phase: Phase; notice: Signal<string>; onRetry: () => void }): JSX.Element {
  const { phase } = props;
  const text = props.notice.value || (phase.at === "waiting" ? words.link.why[phase.why] : "");
  return (
    <div class="strip" role="status">
      {text !== "" && <span>{text}</span>}
      {phase.at === "waiting" && (
        <button type="button" class="button small" onClick={props.onRetry}>
          {words.link.reconnectNow}
        </button>
      )}
    </div>
  );
}

/** Above the last screen of a session that went with the machine. */
function Lost({ ended }: { ended: string | undefined }): JSX.Element {
  const then = Date.parse(ended ?? "");
  return (
    <p class="lost-strip" role="status" title={Number.isNaN(then) ? undefined : absolute(then)}>
      {Number.isNaN(then) ? `${words.board.lost}.` : w.lost(relative(then, now.value))}{" "}
      {w.lostScreen}
    </p>
  );
}

function takeBack(live: LiveSession | undefined): void {
  live?.attachment.takeBack();
  live?.terminal.focus();
}

/** In place of the terminal, when there is no way back to it but perhaps a person's. */
function Refused(props: {
  phase: Extract<Phase, { at: "refused" }>;
  onTakeBack: () => void;
}): JSX.Element {
  const { why, detail } = props.phase;
  const byPolicy = why === "not-allowed" || why === "no-grant";
  const replaced = why === "replaced";
  return (
    <div class="refused" role="alert">
      <h1>{words.link.why[why]}</h1>
      {detail !== "" && <p>{detail}</p>}
      {byPolicy && <p>{words.link.askPolicy}</p>}
      {replaced && <p>{words.link.replacedHint}</p>}
      {replaced && (
        <button type="button" class="button primary" onClick={props.onTakeBack}>
          {words.link.takeBack}
        </button>
      )}
      <PlaceLink to={{ at: "board" }} class={replaced ? "button" : "button primary"}>
        {w.backToBoard}
      </PlaceLink>
    </div>
  );
}

function tell(notice: Notice): string {
  switch (notice.kind) {
    case "gap":
      return w.gap(notice.bytes);
    case "full":
      return w.full;
    case "input":
      return notice.detail || w.input[notice.code];
    default:
      return notice satisfies never;
  }
}
