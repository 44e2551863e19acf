import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What lies between a browser and an address: it can be slow, and it can be cut,
 * so that nothing gets through and neither end is told, as when a phone goes
 * into a tunnel.
 */
export class Line {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly to: URL,
    private readonly delay: number,
  ) {
    server.on("connection", (near) => this.join(near));
  }

  /** A line to an address, on which everything is that many milliseconds on its way. */
  static async to(address: string, delay = 0): Promise<Line> {
    const server = createServer();
    const line = new Line(server, new URL(address), delay);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  /** What has a Chromium go this way when it is told the address. */
  get argument(): string {
    const { port } = this.server.address() as AddressInfo;
    return `--host-resolver-rules=MAP ${this.to.host} 127.0.0.1:${port}`;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) {
      socket.pause();
    }
  }

  /** Lets through again what waited, or forgets all connections that there were. */
  mend(keep: boolean): void {
    this.isCut = false;
    for (const socket of this.sockets) {
      if (keep) {
        socket.resume();
      } else {
        socket.destroy();
      }
    }
  }

  close(): void {
    this.server.close();
    this.mend(false);
  }

  private join(near: Socket): void {
    const far = connect(Number(this.to.port), this.to.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on("data", (bytes) => {
        this.later(() => {
          if (other.writable && !other.write(bytes)) {
            one.pause();
          }
        });
      });
      other.on("drain", () => this.isCut || one.resume());
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        this.later(() => other.destroy());
      });
      if (this.isCut) {
        one.pause();
      }
    }
  }

  /** Does something when what is sent now arrives: at once, or in the order of the calls. */
  private later(arrive: () => void): void {
    if (this.delay === 0) {
      arrive();
    } else {
      setTimeout(arrive, this.delay);
    }
  }
}
