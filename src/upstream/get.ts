import { MAX_REDIRECTS } from "../bounds.ts";
import { currentRuntime } from "../runtime/current.ts";
import { type Ask, prepareAsk, type UpstreamGet } from "./ask.ts";
import type { ChunkSource } from "./chunk_source.ts";
import { GuardedBody } from "./guarded_body.ts";
import { gunzippedBody } from "./gunzipped_body.ts";
import { isLoopback } from "../config/listen.ts";
import { maskSecrets } from "./mask_secrets.ts";
import { isOpenMetrics, isProtobuf } from "./negotiate.ts";
import { inflationLimit, refuseLargeHead } from "./response_bounds.ts";
import { UpstreamError } from "./upstream_error.ts";
import { startCall, type UpstreamCall } from "./upstream_call.ts";

export interface UpstreamResponse {
  /** 200, unless any answer was asked for. */
  readonly status: number;
  readonly contentType: string | null;
  /**
   * The decoded bytes. Fails with an UpstreamError when the upstream stops early or the budget is
   * used up, so a clean end means that the response was complete.
   */
  readonly body: ChunkSource;
}

/**
 * One GET with a deadline. Redirects are followed within the origin. Throws an UpstreamError
 * for everything but a readable 200, and the signal's reason when that was aborted.
 */
export async function getUpstream(request: UpstreamGet): Promise<UpstreamResponse> {
  request.signal.throwIfAborted();
  const call = startCall(request.url, request.budgetSeconds, request.signal);
  try {
    const ask = await prepareAsk(request, call.signal);
    const response = await followRedirects(request, call, ask);
    refuseLargeHead(request.url, response);
    if (!request.anyAnswer) refuseStatusAndFormat(request.url, response);
    refuseEncoding(request.url, response, ask.secrets);
    const gzip = isGzip(contentEncoding(response));
    const asked = acceptedEncoding(request, ask.url) === "gzip";
    const mayBeDecoded = asked && (await currentRuntime()).decodesGzip;
    const body = gzip && response.body
      ? await gunzippedBody(response.body, mayBeDecoded)
      : response.body;
    return {
      status: response.status,
      contentType: response.headers.get("content-type"),
      body: gzip
        ? new GuardedBody(body, call, [], inflationLimit(request.url))
        : new GuardedBody(body, call, request.anyAnswer ? [] : unframedEndings(response)),
    };
  } catch (error) {
    const failure = call.failure(error);
    call.end();
    call.abort();
    throw failure;
  }
}

async function followRedirects(
  request: UpstreamGet,
  call: UpstreamCall,
  { url: first, unix, headers: common, tls, secrets }: Ask,
): Promise<Response> {
  const runtime = await currentRuntime();
  let url = first;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers = requestHeaders(request, url, common, call.remainingSeconds());
    const init = { headers, signal: call.signal, tls, unix, raw: true };
    const response = await runtime.fetch(url, init, request.connectTo);
    const follows = request.http?.followRedirects ?? true;
    if (!follows || !REDIRECTS.has(response.status)) return response;
    discard(response);
    url = redirectTarget(request.url, url, response, secrets);
  }
  throw new UpstreamError("protocol", 502, request.url, `more than ${MAX_REDIRECTS} redirects`);
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function redirectTarget(
  requested: string,
  from: URL,
  response: Response,
  secrets: readonly string[],
): URL {
  const location = response.headers.get("location");
  const target = location === null ? null : URL.parse(location, from.href);
  if (target === null) {
    throw new UpstreamError("protocol", 502, requested, `answered ${response.status} to nowhere`);
  }
  if (target.origin !== from.origin) {
    // Another origin could be anything in the cluster, and would be given the credentials.
    const what = `redirects to another origin, ${maskSecrets(target.origin, secrets)}`;
    throw new UpstreamError("protocol", 502, requested, what);
  }
  target.username = target.password = "";
  return target;
}

function requestHeaders(
  request: UpstreamGet,
  url: URL,
  common: Headers,
  remainingSeconds: number,
): Headers {
  const headers = new Headers(common);
  headers.set("accept", request.accept);
  headers.set("user-agent", request.userAgent);
  headers.set("accept-encoding", acceptedEncoding(request, url));
  headers.set("x-prometheus-scrape-timeout-seconds", String(Number(remainingSeconds.toFixed(3))));
  return headers;
}

/** Compressing for loopback costs both sides more than the bytes do. */
function acceptedEncoding({ connectTo }: UpstreamGet, url: URL): "identity" | "gzip" {
  return isLoopback(connectTo ?? url.hostname) ? "identity" : "gzip";
}

/** Throws for what is no exposition; the caller's abort frees the connection. */
function refuseStatusAndFormat(url: string, { status, headers }: Response): void {
  if (status !== 200) {
    const shown = status >= 400 && status <= 599 ? status : 502;
    throw new UpstreamError("status", shown, url, `answered ${status}`);
  }
  if (isProtobuf(headers.get("content-type"))) {
    throw new UpstreamError("protocol", 502, url, "answered with protobuf, not with text");
  }
}

function refuseEncoding(url: string, response: Response, secrets: readonly string[]): void {
  const encoding = contentEncoding(response);
  if (encoding !== "" && encoding !== "identity" && !isGzip(encoding)) {
    const shown = maskSecrets(encoding, secrets);
    throw new UpstreamError("protocol", 502, url, `unknown Content-Encoding ${shown}`);
  }
}

function contentEncoding(response: Response): string {
  return (response.headers.get("content-encoding") ?? "").trim().toLowerCase();
}

function isGzip(encoding: string): boolean {
  return encoding === "gzip" || encoding === "x-gzip";
}

/**
 * How the text has to end where only the closed connection tells that it does; none where HTTP tells.
 * Bun takes a reset for such an end, and a killed process looks like one anyway. A line that was cut
 * gives most of them away; OpenMetrics says itself where it ends, and its last LF may be left out.
 */
function unframedEndings({ headers }: Response): readonly string[] {
  if (headers.has("content-length") || headers.has("transfer-encoding")) return [];
  return isOpenMetrics(headers.get("content-type")) ? ["# EOF\n", "# EOF"] : ["\n"];
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}
