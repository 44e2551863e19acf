import { expect, type Locator, type Page } from "@playwright/test";
import type { Demo } from "./demo.ts";

/** The kind of frame that is a snapshot. */
const SNAPSHOT = 0x02;

/** How long after typing Codex takes an Enter for an Enter, with room, in milliseconds: it says 120. */
const PASTE_BURST = 300;

/** The app in a page, as a person uses it. */
export class App {
  /** Uncaught errors of the page. */
  readonly errors: string[] = [];
  /** What the content security policy stopped. */
  readonly violations: string[] = [];
  /** Addresses with the token in them. */
  readonly leaks: string[] = [];
  /** Snapshots of a screen that the page was given. */
  snapshots = 0;

  constructor(
    readonly page: Page,
    private readonly demo: Demo,
    private readonly url: string,
  ) {}

  /** Opens the first page. The screen reader mode puts the terminal's text into the document. */
  async start(): Promise<void> {
    const { page } = this;
    page.on("pageerror", (error) => this.errors.push(error.message));
    const look = (address: string): void => {
      if (address.includes(this.demo.report.token)) {
        this.leaks.push(address);
      }
    };
    page.on("request", (request) => look(request.url()));
    page.on("websocket", (socket) => {
      look(socket.url());
      socket.on("framereceived", ({ payload }) => {
        this.snapshots += typeof payload !== "string" && payload[0] === SNAPSHOT ? 1 : 0;
      });
    });
    await page.exposeFunction("cspViolation", (what: string) => this.violations.push(what));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        const report = (window as unknown as { cspViolation(what: string): void }).cspViolation;
        report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
      localStorage.setItem("tailpty.prefs", JSON.stringify({ screenReader: true }));
    });
    await page.goto(this.url);
  }

  /** What holds whatever a test did. */
  check(): void {
    expect(this.violations, "content security policy").toEqual([]);
    expect(this.errors, "uncaught errors").toEqual([]);
    expect(this.leaks, "addresses with the token").toEqual([]);
  }

  async signIn(token = this.demo.report.token): Promise<void> {
    await this.page.getByLabel("Token", { exact: true }).fill(token);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  /** Starts a session from the board and waits until its terminal is live. */
  async create(profile: string, name: string): Promise<void> {
    const { page } = this;
    await page.getByRole("button", { name: "New session" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Workspace").selectOption(this.demo.workspaceName);
    await dialog.getByLabel("Runs").selectOption({ label: profile });
    await dialog.getByLabel("Name").fill(name);
    await dialog.getByRole("button", { name: "Start" }).click();
    await this.live();
  }

  /** Opens a session from the board by its name. */
  async enter(name: string): Promise<void> {
    await this.page.getByRole("link", { name, exact: true }).click();
    await this.live();
  }

  async live(): Promise<void> {
    await expect(this.phase("live")).toBeVisible();
  }

  phase(phase: string): Locator {
    return this.page.locator(`[data-phase="${phase}"]`);
  }

  /** The terminal's screen, as text. */
  get screen(): Locator {
    return this.page.locator(".xterm-accessibility-tree");
  }

  async screenText(): Promise<string> {
    return (await this.screen.locator(":scope > div").allInnerTexts())
      .map((line) => line.replaceAll("\u00a0", " ").trimEnd())
      .join("\n");
  }

  /** Waits for lines of the screen that match, whole lines with ^ and $. */
  async sees(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.screenText(), { timeout: 20_000 }).toMatch(pattern);
  }

  /** Types into the terminal as on a keyboard. */
  async type(text: string): Promise<void> {
    await this.page.locator(".xterm-helper-textarea").focus();
    await this.page.keyboard.type(text, { delay: 10 });
  }

  /**
   * Types a message to Codex and sends it. Codex takes an Enter right behind fast
   * typing for a part of something pasted, so it comes when the message is shown.
   */
  async tell(message: string): Promise<void> {
    await this.type(message);
    await this.sees(new RegExp(`^› ${message}$`, "m"));
    await this.page.waitForTimeout(PASTE_BURST);
    await this.press("Enter");
  }

  async press(key: string): Promise<void> {
    await this.page.locator(".xterm-helper-textarea").focus();
    await this.page.keyboard.press(key);
  }

  /** One button of the session's menu, from the board. */
  async fromMenu(session: string, item: string): Promise<void> {
    await this.page.getByRole("button", { name: `More about this session: ${session}` }).click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }
}
