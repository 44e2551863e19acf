import type { ComponentChildren, JSX } from "preact";
import type { Me } from "../api.ts";
import { words } from "../words/en.ts";
import { Icon } from "./icons.tsx";
import { PlaceLink } from "./parts.tsx";

/** The frame around every place but a session, which has the whole window. */
export function Shell(props: {
  me: Me;
  at: "board" | "settings";
  children: ComponentChildren;
}): JSX.Element {
  const { me, at } = props;
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <header class="top">
        <div class="top-inner">
          <PlaceLink to={{ at: "board" }} class="brand">
            <Logo />
            <span class="brand-host" title={me.host.url}>
              {me.host.name}
            </span>
          </PlaceLink>
          <nav aria-label={words.nav.label} class="places">
            <PlaceLink to={{ at: "board" }} current={at === "board"} class="place">
              <Icon name="sessions" />
              <span>{words.nav.sessions}</span>
            </PlaceLink>
            <PlaceLink to={{ at: "settings" }} current={at === "settings"} class="place">
              <Icon name="settings" />
              <span>{words.nav.settings}</span>
            </PlaceLink>
          </nav>
          <p class="whoami" title={me.login}>
            <b>{me.name || me.login || me.node}</b>
            <span>{me.node}</span>
          </p>
        </div>
      </header>
      <main id="content" class="content" tabIndex={-1}>
        {props.children}
      </main>
    </div>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8.5 10.5 14 16l-5.5 5.5M16.5 22h7" />
    </svg>
  );
}

/** The frame of what comes before one is in: one narrow column. */
export function Gate(props: { children: ComponentChildren }): JSX.Element {
  return (
    <main class="gate">
      <p class="gate-brand">
        <Logo />
        {words.product}
      </p>
      {props.children}
    </main>
  );
}
