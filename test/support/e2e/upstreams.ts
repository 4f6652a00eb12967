import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { type Answer, type RawUpstream, rawUpstream } from "../upstream/raw_upstream.ts";

export const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** An HTTP server on a free port of 127.0.0.1. Returns its URL without a path. */
export async function httpUpstream(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

/** An upstream that answers every request with this body. */
export function servingUpstream(
  context: TestContext,
  body: string | Uint8Array,
  contentType = TEXT_TYPE,
): Promise<string> {
  return httpUpstream(context, (_request, response) => {
    response.writeHead(200, { "content-type": contentType }).end(body);
  });
}

/** An upstream written byte by byte, stopped when the test ends. */
export async function byteUpstream(context: TestContext, answer: Answer): Promise<RawUpstream> {
  const upstream = await rawUpstream(answer);
  context.after(() => upstream.stop());
  return upstream;
}

/** `count` samples of a gauge with metadata; every line of a sample is of the same length. */
export function gauges(count: number): string {
  const lines = ["# HELP weir_test_items Items in store.", "# TYPE weir_test_items gauge"];
  for (let n = 1; n <= count; n++) {
    lines.push(`weir_test_items{item="${String(n).padStart(8, "0")}"} 1`);
  }
  return `${lines.join("\n")}\n`;
}
