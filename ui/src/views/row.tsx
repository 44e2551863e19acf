import type { JSX } from "preact";
import { type Attendee, type Me, over, type Session } from "../api.ts";
import type { App } from "../app.ts";
import { words } from "../words/en.ts";
import { byWords, whoWords } from "../words/people.ts";
import { NoIsolation, StateMark } from "./marks.tsx";
import { PlaceLink, When } from "./parts.tsx";
import { SessionMenu } from "./sessionmenu.tsx";

const w = words.board;

/** One session on the board. */
export function Row({ app, me, session }: { app: App; me: Me; session: Session }): JSX.Element {
  const ended = over(session.state);
  const lost = session.state === "lost";
  const at = ended ? (session.ended ?? session.since ?? session.created) : session.created;
  return (
    <li class={`session-row row-${session.state}`}>
      <div class="cell-state">
        <StateMark state={session.state} />
        {ended && session.exit !== null && <small>{w.status(session.exit)}</small>}
      </div>
      <div class="cell-name">
        <div class="name-line">
          <PlaceLink to={{ at: "session", id: session.id }} class="session-link">
            {session.name}
          </PlaceLink>
          {session.isolation === "none" && <NoIsolation />}
        </div>
        {lost ? (
          <small class="lost-words">{w.lost}</small>
        ) : (
          session.title && session.title !== session.name && <small>{session.title}</small>
        )}
      </div>
      <div class="cell-place">
        {session.workspace}
        <small>{session.profile}</small>
      </div>
      <div class="cell-people">
        <span title={session.owner}>{byWords(session.owner, me.login)}</span>
        <small>{ended ? "" : presence(session)}</small>
      </div>
      <div class="cell-age">
        <span class="visually-hidden">{lost ? w.lostAt : ended ? w.endedAt : w.started}</span>{" "}
        <When at={at} />
      </div>
      <div class="cell-menu">
        <SessionMenu app={app} session={session} />
      </div>
    </li>
  );
}

/** Who is here, the driver first; one person on two devices is named once. */
function presence(session: Session): string {
  const people = session.people ?? [];
  if (people.length === 0) {
    return w.nobody;
  }
  const driver = people.find((p) => p.id === session.driver);
  const names = new Set(people.filter((p) => !samePerson(p, driver)).map(whoWords));
  const drives = driver === undefined ? [] : [`${whoWords(driver)} ${w.drives}`];
  return w.here([...drives, ...names].join(", "));
}

function samePerson(a: Attendee, b: Attendee | undefined): boolean {
  return b !== undefined && a.name === b.name && a.login === b.login;
}
