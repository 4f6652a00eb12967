import { MAX_WHOLE_BODY_BYTES } from "../bounds.ts";
import { currentRuntime } from "../runtime/current.ts";
import { prepareAsk, type UpstreamGet } from "./ask.ts";
import { type ChunkSource, sourceOfStream, sourceOfWhole } from "./chunk_source.ts";
import { exposedType } from "./fallback_protocol.ts";
import { followRedirects } from "./follow_redirects.ts";
import { GuardedBody } from "./guarded_body.ts";
import { gunzippedBody } from "./gunzipped_body.ts";
import { maskSecrets } from "./mask_secrets.ts";
import { isAnyProtobuf, isOpenMetrics, isProtobuf } from "./negotiate.ts";
import { inflationLimit, refuseLargeHead } from "./response_bounds.ts";
import { UpstreamError } from "./upstream_error.ts";
import { startCall } from "./upstream_call.ts";

export interface UpstreamResponse {
  /** 200, unless any answer was asked for. */
  readonly status: number;
  /** What the body is read by, and answered with. */
  readonly contentType: string | null;
  /** As the upstream sent them; absent where none was asked. */
  readonly headers?: Headers;
  /**
   * The decoded bytes. Fails with an UpstreamError when the upstream stops early or the budget is
   * used up, so a clean end means that the response was complete.
   */
  readonly body: ChunkSource;
}

/**
 * One GET with a deadline. Throws an UpstreamError for everything but a readable 200, and the signal's
 * reason when that was aborted.
 */
export async function getUpstream(request: UpstreamGet): Promise<UpstreamResponse> {
  request.signal.throwIfAborted();
  const call = startCall(request.url, request.budgetSeconds, request.signal);
  try {
    const ask = await prepareAsk(request, call.signal);
    const { response, askedGzip } = await followRedirects(request, call, ask);
    refuseLargeHead(request.url, response);
    const type = response.headers.get("content-type");
    // Taken for an exposition, which tells whether it is whole.
    const isRead = !request.anyAnswer && (!request.anyStatus || response.status === 200);
    const contentType = isRead ? exposedType(type, request.fallbackProtocol) : type;
    if (isRead && !request.anyStatus) refuseStatusAndFormat(request.url, response, contentType);
    if (!request.isHandedOn) refuseEncoding(request.url, response, ask.secrets);
    const gzip = isGzip(contentEncoding(response));
    const mayBeDecoded = askedGzip && (await currentRuntime()).decodesGzip;
    const body = gzip && response.body
      ? sourceOfStream(await gunzippedBody(response.body, mayBeDecoded))
      : bodyOf(response);
    return {
      status: response.status,
      contentType,
      headers: response.headers,
      body: gzip ? new GuardedBody(body, call, [], inflationLimit(request.url)) : new GuardedBody(
        body,
        call,
        isRead ? unframedEndings(response, contentType) : [],
      ),
    };
  } catch (error) {
    const failure = call.failure(error);
    call.end();
    call.abort();
    throw failure;
  }
}

function bodyOf(response: Response): ChunkSource | undefined {
  const { headers, body } = response;
  // Beside a transfer coding a length says nothing (RFC 9112, 6.3): there may be far more.
  const length = headers.has("transfer-encoding") ? "" : headers.get("content-length") ?? "";
  if (/^\d+$/.test(length) && Number(length) <= MAX_WHOLE_BODY_BYTES) {
    return sourceOfWhole(response);
  }
  return body === null ? undefined : sourceOfStream(body);
}

/** Throws for what is no exposition; the caller's abort frees the connection. */
function refuseStatusAndFormat(
  url: string,
  { status, headers }: Response,
  contentType: string | null,
): void {
  if (status !== 200) {
    const shown = status >= 400 && status <= 599 ? status : 502;
    throw new UpstreamError("status", shown, url, `answered ${status}`, headers);
  }
  if (isAnyProtobuf(contentType) && !isProtobuf(contentType)) {
    throw new UpstreamError("protocol", 502, url, "answered with protobuf other than Prometheus's");
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
function unframedEndings({ headers }: Response, contentType: string | null): readonly string[] {
  if (headers.has("content-length") || headers.has("transfer-encoding")) return [];
  // Messages say how long they are.
  if (isProtobuf(contentType)) return [];
  return isOpenMetrics(contentType) ? ["# EOF\n", "# EOF"] : ["\n"];
}
