import { effect } from "@preact/signals";
import { render } from "preact";
import { Api } from "./api.ts";
import { App } from "./app.ts";
import { claimClient } from "./client.ts";
import { nonceStyles } from "./csp.ts";
import { loadPrefs } from "./prefs.ts";
import { followAddressBar } from "./route.ts";
import { startClock } from "./time.ts";
import { TokenStore } from "./token.ts";
import { followViewport } from "./viewport.ts";
import { Root } from "./views/root.tsx";
import { words } from "./words/en.ts";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/board.css";
import "./styles/session.css";

nonceStyles(document);

const tokens = new TokenStore({ tab: sessionStorage, device: localStorage });
const api = new Api(() => tokens.get());
const app = new App(api, tokens, (session) => words.board.announceBlocked(session.name));
const prefs = loadPrefs(localStorage);
const client = claimClient(sessionStorage, window);

effect(() => {
  document.documentElement.dataset.theme = prefs.theme.value;
});
followAddressBar();
followViewport();
startClock();
void app.check();

const root = document.getElementById("app");
if (root !== null) {
  render(<Root app={app} prefs={prefs} client={client} />, root);
}
