import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FetchInit } from "./runtime.ts";

/**
 * A request for `url`, by Deno's own fetch where that can. It takes the TLS server name from the URL,
 * its `tcp` proxy does neither TLS nor IPv6, and a node:https response does not wait for its reader;
 * so for the rest node:http speaks over a connection of Deno's. Every such request has its own:
 * nothing would ask again where a kept one has gone stale.
 */
export async function denoFetch(
  url: URL,
  init: FetchInit,
  connectTo?: string,
): Promise<Response> {
  const { tls, unix, raw: _, ...plain } = init;
  const secure = url.protocol === "https:" && tls !== undefined;
  if (connectTo === undefined && unix === undefined && !secure) {
    return await fetch(url, { ...plain, redirect: "manual" });
  }
  const { request } = await import("node:http");
  const socket = await connect(url, init, connectTo);
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({
      createConnection: () => socket,
      method: init.method,
      path: url.pathname + url.search,
      headers: { ...Object.fromEntries(init.headers), host: url.host, connection: "close" },
      signal: init.signal,
    }, resolve).on("error", (error) => {
      // After the head this rejects nothing; the body tells then.
      socket.destroy();
      reject(error);
    }).end(init.body);
  });
  return responseOf(incoming);
}

async function connect(url: URL, init: FetchInit, connectTo?: string): Promise<Duplex> {
  const { Duplex } = await import("node:stream");
  const { signal, tls, unix } = init;
  const secure = url.protocol === "https:";
  const port = Number(url.port) || (secure ? 443 : 80);
  const hostname = connectTo ?? url.hostname.replace(/^\[|\]$/g, "");
  const plain = unix === undefined
    ? await Deno.connect({ hostname, port, signal })
    : await Deno.connect({ transport: "unix", path: unix });
  if (secure && tls !== undefined) {
    const { tlsOver } = await import("./deno_tls.ts");
    return await tlsOver(plain, { ...tls, host: url.hostname }, signal);
  }
  const connection = secure ? await secured(plain as Deno.TcpConn, url.hostname, signal) : plain;
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
