import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

/** A request as the server got it. */
export interface SyncRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  /** The client's. */
  readonly port: number | undefined;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** What the server does with one request. */
export type Reply = (response: http.ServerResponse, request: SyncRequest) => unknown;

/** A policy server of which every answer can be scripted. */
export interface SyncServer {
  readonly url: string;
  readonly requests: SyncRequest[];
  /** The same without those that the runtime sent again when a connection was lost. */
  readonly syncs: SyncRequest[];
  /** Takes the place of the current one, for all requests to come. */
  reply: Reply;
  /** Resolves once `count` requests have come in; throws after 20 s without. */
  received(count: number): Promise<void>;
  stop(): void;
}

/** With `secure` it speaks TLS. */
export async function syncServer(
  reply: Reply = answer(),
  secure?: https.ServerOptions,
): Promise<SyncServer> {
  const requests: SyncRequest[] = [];
  const onRequest: http.RequestListener = async (message, response) => {
    const port = message.socket.remotePort;
    const chunks: Uint8Array[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = "", url = "", headers } = message;
    const body = text === "" ? undefined : JSON.parse(text);
    const request = { method, url, headers, port, body };
    requests.push(request);
    script.reply(response, request);
  };
  const server = secure ? https.createServer(secure, onRequest) : http.createServer(onRequest);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const script: SyncServer = {
    url: `http${secure ? "s" : ""}://127.0.0.1:${port}/v1/policy/sync`,
    requests,
    get syncs() {
      const key = (request?: SyncRequest) => request?.headers["idempotency-key"];
      return requests.filter((request, i) => i === 0 || key(request) !== key(requests[i - 1]));
    },
    reply,
    received: (count) => eventually(() => requests.length >= count, `${count} requests`),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return script;
}

/** A proto3 JSON response with the defaults written out and enums as numbers. */
export function answer(
  more: Record<string, unknown> = {},
): (response: http.ServerResponse) => void {
  return (response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(syncResponse(more)));
  };
}

export function syncResponse(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    policies: [],
    hash: "",
    syncTimestampUnixNano: "0",
    recommendedSyncIntervalSeconds: 0,
    syncType: 1,
    errorMessage: "",
    ...more,
  };
}

export function status(code: number, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(code, headers);
    response.end(JSON.stringify(syncResponse({ hash: "never" })));
  };
}

/** A 200 whose body is `text`. */
export function text(text: string | Uint8Array): Reply {
  return (response) => void response.end(text);
}

/** Never answers. */
export const silence: Reply = () => {};

/** The first half of the response, and then nothing more. */
export function stalled(more: Record<string, unknown> = {}): Reply {
  return (response) => {
    const whole = JSON.stringify(syncResponse(more));
    response.write(whole.slice(0, whole.length / 2));
  };
}

/** The first half of the response, and then the connection is gone. */
export function reset(more: Record<string, unknown> = {}): Reply {
  return (response) => {
    const whole = JSON.stringify(syncResponse(more));
    response.setHeader("content-length", whole.length);
    response.write(whole.slice(0, whole.length / 2), () => response.destroy());
  };
}

/** A policy in proto3 JSON with enums as numbers (metricField 1 is the name). */
export function policy(id: string, keep = false): Record<string, unknown> {
  return {
    id,
    name: id,
    description: "",
    enabled: true,
    metric: { match: [{ metricField: 1, regex: `^${id}`, negate: false }], keep },
  };
}

/** Resolves once `condition` holds; throws after 20 s. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
