import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ServeOptions } from "./runtime.ts";

/**
 * Answers a request of node:http's server by `fetch`. Resolves when the response has ended or the
 * client has left; a body that errors breaks the transfer off.
 */
export async function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fetch: ServeOptions["fetch"],
): Promise<void> {
  const left = new AbortController();
  const client = new WaitingClient(outgoing);
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) left.abort(new Error("the client left"));
  });
  const request = requestOf(incoming, left.signal);
  let response: Response;
  if (request === undefined) {
    response = new Response("bad request\n", { status: 400 });
  } else {
    try {
      response = await fetch(request);
    } catch {
      response = new Response("internal error\n", { status: 500 });
    }
  }
  if (hasBody(incoming)) outgoing.shouldKeepAlive = false;
  const { body, status, headers } = response;
  if (left.signal.aborted) return void body?.cancel(left.signal.reason).catch(() => {});
  outgoing.writeHead(status, [...headers].flat());
  if (body === null || incoming.method === "HEAD") {
    body?.cancel().catch(() => {});
    outgoing.end();
  } else {
    await send(body, outgoing, client, left.signal);
  }
  await client.closed;
}

async function send(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  client: WaitingClient,
  left: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  const leave = () => void reader.cancel(left.reason).catch(() => {});
  left.addEventListener("abort", leave);
  try {
    while (!left.aborted) {
      // A body that errors while the client takes nothing has to be noticed then.
      const { done, value } = await reader.read();
      if (left.aborted) return;
      if (done) return void outgoing.end();
      if (!outgoing.write(value)) {
        await Promise.race([client.writable(), reader.closed]);
      }
    }
  } catch {
    outgoing.destroy();
  } finally {
    left.removeEventListener("abort", leave);
  }
}

/** One listener for each event of a response, however often it is waited for. */
class WaitingClient {
  readonly closed: Promise<void>;
  #resume = () => {};

  constructor(outgoing: ServerResponse) {
    this.closed = new Promise((resolve) => {
      outgoing.on("close", () => {
        this.#resume();
        resolve();
      });
    });
    outgoing.on("drain", () => this.#resume());
    outgoing.on("error", () => {});
  }

  writable(): Promise<void> {
    return new Promise((resolve) => this.#resume = resolve);
  }
}

/** Undefined for what has no URL; the Host header may be absent or no host at all. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers = new Headers();
  try {
    for (let at = 0; at < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at], rawHeaders[at + 1]);
    }
    const host = incoming.headers.host ?? "";
    const origin = `https://${host}`;
    // With these in it a part of it would be the path.
    const base = !/[/\\?#]/.test(host) && URL.canParse(origin) ? origin : "https://localhost";
    const target = url.startsWith("/") ? `${base}${url}` : url;
    const body = hasBody(incoming) && method !== "GET" && method !== "HEAD"
      ? Readable.toWeb(incoming) as unknown as ReadableStream
      : undefined;
    return new Request(target, { method, headers, signal, body, duplex: "half" } as RequestInit);
  } catch {
    return undefined;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
