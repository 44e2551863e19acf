import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { type Me, over, type ProgramState, programState, type Session } from "../api.ts";
import type { App } from "../app.ts";
import type { Attachment, Phase } from "../attachment.ts";
import { now, secondsUntil } from "../time.ts";
import type { Person, RoomState } from "../wire.ts";
import { words } from "../words/en.ts";
import { nameWords, ownerWords, whoWords } from "../words/people.ts";
import { Icon } from "./icons.tsx";
import { LinkMark, type LinkTone, NoIsolation, StateMark } from "./marks.tsx";
import { Action, PlaceLink, useDismiss } from "./parts.tsx";
import { SessionMenu } from "./sessionmenu.tsx";

const w = words.session;

type Props = {
  app: App;
  me: Me;
  id: string;
  session: Session | undefined;
  attachment: Attachment | undefined;
  onRemoved: () => void;
};

/** Everything about a session that is not its terminal, in one line. */
export function SessionBar(props: Props): JSX.Element {
  const { app, me, session, attachment } = props;
  const room = attachment?.room.value;
  const phase: Phase = attachment?.phase.value ?? { at: "connecting" };
  const state = stateOf(session, room, phase);
  const ended = over(state);
  const title = room?.title || session?.title || "";
  return (
    <header class="bar">
      <PlaceLink to={{ at: "board" }} class="button bare square" label={words.nav.back}>
        <Icon name="back" />
      </PlaceLink>
      <div class="bar-what">
        <div class="bar-name">
          <h1 title={title}>{session?.name ?? props.id}</h1>
          {session?.isolation === "none" && <NoIsolation />}
        </div>
        <div class="bar-states">
          {(room !== undefined || session !== undefined) && <StateMark state={state} />}
          <LinkState phase={phase} />
        </div>
        {title !== "" && <span class="bar-title">{title}</span>}
      </div>
      {room !== undefined && phase.at !== "refused" && !ended && (
        <>
          <People room={room} attachment={phase.at === "live" ? attachment : undefined} />
          <Wheel me={me} session={session} room={room} phase={phase} attachment={attachment} />
        </>
      )}
      {session !== undefined && (
        <SessionMenu app={app} session={session} onRemoved={props.onRemoved} />
      )}
    </header>
  );
}

/** What there is to say of the program; that it is over is known from more than one place. */
function stateOf(
  session: Session | undefined,
  room: RoomState | undefined,
  phase: Phase,
): ProgramState {
  const said = programState(room?.program || session?.state || "");
  const known = [said, session?.state].find((state) => state !== undefined && over(state));
  return known ?? (phase.at === "ended" ? "ended" : said);
}

function LinkState({ phase }: { phase: Phase }): JSX.Element {
  const [tone, text] = linkWords(phase);
  return (
    <span class={`link-state link-${tone}`} data-phase={phase.at}>
      <LinkMark tone={tone} />
      {text}
    </span>
  );
}

function linkWords(phase: Phase): [LinkTone, string] {
  switch (phase.at) {
    case "live":
      return ["live", words.link.live];
    case "connecting":
      return ["busy", words.link.connecting];
    case "catching-up":
      return ["busy", words.link.catchingUp];
    case "waiting":
      return ["wait", words.link.reconnecting(secondsUntil(phase.until, now.value))];
    case "ended":
      return [
        "ended",
        phase.code === undefined ? words.link.unknownEnd : words.link.ended(phase.code),
      ];
    case "refused":
      return ["stopped", refusedWord(phase)];
    default:
      return phase satisfies never;
  }
}

function refusedWord(phase: Extract<Phase, { at: "refused" }>): string {
  switch (phase.why) {
    case "not-found":
      return words.link.gone;
    case "replaced":
      return words.link.elsewhere;
    case "not-allowed":
    case "no-grant":
    case "token":
    case "unknown-peer":
      return words.link.revoked;
    default:
      return words.link.stopped;
  }
}

/** Who drives and who watches, by name and device; one who drives may give the wheel to another. */
function People(props: { room: RoomState; attachment: Attachment | undefined }): JSX.Element {
  const { room, attachment } = props;
  const driving = room.driver !== "" && room.driver === room.you;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useDismiss(root, open, () => setOpen(false));
  const driver = room.people.find((p) => p.id === room.driver);
  const watching = room.people.length - (driver === undefined ? 0 : 1);
  return (
    <div class="people" ref={root}>
      <button
        type="button"
        class="button bare people-button"
        aria-expanded={open}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            setOpen(false);
          }
        }}
        onClick={() => setOpen(!open)}
      >
        <Icon name="users" />
        <span class="people-count">{room.people.length}</span>
        <span class="people-words">
          {driverWords(room, driver)}
          {watching > 0 && ` · ${w.watching(watching)}`}
        </span>
      </button>
      {open && (
        <section class="popover" aria-label={w.people}>
          <ul>
            {room.people.map((person) => (
              <li key={person.id}>
                <b>
                  {nameWords(person)}
                  {person.id === room.you && ` (${w.you})`}
                </b>
                <span class="muted">{person.device}</span>
                <span class={person.id === room.driver ? "drives" : "muted"}>
                  {person.id === room.driver ? words.board.drives : words.board.watches}
                </span>
                {driving && attachment !== undefined && person.id !== room.you && (
                  <button
                    type="button"
                    class="button small"
                    aria-label={w.handTo(whoWords(person), person.device)}
                    onClick={() => {
                      attachment.hand(person.id);
                      setOpen(false);
                    }}
                  >
                    {w.hand}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function driverWords(room: RoomState, driver: Person | undefined): string {
  if (driver === undefined) {
    return room.driver === "" ? w.nobodyDrives : w.driverAway;
  }
  return driver.id === room.you ? w.youDrive : w.drives(whoWords(driver));
}

/** Takes and gives back the right to type, or says why that cannot be. */
function Wheel(props: {
  me: Me;
  session: Session | undefined;
  room: RoomState;
  phase: Phase;
  attachment: Attachment | undefined;
}): JSX.Element {
  const { room, attachment } = props;
  if (room.driver !== "" && room.driver === room.you) {
    return (
      <Action class="wheel" onAct={() => attachment?.release()}>
        {w.release}
      </Action>
    );
  }
  return (
    <Action class="wheel primary" why={whyNot(props)} onAct={() => attachment?.take()}>
      {room.driver === "" ? w.take : w.takeOver}
    </Action>
  );
}

function whyNot(props: Parameters<typeof Wheel>[0]): string | undefined {
  const { me, session, room, phase } = props;
  if (!room.mayDrive) {
    return w.whyNoDrive;
  }
  if (phase.at !== "live") {
    return w.whyNotLive;
  }
  const driver = room.people.find((p) => p.id === room.driver);
  const mayTakeOver = session?.owner === me.login || session?.may?.includes("admin") === true;
  return driver === undefined || mayTakeOver
    ? undefined
    : w.whyNoTake(whoWords(driver), ownerWords(session?.owner ?? ""));
}
