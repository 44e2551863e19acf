import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { App } from "./app.ts";
import { Attachment, type Notice } from "./attachment.ts";
import { arrow, plain, withCtrl } from "./keys.ts";
import { dark, light } from "./palette.ts";
import { LocalEcho } from "./predict/localecho.ts";
import type { Prefs } from "./prefs.ts";
import { Terminal } from "./terminal.ts";
import { judge } from "./verdict.ts";
import type { Key } from "./views/keybar.tsx";
import { widths } from "./widths.ts";

export type LiveOptions = {
  app: App;
  id: string;
  client: string;
  prefs: Prefs;
  parent: HTMLElement;
  onNotice: (notice: Notice) => void;
  onLink: (address: string) => void;
  onLeave: () => void;
};

/**
 * A session on the screen: a terminal and its attachment, and what passes
 * between them. It owns both.
 */
export class LiveSession {
  readonly attachment: Attachment;
  readonly terminal: Terminal;
  /** Whether the next typed character becomes a control character. */
  readonly ctrl: ReadonlySignal<boolean>;
  private readonly ctrlHeld = signal(false);
  private readonly echo: LocalEcho;
  private readonly effects: (() => void)[];
  private readonly system = matchMedia("(prefers-color-scheme: dark)");
  private readonly systemDark = signal(this.system.matches);

  constructor(private readonly options: LiveOptions) {
    const { app, id, prefs } = options;
    this.ctrl = this.ctrlHeld;
    let attachment: Attachment | undefined;
    let echo: LocalEcho | undefined;
    this.terminal = new Terminal({
      parent: options.parent,
      theme: this.theme(),
      fontSize: prefs.fontSize.peek(),
      screenReader: prefs.screenReader.peek(),
      onInput: (typed) => this.typed(typed),
      onFit: ({ cols, rows }) => attachment?.resize(cols, rows),
      onLink: options.onLink,
      onLeave: options.onLeave,
      onShown: (whole) => (whole ? echo?.reset() : echo?.look()),
    });
    echo = new LocalEcho(this.terminal, widths());
    this.echo = echo;
    attachment = new Attachment({
      dial: () => app.dial(`/sessions/${encodeURIComponent(id)}/attach`),
      judge: (closed) => judge(closed, () => app.api.session(id)),
      screen: this.terminal,
      client: options.client,
      window: this.terminal.room,
      onNotice: options.onNotice,
      follower: echo,
      surroundings: { window, document },
    });
    this.attachment = attachment;
    this.system.addEventListener("change", this.systemChanged);
    this.effects = [
      effect(() => this.terminal.setLetterbox(!this.attachment.driving)),
      effect(() => {
        const theme = this.theme();
        this.terminal.setTheme(theme);
        options.parent.style.setProperty("--terminal", theme.background ?? "");
      }),
      effect(() => this.terminal.setFontSize(prefs.fontSize.value)),
      effect(() => this.terminal.setScreenReader(prefs.screenReader.value)),
      effect(() => {
        const { driving, phase } = this.attachment;
        this.echo.turn(prefs.prediction.value === "auto" && driving && phase.value.at === "live");
      }),
      effect(() => {
        const phase = this.attachment.phase.value;
        if (phase.at === "refused") {
          app.lost(phase.why);
        }
      }),
    ];
  }

  /** A button of the key bar. */
  async press(key: Key): Promise<void> {
    switch (key) {
      case "ctrl":
        this.ctrlHeld.value = !this.ctrlHeld.peek();
        return;
      case "paste":
        this.terminal.paste(await navigator.clipboard.readText());
        return;
      case "up":
      case "down":
      case "left":
      case "right":
        this.attachment.input(arrow(key, this.terminal.applicationCursorKeys));
        return;
      case "esc":
      case "tab":
      case "enter":
      case "interrupt":
        this.attachment.input(plain[key]);
        return;
      default:
        key satisfies never;
    }
  }

  dispose(): void {
    this.system.removeEventListener("change", this.systemChanged);
    for (const stop of this.effects) {
      stop();
    }
    this.echo.turn(false);
    this.attachment.dispose();
    this.terminal.dispose();
  }

  private readonly systemChanged = (): void => {
    this.systemDark.value = this.system.matches;
  };

  private theme(): typeof dark {
    if (this.options.prefs.terminal.value === "dark") {
      return dark;
    }
    const chosen = this.options.prefs.theme.value;
    const isDark = chosen === "system" ? this.systemDark.value : chosen === "dark";
    return isDark ? dark : light;
  }

  private typed(typed: string | Uint8Array): void {
    if (this.attachment.replaying || (isReport(typed) && !this.attachment.driving)) {
      return;
    }
    if (this.ctrlHeld.peek() && typeof typed === "string") {
      this.ctrlHeld.value = false;
      this.attachment.input(withCtrl(typed));
      return;
    }
    this.attachment.input(typed);
  }
}

/** Focus and mouse reports: nobody typed them, so they take no wheel and need no answer. */
function isReport(typed: string | Uint8Array): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the reports begin with ESC.
  return typeof typed !== "string" || /^\x1b\[[IOM<]/.test(typed);
}
