import { once } from "node:events";
import net from "node:net";
import { TEXT_TYPE } from "../../test/support/e2e/upstreams.ts";
import { shopText, SIZES } from "./shop.ts";

/** One request to an upstream, to be answered byte by byte. */
export interface Exchange {
  readonly socket: net.Socket;
  readonly path: string;
  /** What a target in good health exposes, now a small one, now a large one. */
  readonly text: string;
  /** This upstream's own URL, without a path. */
  readonly url: string;
}

export type Answer = (exchange: Exchange) => void;

/** An upstream that is a bare socket, and that answers in whatever way is in force. */
export class FaultyUpstream {
  /** Answers from now on; requests under way keep their answer. */
  answer: Answer = healthy;
  requests = 0;
  readonly #sockets = new Set<net.Socket>();
  readonly #host: string;
  #server: net.Server | undefined;
  #port = 0;

  /** `host`: the address that it listens on. */
  constructor(host = "127.0.0.1") {
    this.#host = host;
  }

  /** Accepts connections, on the same port as before if it did before. */
  async listen(): Promise<void> {
    const server = net.createServer((socket) => this.#connected(socket));
    server.listen(this.#port, this.#host);
    await once(server, "listening");
    this.#server = server;
    this.#port = (server.address() as net.AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** Refuses connections, and ends those that are open. */
  async refuse(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    this.dropConnections();
    await once(server, "close");
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connected(socket: net.Socket): void {
    this.#sockets.add(socket);
    // Each request of a kept connection may leave one.
    socket.setMaxListeners(0);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    let head = "";
    socket.on("data", (bytes) => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      const path = head.split(" ")[1];
      head = "";
      const text = shopText(SIZES[this.requests++ % SIZES.length]);
      this.answer({ socket, path, text, url: this.url });
    });
  }
}

/** A whole response with a length. */
export function healthy({ socket, text }: Exchange): void {
  send(socket, responseHead([`Content-Length: ${text.length}`]), text);
}

/** Status line and header lines, with what ends them. */
export function responseHead(
  headers: readonly string[],
  status = "200 OK",
  type: string | undefined = TEXT_TYPE,
): string {
  const typeLine = type === undefined ? [] : [`Content-Type: ${type}`];
  return [`HTTP/1.1 ${status}`, ...typeLine, ...headers, "\r\n"].join("\r\n");
}

/** Writes strings, whose characters are bytes, and bytes. */
export function send(socket: net.Socket, ...parts: readonly (string | Uint8Array)[]): void {
  socket.write(bytesOf(...parts));
}

export function bytesOf(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => {
    return typeof part === "string" ? Buffer.from(part, "latin1") : part;
  }));
}
