import type { Context } from "hono";
import { UNREAD_RESPONSE_MS } from "../bounds.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import { acceptsGzip, answerFormat, bodyFormat, CONTENT_TYPES } from "../upstream/negotiate.ts";
import { sourceOfChunks, streamOf } from "../upstream/chunk_source.ts";
import { gzipStream } from "../scrape/gzip_stream.ts";
import { clientKey, forwardedHeaders } from "../scrape/forwarded_headers.ts";
import { readInTime } from "../scrape/read_in_time.ts";
import { convertedBody } from "../lines/converted_body.ts";
import type { SubsetSnapshot } from "../lines/subset_snapshots.ts";
import type { Route } from "./server_state.ts";

/** Answers a route's `/<name>`: what the last whole scrape of its path left for that subset. */
export async function subsetRequest(
  { path: scraped, context: { metrics, settings } }: Route,
  name: string,
  context: Context,
): Promise<Response> {
  const { config, snapshots } = settings();
  const path = `${scraped}/${name}` as const;
  const refuse = (text: string) => {
    metrics.scrapes.with(path, "503", "error").inc();
    return context.text(`${text}\n`, 503);
  };
  const forwarded = forwardedHeaders(context.req.raw, config.forwardHeaders, { processed: true });
  const snapshot = snapshots.get(name, await clientKey(forwarded, { described: false }));
  if (snapshot === undefined) {
    const whose = forwarded.length === 0 ? "" : " by this client";
    return refuse(`no scrape of ${scraped} yet${whose}: it is what fills ${path}`);
  }
  const ageSeconds = (Date.now() - snapshot.scrapedAtMs) / 1000;
  if (ageSeconds > config.subsetMaxAgeSeconds) {
    const age = `${ageSeconds.toFixed(1)} s`;
    const most = `subset_max_age is ${config.subsetMaxAgeSeconds} s`;
    return refuse(`the last whole scrape of ${scraped} is ${age} old, ${most}`);
  }
  const outcome = snapshot.isTruncated ? "truncated" : "complete";
  metrics.scrapes.with(path, "200", outcome).inc();
  const cut = () => metrics.unreadResponses.inc();
  const answered = negotiated(snapshot, context.req.header("accept") ?? null);
  return await answerWith(answered, ageSeconds, context.req.raw, config.compression, cut);
}

/** Says of a name that no subset has which there are. */
export function unknownSubset(name: string, known: readonly string[]): string {
  const found = `no subset ${JSON.stringify(name)}`;
  return known.length === 0
    ? `${found}: none is configured`
    : `${found}: there are ${known.join(", ")}`;
}

/**
 * What clients get that would rather have another format than the snapshot's; as long as the snapshot is
 * in force.
 */
const converted = new WeakMap<SubsetSnapshot, Map<BodyFormat, SubsetSnapshot>>();

function negotiated(snapshot: SubsetSnapshot, accept: string | null): SubsetSnapshot {
  const wanted = answerFormat(accept);
  const formats = converted.get(snapshot) ?? new Map<BodyFormat, SubsetSnapshot>();
  converted.set(snapshot, formats);
  let answer = formats.get(wanted);
  if (answer === undefined) {
    const body = convertedBody(snapshot.chunks, bodyFormat(snapshot.contentType), wanted);
    answer = body === undefined
      ? snapshot
      : { ...snapshot, chunks: body.chunks, contentType: CONTENT_TYPES[body.format] };
    formats.set(wanted, answer);
  }
  return answer;
}

async function answerWith(
  { chunks, contentType }: SubsetSnapshot,
  ageSeconds: number,
  request: Request,
  compression: "auto" | "off" | "gzip",
  cut: () => void,
): Promise<Response> {
  const age = String(Math.max(0, Math.floor(ageSeconds)));
  const headers = new Headers({ vary: "Accept, Accept-Encoding", age });
  if (contentType !== null) headers.set("content-type", contentType);
  const gzip = compression === "auto"
    ? acceptsGzip(request.headers.get("accept-encoding"))
    : compression === "gzip";
  if (gzip) headers.set("content-encoding", "gzip");
  if (request.method === "HEAD") return new Response(null, { headers });
  const body = streamOf(sourceOfChunks(chunks));
  const sent = gzip ? await gzipStream(body) : body;
  return new Response(readInTime(sent, UNREAD_RESPONSE_MS, cut), { headers });
}
