import type { Page } from "@playwright/test";

export type Heard = {
  opened: boolean;
  /** Messages of each kind that came. */
  binary: number;
  text: number;
  errors: string[];
  accepted: number;
};

/**
 * Attaches with nothing of the app, from a page of its origin, types, and tells
 * what came back within a second or until it closed.
 */
export function attachByHand(
  page: Page,
  token: string,
  keys: string,
  session?: string,
): Promise<Heard> {
  return page.evaluate(
    ([secret, typed, id]) =>
      new Promise<Heard>((resolve) => {
        const heard: Heard = { opened: false, binary: 0, text: 0, errors: [], accepted: 0 };
        const path = `/api/v1/sessions/${id ?? location.pathname.split("/").at(-1)}/attach`;
        const bearer = btoa(secret).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
        const socket = new WebSocket(path.replace(/^/, location.origin.replace(/^http/, "ws")), [
          "tailpty.v1",
          `base64url.bearer.tailpty.${bearer}`,
        ]);
        socket.binaryType = "arraybuffer";
        const finish = (): void => {
          socket.close();
          resolve(heard);
        };
        socket.onclose = () => resolve(heard);
        socket.onopen = () => {
          heard.opened = true;
          socket.send(JSON.stringify({ t: "hello", cols: 80, rows: 24, client: "by-hand" }));
          socket.send(JSON.stringify({ t: "take" }));
          const frame = new Uint8Array(9 + typed.length);
          frame[0] = 0x11;
          frame[8] = 1;
          frame.set(new TextEncoder().encode(typed), 9);
          socket.send(frame);
          setTimeout(finish, 1000);
        };
        socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
          if (typeof event.data !== "string") {
            heard.binary += 1;
            return;
          }
          heard.text += 1;
          const message = JSON.parse(event.data) as { t: string; error?: string };
          if (message.t === "error") {
            heard.errors.push(message.error ?? "");
          } else if (message.t === "accepted") {
            heard.accepted += 1;
          }
        };
      }),
    [token, keys, session] as const,
  );
}
