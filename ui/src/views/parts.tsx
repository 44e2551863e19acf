import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { go, type Place, pathOf } from "../route.ts";
import { absolute, now, relative } from "../time.ts";
import { words } from "../words/en.ts";
import { Icon } from "./icons.tsx";

/** A link to a place of this app, which a modified click opens as any link. */
export function PlaceLink(props: {
  to: Place;
  class?: string;
  current?: boolean;
  label?: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <a
      href={pathOf(props.to)}
      class={props.class}
      aria-label={props.label}
      title={props.label}
      aria-current={props.current ? "page" : undefined}
      onClick={(event) => {
        if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
          event.preventDefault();
          go(props.to);
        }
      }}
    >
      {props.children}
    </a>
  );
}

/** A moment: relative to now, absolute on hover. */
export function When({ at }: { at: string }): JSX.Element | null {
  const then = Date.parse(at);
  if (Number.isNaN(then)) {
    return null;
  }
  return (
    <time dateTime={at} title={absolute(then)}>
      {relative(then, now.value)}
    </time>
  );
}

/**
 * A button that, where it cannot be used, stays readable and says why when it
 * is pointed at, focused or pressed.
 */
export function Action(props: {
  onAct: () => void;
  why?: string | undefined;
  class?: string;
  label?: string;
  children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  const [told, setTold] = useState(false);
  const why = props.why;
  return (
    <span class="action">
      <button
        type="button"
        class={`button ${props.class ?? ""}`}
        aria-label={props.label}
        aria-disabled={why === undefined ? undefined : true}
        aria-describedby={why === undefined ? undefined : id}
        onBlur={() => setTold(false)}
        onClick={() => (why === undefined ? props.onAct() : setTold(!told))}
      >
        {props.children}
      </button>
      {why !== undefined && (
        <span class={`why ${told ? "told" : ""}`} id={id} role="tooltip">
          {why}
        </span>
      )}
    </span>
  );
}

/** A modal dialog; Escape and the button with the cross close it. */
export function Dialog(props: {
  heading: string;
  onClose: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={id}>{props.heading}</h2>
        <button
          type="button"
          class="button bare square"
          aria-label={words.dialog.close}
          onClick={props.onClose}
        >
          <Icon name="x" />
        </button>
      </header>
      {props.children}
    </dialog>
  );
}

/** A dialog that asks before something that cannot be undone, or does what a form says. */
export function FormDialog(props: {
  heading: string;
  submit: string;
  busy: string;
  danger?: boolean;
  /** The text of an error, or undefined when it worked. */
  onSubmit: () => Promise<string | undefined>;
  onClose: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) {
      return;
    }
    setBusy(true);
    const problem = await props.onSubmit();
    setBusy(false);
    setError(problem);
    if (problem === undefined) {
      props.onClose();
    }
  };
  return (
    <Dialog heading={props.heading} onClose={props.onClose}>
      <form onSubmit={submit}>
        <div class="dialog-body">
          {props.children}
          <p class="error" role="alert" hidden={error === undefined}>
            {error}
          </p>
        </div>
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={props.onClose}>
            {words.dialog.cancel}
          </button>
          <button type="submit" class={`button ${props.danger ? "danger" : "primary"}`}>
            {busy ? props.busy : props.submit}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export type MenuItem = {
  label: string;
  danger?: boolean;
  why?: string | undefined;
  act: () => void;
};

/** Closes what is open when something outside of it is pressed. */
export function useDismiss(
  root: { current: HTMLElement | null },
  open: boolean,
  close: () => void,
): void {
  useEffect(() => {
    if (!open) {
      return;
    }
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) {
        close();
      }
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
}

/** A button that opens a list of things to do, below what is to be known; arrows move in it. */
export function Menu(props: {
  label: string;
  note?: string | undefined;
  items: MenuItem[];
}): JSX.Element {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const note = useId();
  const items = (): HTMLElement[] =>
    Array.from(root.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? []);
  useDismiss(root, open, () => setOpen(false));
  useEffect(() => {
    if (open) {
      items()[0]?.focus();
    }
  }, [open]);
  const key = (event: KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    switch (event.key) {
      case "Escape":
        setOpen(false);
        root.current?.querySelector("button")?.focus();
        break;
      case "ArrowDown":
        all[(at + 1) % all.length]?.focus();
        break;
      case "ArrowUp":
        all[(at - 1 + all.length) % all.length]?.focus();
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        class="button bare square"
        aria-label={props.label}
        aria-haspopup="menu"
        aria-expanded={open}
        onKeyDown={open ? key : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
      </button>
      {open && (
        <div
          class="menu-list"
          role="menu"
          tabIndex={-1}
          aria-label={props.label}
          aria-describedby={props.note === undefined ? undefined : note}
          onKeyDown={key}
        >
          {props.note !== undefined && (
            <p class="menu-note" id={note}>
              {props.note}
            </p>
          )}
          {props.items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              class={item.danger ? "danger" : undefined}
              aria-disabled={item.why === undefined ? undefined : true}
              onClick={() => {
                if (item.why === undefined) {
                  setOpen(false);
                  item.act();
                }
              }}
            >
              {item.label}
              {item.why !== undefined && <small>{item.why}</small>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
