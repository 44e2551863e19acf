import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { request } from "node:http";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type DemoPerson = { login: string; device: string; url: string; forward: string };

/** The line that tailpty-demo --json prints. */
type Report = {
  url: string;
  token: string;
  ca: string;
  /** Of the server. */
  pid: number;
  config: string;
  state_dir: string;
  control: string;
  people: DemoPerson[];
};

/** Milliseconds until everything is up, on a slow machine with a cold cache. */
const UP_WITHIN = 90_000;

const program =
  process.env.TAILPTY_TEST_DEMO ?? new URL("../../bin/tailpty-demo", import.meta.url).pathname;

/** The private tailnet with the real program on it, and a workspace of its own. */
export class Demo {
  private constructor(
    readonly report: Report,
    readonly workspace: string,
    private readonly home: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Demo> {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "work-")));
    // What a person's shell reads at its start is none of the tests' business: it
    // takes time, and may hold a lock that a session that was killed has left.
    const home = await realpath(await mkdtemp(join(tmpdir(), "home-")));
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
    const child = spawn(program, ["--json", "--workspace", workspace], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, HOME: home, XDG_CACHE_HOME: cache },
    });
    const log: string[] = [];
    child.stderr?.on("data", (text: Buffer) => log.push(text.toString()));
    const line = await firstLine(child, log);
    return new Demo(JSON.parse(line) as Report, workspace, home, child);
  }

  get workspaceName(): string {
    return this.workspace.split("/").at(-1) ?? "";
  }

  get hostname(): string {
    return new URL(this.report.url).hostname;
  }

  person(name: "alice" | "bob" | "mallory"): DemoPerson {
    const person = this.report.people.find((p) => p.login.startsWith(`${name}@`));
    if (person === undefined) {
      throw new Error(`the demo has no ${name}`);
    }
    return person;
  }

  /** Asks the demo itself for something, over its socket. */
  control(method: string, path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.report.control, method, path }, (answer) => {
        answer.resume();
        answer.on("end", () => {
          const ok = (answer.statusCode ?? 500) < 300;
          return ok ? resolve() : reject(new Error(`${method} ${path}: ${answer.statusCode}`));
        });
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await gone;
    await rm(this.workspace, { recursive: true, force: true });
    await rm(this.home, { recursive: true, force: true });
  }
}

function firstLine(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill("SIGTERM");
      reject(new Error(`${program}: ${why}\n${log.join("")}`));
    };
    const timer = setTimeout(() => fail("it is not up in time"), UP_WITHIN);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`it ended with status ${code}`));
    if (child.stdout === null) {
      throw new Error("stdout is a pipe");
    }
    createInterface(child.stdout).once("line", (line) => {
      clearTimeout(timer);
      child.removeAllListeners("exit");
      resolve(line);
    });
  });
}
