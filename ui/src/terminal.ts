import { FitAddon } from "@xterm/addon-fit";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { type IDisposable, type ITheme, Terminal as Xterm } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { boundRepeats, Defuser } from "./defuse.ts";
import { FONT_FAMILY, LINE_HEIGHT } from "./font.ts";
import type { Screen } from "./intake.ts";
import { cleanPaste } from "./paste.ts";
import { CursorWatch } from "./predict/cursor.ts";
import type { Prediction, Row } from "./predict/line.ts";
import type { EchoScreen } from "./predict/localecho.ts";
import { Overlay } from "./predict/overlay.ts";
import { canvasOf, rowOf } from "./predict/row.ts";
import { swallowQueries } from "./queries.ts";
import { TouchScroll } from "./touch.ts";
import { widths } from "./widths.ts";
import { MAX_CELLS, MAX_SIZE, MIN_COLS } from "./wire.ts";

/** Pixels; a letterboxed screen that would need less scrolls instead. */
const SMALLEST_FONT = 6;
/** Widths and heights are asked for again this long after the last change, in milliseconds. */
const FIT_AFTER = 60;

/** Where the tests find the terminal: a property of its element. */
const HANDLE = Symbol.for("tailpty.terminal");

export type Size = { cols: number; rows: number };

export type TerminalOptions = {
  parent: HTMLElement;
  theme: ITheme;
  fontSize: number;
  screenReader: boolean;
  /** What a person typed or pasted, or did with the mouse. */
  onInput: (typed: string | Uint8Array) => void;
  /** How many cells the window has room for at the chosen font size. */
  onFit: (size: Size) => void;
  /** A link whose text may say something else than where it leads. */
  onLink: (address: string) => void;
  /** The key that leaves the terminal was pressed: Ctrl+F6. */
  onLeave: () => void;
  /** The screen shows more of the output, or as a whole another screen. */
  onShown: (whole: boolean) => void;
};

/** Opens http and https addresses, and nothing else, with no way back to this page. */
export function openLink(address: string): void {
  if (/^https?:\/\//i.test(address)) {
    window.open(address, "_blank", "noopener,noreferrer");
  }
}

/**
 * The one place that knows xterm.js. It owns the terminal and everything
 * attached to it. In a viewer's window the font shrinks until the session's
 * size fits; the driver's window has the font the person chose, and its size
 * is what onFit says.
 */
export class Terminal implements Screen, EchoScreen {
  private readonly xterm: Xterm;
  private readonly fitter = new FitAddon();
  private readonly defuser = new Defuser(widths());
  private readonly observer: ResizeObserver;
  private readonly owned: IDisposable[];
  private readonly touch: TouchScroll;
  private readonly cursor: CursorWatch;
  private readonly overlay: Overlay;
  private prediction: Prediction | undefined;
  /** Pieces of output that are not shown yet. */
  private writing = 0;
  private fitTimer: ReturnType<typeof setTimeout> | undefined;
  private letterbox = true;
  /** Whether the focus comes or goes right now. */
  private focusMoving = false;

