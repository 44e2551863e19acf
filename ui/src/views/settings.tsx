import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import type { Grant, Me } from "../api.ts";
import type { App } from "../app.ts";
import {
  FONT_SIZES,
  type Prediction,
  type Prefs,
  type TerminalColours,
  type Theme,
} from "../prefs.ts";
import { words } from "../words/en.ts";

const w = words.settings;
const themes: readonly Theme[] = ["system", "light", "dark"];
const predictions: readonly Prediction[] = ["auto", "off"];
const terminals: readonly TerminalColours[] = ["dark", "theme"];

export function Settings(props: { app: App; me: Me; prefs: Prefs }): JSX.Element {
  const { app, me, prefs } = props;
  return (
    <div class="settings">
      <h1>{w.heading}</h1>
      <Section heading={w.device}>
        <dl class="facts">
          <dt>{w.who}</dt>
          <dd>
            {me.login || me.tags.join(", ")} {w.from} {me.node}
          </dd>
          <dt>{w.host}</dt>
          <dd>{me.host.url}</dd>
          {me.version !== undefined && (
            <>
              <dt>{w.version}</dt>
              <dd>{me.version}</dd>
            </>
          )}
          <dt>{w.token}</dt>
          <dd>{w.tokenKept[app.kept]}</dd>
        </dl>
        <div class="setting">
          <p class="hint">{w.signOutHint}</p>
          <button type="button" class="button" onClick={() => void app.signOut()}>
            {w.signOut}
          </button>
        </div>
      </Section>
      <Section heading={w.grants}>
        {me.grants.map((grant) => (
          <GrantFacts key={JSON.stringify(grant)} grant={grant} />
        ))}
      </Section>
      <Section heading={w.appearance}>
        <Choice
          label={w.theme}
          value={prefs.theme.value}
          options={themes.map((t) => [t, w.themes[t]])}
          onChange={(value) => {
            prefs.theme.value = themes.find((t) => t === value) ?? "system";
          }}
        />
        <Choice
          label={w.terminal}
          value={prefs.terminal.value}
          options={terminals.map((t) => [t, w.terminals[t]])}
          onChange={(value) => {
            prefs.terminal.value = terminals.find((t) => t === value) ?? "dark";
          }}
        />
        <Choice
          label={w.fontSize}
          value={String(prefs.fontSize.value)}
          options={FONT_SIZES.map((n) => [String(n), w.pixels(n)])}
          onChange={(value) => {
            prefs.fontSize.value = Number(value);
          }}
        />
        <Choice
          label={w.prediction}
          value={prefs.prediction.value}
          options={predictions.map((p) => [p, w.predictions[p]])}
          onChange={(value) => {
            prefs.prediction.value = predictions.find((p) => p === value) ?? "auto";
          }}
        />
      </Section>
      <Section heading={w.accessibility}>
        <label class="check">
          <input
            type="checkbox"
            checked={prefs.screenReader.value}
            onChange={(event) => {
              prefs.screenReader.value = event.currentTarget.checked;
            }}
          />
          <span>
            {w.screenReader}
            <small>{w.screenReaderHint}</small>
          </span>
        </label>
      </Section>
      <Section heading={w.keyboard}>
        <dl class="facts">
          {w.keys.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </Section>
    </div>
  );
}

function Section(props: { heading: string; children: ComponentChildren }): JSX.Element {
  const id = useId();
  return (
    <section class="section" aria-labelledby={id}>
      <h2 id={id}>{props.heading}</h2>
      <div class="section-body">{props.children}</div>
    </section>
  );
}

function Choice(props: {
  label: string;
  value: string;
  options: [value: string, label: string][];
  onChange: (value: string) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="setting">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        {props.options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function GrantFacts({ grant }: { grant: Grant }): JSX.Element {
  const list = (names: string[] | undefined): string => names?.join(", ") || w.none;
  return (
    <dl class="facts grant-facts">
      <dt>{w.grantActions}</dt>
      <dd>
        {list(grant.actions)}, {w.grantOn(grant.sessions)}
        {grant.max_sessions ? `, ${w.grantMax(grant.max_sessions)}` : ""}
      </dd>
      <dt>{w.grantWorkspaces}</dt>
      <dd>{list(grant.workspaces)}</dd>
      <dt>{w.grantProfiles}</dt>
      <dd>{list(grant.profiles)}</dd>
      <dt class="visually-hidden">source</dt>
      <dd class="muted">{w.grantSource[grant.source]}</dd>
    </dl>
  );
}
