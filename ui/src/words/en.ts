// Every text a person reads, in English. Short, second person, what happened
// and what to do.

import type { ProgramState, Reason } from "../api.ts";
import type { Why } from "../socket.ts";
import type { ErrorCode } from "../wire.ts";

function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

export const words = {
  product: "tailpty",
  loading: (host: string) => `Asking ${host} who you are`,
  skip: "Skip to the content",

  state: {
    working: "working",
    blocked: "needs you",
    done: "done",
    error: "error",
    idle: "idle",
    unknown: "unknown",
    ended: "ended",
    lost: "lost",
  } satisfies Record<ProgramState, string>,

  people: {
    local: (name: string) => `${name}, on the host itself`,
    localWithin: (name: string) => `${name} on the host itself`,
    host: "the host itself",
  },

  title: {
    board: (waiting: number) => (waiting > 0 ? `(${waiting}) Sessions` : "Sessions"),
    session: (name: string, blocked: boolean) => (blocked ? `(needs you) ${name}` : name),
    settings: "Settings",
    signIn: "Sign in",
    noGrant: "No access yet",
  },

  nav: {
    label: "Places",
    sessions: "Sessions",
    settings: "Settings",
    back: "Back to all sessions",
  },

  dialog: { cancel: "Cancel", close: "Close" },

  signIn: {
    heading: (host: string) => `Sign in to ${host}`,
    tailscaleSays: "Tailscale says you are",
    onDevice: (device: string) => `on ${device}`,
    tagged: (device: string, tags: string) => `${device}, a device tagged ${tags}`,
    token: "Token",
    tokenHint: "43 characters. Whoever runs this host makes one with",
    command: "tailpty token new",
    keep: "Keep on this device",
    keepHint: "Otherwise it is forgotten when you close this tab.",
    submit: "Sign in",
    checking: "Checking the token",
    empty: "Enter the token first.",
    wrong: "That token is not right for you on this device. Check that you copied all of it.",
    malformed: (n: number) =>
      `A token has 43 letters, digits, - or _. What you entered has ${count(n, "character", "characters")}.`,
    tooMany: (seconds: number) =>
      seconds > 0
        ? `Too many wrong tokens. Try again in ${seconds} s.`
        : "Too many wrong tokens. You can try again now.",
    revoked: "Your token is no longer valid here. Sign in with another one.",
    signedOut: "You are signed out. The token is gone from this browser.",
    show: "Show the token",
    hide: "Hide the token",
  },

  unreachable: {
    heading: (host: string) => `${host} does not answer`,
    offline: "Check that Tailscale is on, on this device and on the host.",
    unknownPeer: "Tailscale does not know this device",
    unknownPeerHint: "Open this address from a device that is signed in to the tailnet.",
    again: (seconds: number) => `Trying again in ${seconds} s`,
    now: "Try now",
  },

  noGrant: {
    heading: "You have no access here yet",
    you: (login: string, device: string) =>
      `You are ${login} on ${device}, and your token is right.`,
    missing: (capability: string, host: string) =>
      `What is missing is a grant of ${capability} for you on ${host}.`,
    ask: "Send this to whoever edits the tailnet policy:",
    copy: "Copy the grant",
    copied: "Copied",
    copyFailed: "Your browser does not let this page copy. Select the text and copy it.",
    check: "Check again",
    checked: "Still no grant.",
  },

  board: {
    heading: "Sessions",
    host: (name: string) => `on ${name}`,
    new: "New session",
    needsYou: "Needs you",
    running: "Running",
    ended: "Ended",
    emptyHeading: "No sessions",
    emptyMay:
      "Start one with the button above, or from a shell on any device of yours, with your token in TAILPTY_TOKEN:",
    emptyMayNot: "When somebody starts a session that you may see, it shows up here.",
    emptyOthers: (host: string) => `You see the sessions on ${host} that your grants name.`,
    shellCommand: (url: string, workspace: string, profile: string) =>
      `curl ${url}/api/v1/sessions \\
  -H "Authorization: Bearer $TAILPTY_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({ workspace, profile })}'`,
    waitingForList: "Waiting for the list of sessions",
    you: "you",
    by: (owner: string) => `by ${owner}`,
    started: "started",
    endedAt: "ended",
    lost: "Lost when this machine stopped",
    lostAt: "last known to run",
    status: (code: number) => `status ${code}`,
    nobody: "nobody here",
    here: (names: string) => `Here: ${names}`,
    drives: "drives",
    watches: "watches",
    announceBlocked: (name: string) => `${name} needs you`,
    mayNotCreate:
      "Your grants let you create no session here. That needs the action create, with a workspace and a profile.",
  },

  link: {
    live: "live",
    connecting: "connecting",
    catchingUp: "catching up",
    reconnecting: (seconds: number) => `reconnecting in ${seconds} s`,
    reconnectNow: "Reconnect now",
    ended: (code: number) => `status ${code}`,
    unknownEnd: "status unknown",
    revoked: "revoked",
    gone: "gone",
    elsewhere: "open elsewhere",
    stopped: "stopped",
    why: {
      lost: "The connection was lost.",
      offline: "The host does not answer. Check that Tailscale is on.",
      restarting: "tailpty restarts.",
      slow: "This browser did not keep up.",
      protocol:
        "This page and the host do not understand each other. Reload the page; it may be of another version.",
      finished: "The session has ended.",
      replaced: "This session was opened again in another tab.",
      token: "Your token is no longer valid.",
      "too-many-tokens": "Too many wrong tokens came from you.",
      "no-grant": "Your grant was removed.",
      "unknown-peer": "Tailscale no longer knows this device.",
      "not-found": "There is no such session, or you may not see it.",
      "not-allowed": "You may no longer watch this session.",
      limit: "You connected too often in the last minute.",
      other: "The host refused.",
    } satisfies Record<Why, string>,
    replacedHint:
      "It goes on there. When you take it back, the other tab says the same as this one.",
    takeBack: "Take it back",
    askPolicy: "Ask whoever edits the tailnet policy.",
  },

  session: {
    terminal: (name: string) => `Terminal of ${name}`,
    terminalHelp: "Press Ctrl+F6 to leave the terminal.",
    you: "you",
    youDrive: "You drive",
    nobodyDrives: "Nobody drives",
    driverAway: "The driver is away",
    drives: (name: string) => `${name} drives`,
    watching: (n: number) => `${n} watching`,
    people: "People here",
    take: "Take the wheel",
    takeShort: "Take",
    takeOver: "Take over",
    release: "Release",
    hand: "Hand over",
    handTo: (name: string, device: string) => `Hand the wheel to ${name}, ${device}`,
    releaseHint: "Let somebody else type",
    whyNoDrive: "You may watch. Typing needs the action drive in your grants.",
    whyNoTake: (driver: string, owner: string) =>
      `${driver} drives. Ask them to release the wheel; only ${owner} or an admin can take it.`,
    whyNotLive: "There is no connection to the session.",
    more: "More about this session",
    rename: "Rename",
    end: "End session",
    remove: "Remove from the list",
    renameHeading: (name: string) => `Rename ${name}`,
    name: "Name",
    save: "Save",
    saving: "Saving",
    endHeading: (name: string) => `End ${name}?`,
    endText: "The program in it is stopped. What it was doing is lost.",
    ending: "Ending",
    removeHeading: (name: string) => `Remove ${name}?`,
    removeText: "Its last screen can no longer be seen after that.",
    removing: "Removing",
    whyNoEnd: "Your grants do not let you end this session. That needs the action end.",
    whyNoRename: "Your grants do not let you rename this session. That needs the action drive.",
    lost: (ago: string) => `Lost when this machine stopped, ${ago}.`,
    lostScreen: "You see the last screen that was kept.",
    noIsolation: "No isolation",
    noIsolationMeans:
      "No isolation: what runs in it can read and change tailpty's own files, its tokens and its other sessions.",
    openLink: "Open this address?",
    open: "Open",
    gap: (bytes: number) =>
      `${count(bytes, "byte", "bytes")} of output are no longer there and were skipped.`,
    full: "Too much input is waiting to be sent. Wait until the connection is back.",
    input: {
      "not-allowed": "You may watch. Typing needs the action drive in your grants.",
      "not-driver": "Somebody else drives, so what you typed was not sent.",
      "bad-sequence": "Some input was not applied.",
      ended: "The program has ended, nothing reads what you type.",
      unknown: "The session refused that.",
    } satisfies Record<ErrorCode, string>,
    pasteDenied: "Your browser does not let this page read the clipboard.",
    backToBoard: "All sessions",
  },

  keys: {
    label: "Keys",
    esc: "Esc",
    tab: "Tab",
    ctrl: "Ctrl",
    ctrlHint: "Ctrl for the next key",
    left: "Left",
    up: "Up",
    down: "Down",
    right: "Right",
    interrupt: "^C",
    interruptHint: "Ctrl-C",
    enter: "Enter",
    paste: "Paste",
  },

  create: {
    heading: "New session",
    workspace: "Workspace",
    profile: "Runs",
    name: "Name",
    nameHint: "Optional",
    submit: "Start",
    starting: "Starting",
    loading: "Asking what you may start",
  },

  settings: {
    heading: "Settings",
    device: "This device",
    who: "You are",
    from: "on",
    host: "Host",
    version: "Version",
    token: "Token",
    tokenKept: { tab: "kept until you close this tab", device: "kept on this device" },
    signOut: "Sign out",
    signOutHint: "Forgets the token in this browser and closes what it opened here.",
    grants: "What you may do here",
    grantActions: "Actions",
    grantOn: (sessions: "own" | "all") =>
      sessions === "all" ? "all sessions" : "your own sessions",
    grantWorkspaces: "Workspaces",
    grantProfiles: "Profiles",
    grantMax: (n: number) => `at most ${count(n, "session", "sessions")} at a time`,
    grantSource: { tailnet: "from the tailnet policy", config: "from this host's configuration" },
    none: "none",
    appearance: "Appearance",
    theme: "Theme",
    themes: { system: "Follow the system", light: "Light", dark: "Dark" },
    terminal: "Terminal colours",
    terminals: { dark: "Dark, as programs are told", theme: "With the theme" },
    fontSize: "Terminal font size",
    pixels: (n: number) => `${n} px`,
    prediction: "Predict typing on slow lines",
    predictions: { auto: "Automatically", off: "Off" },
    accessibility: "Accessibility",
    screenReader: "Screen reader mode",
    screenReaderHint:
      "Makes the terminal's text readable to a screen reader. It draws more slowly.",
    keyboard: "Keyboard",
    keys: [
      ["Ctrl+F6", "Leave the terminal, or go back to it"],
      ["Ctrl+Shift+C", "Copy what is selected in the terminal"],
      ["Ctrl+Shift+V", "Paste into the terminal"],
      ["Shift, drag", "Select text while the program uses the mouse; Option on a Mac"],
    ],
  },

  problem: {
    token: "Your token is no longer valid.",
    "too-many-tokens": "Too many wrong tokens.",
    "no-grant": "You have no grant for this.",
    "unknown-peer": "Tailscale does not know this device.",
    "not-found": "That is not there, or you may not see it.",
    "not-allowed": "Your grants do not allow this.",
    limit: "That was too often. Wait a little and try again.",
    offline: "The host does not answer. Check that Tailscale is on.",
    other: "The host could not do that.",
  } satisfies Record<Reason, string>,
} as const;
