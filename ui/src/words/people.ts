import { words } from "./en.ts";

// How people are called. One who sits at the host itself came by no tailnet: the
// login is "local:" and their name there.

const LOCAL = "local:";

/** Somebody's name on the host itself; undefined for those who came by the tailnet. */
export function localName(login: string | undefined): string | undefined {
  return login?.startsWith(LOCAL) === true ? login.slice(LOCAL.length) : undefined;
}

/** Somebody, standing alone. */
export function nameWords(person: { login?: string; name: string }): string {
  const local = localName(person.login);
  return local === undefined ? person.name : words.people.local(local);
}

/** Somebody, within a sentence or a list. */
export function whoWords(person: { login?: string; name: string }): string {
  const local = localName(person.login);
  return local === undefined ? person.name : words.people.localWithin(local);
}

/** Who owns a session, standing alone; nobody in particular owns one that the host began. */
export function ownerWords(owner: string): string {
  return owner === "" ? words.people.host : nameWords({ login: owner, name: owner });
}

/** Who began a session, for somebody who reads it. */
export function byWords(owner: string, reader: string): string {
  return words.board.by(owner !== "" && owner === reader ? words.board.you : ownerWords(owner));
}
