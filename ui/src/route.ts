import { type ReadonlySignal, signal } from "@preact/signals";

export type Place = { at: "board" } | { at: "session"; id: string } | { at: "settings" };

export function parsePath(path: string): Place {
  const session = /^\/s\/([A-Za-z0-9_-]+)\/?$/.exec(path);
  if (session?.[1] !== undefined) {
    return { at: "session", id: session[1] };
  }
  return /^\/settings\/?$/.test(path) ? { at: "settings" } : { at: "board" };
}

export function pathOf(place: Place): string {
  switch (place.at) {
    case "board":
      return "/";
    case "session":
      return `/s/${place.id}`;
    case "settings":
      return "/settings";
    default:
      return place satisfies never;
  }
}

const current = signal<Place>({ at: "board" });

export const place: ReadonlySignal<Place> = current;

export function followAddressBar(): void {
  const read = (): void => {
    current.value = parsePath(location.pathname);
  };
  addEventListener("popstate", read);
  read();
}

export function go(to: Place): void {
  if (pathOf(to) !== location.pathname) {
    history.pushState(null, "", pathOf(to));
  }
  current.value = to;
}
