import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:tls";
import { type Browser, chromium } from "@playwright/test";
import type { Demo, DemoPerson } from "./demo.ts";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

function executable(): string {
  const found = process.env.CHROMIUM ?? places.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error("no Chromium was found; say where one is with CHROMIUM");
  }
  return found;
}

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A Chromium with nothing set up: what a person opens a demo address in. */
export function launch(...more: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: [...quiet, ...more] });
}

/**
 * A Chromium on a person's device: it reaches the service by its real name and
 * over HTTPS. The certificate is verified here, against the demo's authority;
 * the browser, which has no place to put that authority, is told its key.
 */
export async function launchOn(demo: Demo, person: DemoPerson): Promise<Browser> {
  const key = await verifiedKey(demo, person);
  return launch(
    `--host-resolver-rules=MAP ${demo.hostname}:443 ${person.forward}`,
    `--ignore-certificate-errors-spki-list=${key}`,
  );
}

/** SHA-256 of the public key of the service's certificate, in base64. */
function verifiedKey(demo: Demo, person: DemoPerson): Promise<string> {
  const [host, port] = person.forward.split(":");
  return new Promise((resolve, reject) => {
    const socket = connect(
      {
        host: host ?? "",
        port: Number(port),
        servername: demo.hostname,
        ca: readFileSync(demo.report.ca),
        rejectUnauthorized: true,
      },
      () => {
        const leaf = new X509Certificate(socket.getPeerCertificate(true).raw);
        const spki = leaf.publicKey.export({ type: "spki", format: "der" });
        socket.end();
        resolve(createHash("sha256").update(spki).digest("base64"));
      },
    );
    socket.on("error", reject);
  });
}
