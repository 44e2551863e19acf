import type { JSX } from "preact";
import { words } from "../words/en.ts";
import { Icon, type IconName } from "./icons.tsx";

const w = words.keys;

export type Key =
  | "esc"
  | "interrupt"
  | "up"
  | "down"
  | "enter"
  | "tab"
  | "ctrl"
  | "left"
  | "right"
  | "paste";

const keys: readonly { key: Key; label: string; text?: string; icon?: IconName }[] = [
  { key: "esc", label: w.esc, text: w.esc },
  { key: "interrupt", label: w.interruptHint, text: w.interrupt },
  { key: "up", label: w.up, icon: "up" },
  { key: "down", label: w.down, icon: "down" },
  { key: "enter", label: w.enter, icon: "enter" },
  { key: "tab", label: w.tab, text: w.tab },
  { key: "ctrl", label: w.ctrlHint, text: w.ctrl },
  { key: "left", label: w.left, icon: "left" },
  { key: "right", label: w.right, icon: "right" },
  { key: "paste", label: w.paste, text: w.paste },
];

/** The keys that an on-screen keyboard lacks. It never takes the focus from the terminal. */
export function KeyBar(props: { ctrl: boolean; onKey: (key: Key) => void }): JSX.Element {
  return (
    <div class="keybar" role="toolbar" aria-label={w.label}>
      {keys.map(({ key, label, text, icon }) => (
        <button
          key={key}
          type="button"
          class="key"
          aria-label={label}
          aria-pressed={key === "ctrl" ? props.ctrl : undefined}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => props.onKey(key)}
        >
          {icon === undefined ? text : <Icon name={icon} />}
        </button>
      ))}
    </div>
  );
}