  constructor(private readonly options: TerminalOptions) {
    this.xterm = new Xterm({
      allowProposedApi: true, // for the Unicode version
      cursorBlink: false,
      cursorInactiveStyle: "outline",
      fontFamily: FONT_FAMILY,
      fontSize: options.fontSize,
      fontWeightBold: "700",
      lineHeight: LINE_HEIGHT,
      minimumContrastRatio: 4.5,
      screenReaderMode: options.screenReader,
      scrollback: 5000,
      theme: options.theme,
      macOptionClickForcesSelection: true,
      // The stack of titles, which the session's own emulator has as well.
      windowOptions: { pushTitle: true, popTitle: true },
      linkHandler: { activate: (_event, address) => options.onLink(address) },
    });
    this.xterm.loadAddon(this.fitter);
    this.xterm.loadAddon(new Unicode11Addon());
    this.xterm.unicode.activeVersion = "11";
    this.xterm.loadAddon(new WebLinksAddon((_event, address) => openLink(address)));
    this.owned = [
      ...swallowQueries(this.xterm.parser),
      boundRepeats(this.xterm),
      this.xterm.onData((data) => this.typed(data)),
      // Mouse reports in the old encoding are bytes, one for each character.
      this.xterm.onBinary((data) => options.onInput(Uint8Array.from(data, (c) => c.charCodeAt(0)))),
    ];
    this.xterm.attachCustomKeyEventHandler(this.keyPressed);
    this.xterm.open(options.parent);
    Object.defineProperty(this.xterm.element ?? options.parent, HANDLE, { value: this.xterm });
    this.draw();
    this.cursor = new CursorWatch(this.xterm.parser);
    this.overlay = new Overlay(
      this.xterm.element?.querySelector<HTMLElement>(".xterm-screen") ?? options.parent,
    );
    this.owned.push(
      this.cursor,
      // A person may scroll what it is drawn over.
      this.xterm.onRender(() => this.prediction && this.drawPrediction()),
    );
    options.parent.addEventListener("paste", this.pasted, true);
    // Before the terminal hears of it, and after.
    options.parent.addEventListener("focus", this.focusMoves, true);
    options.parent.addEventListener("blur", this.focusMoves, true);
    options.parent.addEventListener("focusin", this.focusMoved);
    options.parent.addEventListener("focusout", this.focusMoved);
    this.touch = new TouchScroll(options.parent, () => this.rowHeight());
    this.observer = new ResizeObserver(() => this.fitSoon());
    this.observer.observe(options.parent);
    this.fit();
  }

  resize(cols: number, rows: number): void {
    this.defuser.resize(cols, rows);
    this.xterm.write("", () => {
      this.xterm.resize(cols, rows);
      this.scale();
      this.options.onShown(true);
    });
  }

  restore(snapshot: Uint8Array, done: () => void): void {
    // CAN ends a sequence or a character that was cut short, so that it cannot
    // swallow what follows; as bytes, because text takes another way in.
    this.xterm.write(Uint8Array.of(0x18), () => {
      this.xterm.reset();
      this.cursor.reset();
    });
    // It is the server's, so that nothing in it takes long. In one piece, no
    // screen is drawn that lies between.
    this.defuser.reset();
    this.defuser.pieces(snapshot);
    this.writing++;
    this.xterm.write(snapshot, () => {
      this.writing--;
      this.options.onShown(true);
      done();
    });
  }

  write(bytes: Uint8Array, done: () => void): void {
    const pieces = this.defuser.pieces(bytes);
    const last = pieces.pop() ?? new Uint8Array(0);
    for (const piece of pieces) {
      this.xterm.write(piece);
    }
    this.writing++;
    this.xterm.write(last, () => {
      this.writing--;
      this.options.onShown(false);
      done();
    });
  }

  /** Whether the session's size is somebody else's, to be fitted into this window. */
  setLetterbox(on: boolean): void {
    this.letterbox = on;
    this.options.parent.classList.toggle("letterbox", on);
    this.scale();
    this.fitSoon();
  }

  setTheme(theme: ITheme): void {
    this.xterm.options.theme = theme;
  }

  setFontSize(size: number): void {
    this.options.fontSize = size;
    this.scale();
    this.fitSoon();
  }

  setScreenReader(on: boolean): void {
    this.xterm.options.screenReaderMode = on;
  }

  focus(): void {
    this.xterm.focus();
  }

  blur(): void {
    this.xterm.blur();
  }

  paste(text: string): void {
    this.xterm.paste(cleanPaste(text));
  }

  get applicationCursorKeys(): boolean {
    return this.xterm.modes.applicationCursorKeysMode;
  }

  get row(): Row | undefined {
    return this.cursor.hidden ? undefined : rowOf(this.xterm);
  }

  get busy(): boolean {
    return this.writing > 0 || this.xterm.modes.synchronizedOutputMode;
  }

  predict(prediction: Prediction | undefined): void {
    this.prediction = prediction;
    this.drawPrediction();
  }

  /** How many cells the window has room for. */
  get room(): Size {
    return this.measure() ?? { cols: this.xterm.cols, rows: this.xterm.rows };
  }

  dispose(): void {
    clearTimeout(this.fitTimer);
    this.observer.disconnect();
    this.touch.dispose();
    const { parent } = this.options;
    parent.removeEventListener("paste", this.pasted, true);
    parent.removeEventListener("focus", this.focusMoves, true);
    parent.removeEventListener("blur", this.focusMoves, true);
    parent.removeEventListener("focusin", this.focusMoved);
    parent.removeEventListener("focusout", this.focusMoved);
    for (const one of this.owned) {
      one.dispose();
    }
    this.overlay.dispose();
    this.xterm.dispose();
  }

