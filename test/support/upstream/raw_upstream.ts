import net from "node:net";
import { once } from "node:events";
import tls from "node:tls";

/** An upstream written byte by byte, for the answers that no HTTP server would give. */
export interface RawUpstream {
  readonly url: string;
  /** The head of each request received so far, lower-cased. */
  readonly requests: string[];
  /** Resolves once the client has closed the connection of its latest request. */
  closed(): Promise<void>;
  stop(): void;
}

export type Answer = (socket: net.Socket, path: string) => void;

/** Listens on a port of its own, or with a path for `host` on that socket; with `secure`, for TLS. */
export async function rawUpstream(
  answer: Answer,
  host = "127.0.0.1",
  secure?: tls.TlsOptions,
): Promise<RawUpstream> {
  const requests: string[] = [];
  const sockets = new Set<net.Socket>();
  const closes: Promise<void>[] = [];
  const onConnection = (socket: net.Socket) => {
    sockets.add(socket);
    closes.push(new Promise((resolve) => socket.on("close", () => resolve())));
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const head = bytes.toString("latin1");
      requests.push(head.toLowerCase());
      answer(socket, head.split(" ")[1]);
    });
  };
  const server = secure ? tls.createServer(secure, onConnection) : net.createServer(onConnection);
  if (host.startsWith("/")) server.listen(host);
  else server.listen(0, host);
  await once(server, "listening");
  if (host.startsWith("/")) return upstreamAt(`unix:${host}`);
  const { port } = server.address() as net.AddressInfo;
  return upstreamAt(
    `http${secure ? "s" : ""}://${host.includes(":") ? `[${host}]` : host}:${port}`,
  );

  function upstreamAt(url: string): RawUpstream {
    return {
      url,
      requests,
      closed: () => closes[closes.length - 1],
      stop: () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  }
}

/** A response head with `headers` besides a text exposition's Content-Type. */
export function head(...headers: string[]): string {
  return [
    "HTTP/1.1 200 OK",
    "Content-Type: text/plain; version=0.0.4",
    ...headers,
    "\r\n",
  ].join("\r\n");
}

export function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}
