import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FetchInit } from "./runtime.ts";

/**
 * A GET of `url` from the address `connectTo`. Deno's fetch takes the TLS server name from the URL,
 * its `tcp` proxy does neither TLS nor IPv6, and a node:https response does not wait for its reader;
 * so node:http speaks over a connection of Deno's. Every request has its own: nothing would ask
 * again where a kept one has gone stale.
 */
export async function fetchFrom(
  url: URL,
  init: FetchInit,
  connectTo: string,
): Promise<Response> {
  const { request } = await import("node:http");
  const socket = await connect(url, connectTo, init.signal);
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({
      createConnection: () => socket,
      path: url.pathname + url.search,
      headers: { ...Object.fromEntries(init.headers), host: url.host, connection: "close" },
      signal: init.signal,
    }, resolve).on("error", (error) => {
      // After the head this rejects nothing; the body tells then.
      socket.destroy();
      reject(error);
    }).end();
  });
  return responseOf(incoming);
}

async function connect(url: URL, hostname: string, signal: AbortSignal): Promise<Duplex> {
  const { Duplex } = await import("node:stream");
  const secure = url.protocol === "https:";
  const port = Number(url.port) || (secure ? 443 : 80);
  const plain = await Deno.connect({ hostname, port, signal });
  const connection = secure ? await secured(plain, url.hostname, signal) : plain;
  return Duplex.fromWeb(connection as unknown as Parameters<typeof Duplex.fromWeb>[0]);
}

/**
 * The connection after a handshake in which the server showed a certificate for `hostname`. One that
 * is given up before the server says anything stays open in Deno until the server closes it.
 */
async function secured(
  plain: Deno.TcpConn,
  hostname: string,
  signal: AbortSignal,
): Promise<Deno.TlsConn> {
  const connection = await Deno.startTls(plain, { hostname, alpnProtocols: ["http/1.1"] });
  const close = () => connection.close();
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    await connection.handshake();
    signal.throwIfAborted();
    return connection;
  } catch (error) {
    if (!signal.aborted) close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Statuses whose responses have no body, as the Fetch standard lists them. */
const NO_BODY = new Set([204, 205, 304]);

function responseOf(incoming: IncomingMessage): Response {
  const status = incoming.statusCode ?? 0;
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at], incoming.rawHeaders[at + 1]);
  }
  if (!NO_BODY.has(status)) return new Response(bodyOf(incoming), { status, headers });
  incoming.destroy();
  return new Response(null, { status, headers });
}

/** Reads only when it is read, and errors when the message ends early. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array<ArrayBuffer>>;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) return controller.close();
      // A Buffer's subarray() is a Buffer; the scanner is faster with the one plain type.
      controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    },
    cancel: () => void incoming.destroy(),
  }, { highWaterMark: 0 });
}