  private drawPrediction(): void {
    this.overlay.draw(this.prediction, canvasOf(this.xterm));
  }

  /**
   * Output that asks for focus reports gets one at once from xterm.js. What a
   * program is told is what a person does, so only a focus that moves is reported.
   */
  private typed(data: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the reports begin with ESC.
    if (this.focusMoving || !/^\x1b\[[IO]$/.test(data)) {
      this.options.onInput(data);
    }
  }

  private readonly focusMoves = (): void => {
    this.focusMoving = true;
  };

  private readonly focusMoved = (): void => {
    this.focusMoving = false;
  };

  /** The terminal's own handler would pass control characters on. */
  private readonly pasted = (event: ClipboardEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    this.paste(event.clipboardData?.getData("text/plain") ?? "");
  };

  /** Two keys are not the program's: the one that leaves, and copying where text is selected. */
  private readonly keyPressed = (event: KeyboardEvent): boolean => {
    const leaves = event.ctrlKey && event.key === "F6";
    const copies =
      event.ctrlKey && event.shiftKey && event.code === "KeyC" && this.xterm.hasSelection();
    if (!leaves && !copies) {
      return true;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.type === "keydown" && leaves) {
      this.options.onLeave();
    } else if (event.type === "keydown") {
      void navigator.clipboard.writeText(this.xterm.getSelection());
    }
    return false;
  };

  /** Draws with WebGL where there is one, and with elements where not or when it is lost. */
  private draw(): void {
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.xterm.loadAddon(webgl);
    } catch {
      // The terminal draws with elements then, slower and the same.
    }
  }

  private fitSoon(): void {
    clearTimeout(this.fitTimer);
    this.fitTimer = setTimeout(() => this.fit(), FIT_AFTER);
  }

  private fit(): void {
    this.scale();
    const size = this.measure();
    if (size !== undefined) {
      this.options.onFit(size);
    }
  }

  private measure(): Size | undefined {
    const size = this.fitter.proposeDimensions();
    if (size === undefined || !Number.isFinite(size.cols) || !Number.isFinite(size.rows)) {
      return undefined;
    }
    // Cells grow with the font; a viewer is asked for the size it would have as driver.
    const shrunk = (this.xterm.options.fontSize ?? this.options.fontSize) / this.options.fontSize;
    return within(Math.floor(size.cols * shrunk), Math.floor(size.rows * shrunk));
  }

  private scale(): void {
    const chosen = this.options.fontSize;
    if (!this.letterbox) {
      this.setFont(chosen);
      return;
    }
    const { clientWidth, clientHeight } = this.options.parent;
    const screen = this.xterm.element?.querySelector<HTMLElement>(".xterm-screen");
    if (!screen || screen.offsetWidth === 0 || clientWidth === 0) {
      return;
    }
    const font = this.xterm.options.fontSize ?? chosen;
    const factor = Math.min(clientWidth / screen.offsetWidth, clientHeight / screen.offsetHeight);
    let next = Math.min(chosen, Math.max(SMALLEST_FONT, Math.floor(font * factor * 2) / 2));
    this.setFont(next);
    // Cells are rounded to the pixels of the device, so the estimate can be a little large.
    while (
      next > SMALLEST_FONT &&
      (screen.offsetWidth > clientWidth || screen.offsetHeight > clientHeight)
    ) {
      next -= 0.5;
      this.setFont(next);
    }
  }

  private setFont(size: number): void {
    if (this.xterm.options.fontSize !== size) {
      this.xterm.options.fontSize = size;
    }
  }

  private rowHeight(): number {
    const screen = this.xterm.element?.querySelector<HTMLElement>(".xterm-screen");
    return (screen?.offsetHeight ?? 0) / this.xterm.rows || 1;
  }
}

/** The nearest size that the protocol allows. */
function within(cols: number, rows: number): Size {
  const width = Math.min(MAX_SIZE, Math.max(MIN_COLS, cols));
  const most = Math.min(MAX_SIZE, Math.floor(MAX_CELLS / width));
  return { cols: width, rows: Math.min(most, Math.max(1, rows)) };
}
