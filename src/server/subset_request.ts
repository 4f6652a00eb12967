import type { Context } from "hono";
import { UNREAD_RESPONSE_MS } from "../bounds.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import { acceptsGzip, answerFormat, bodyFormat, CONTENT_TYPES } from "../upstream/negotiate.ts";
import { sourceOfChunks, streamOf } from "../upstream/chunk_source.ts";
import { gzipStream } from "../scrape/gzip_stream.ts";
import { clientKey, forwardedHeaders } from "../scrape/forwarded_headers.ts";
import { readInTime } from "../scrape/read_in_time.ts";
import { runScrape } from "../scrape/scrape.ts";
import { convertedBody } from "../lines/converted_body.ts";
import type { SubsetSnapshot } from "../lines/subset_snapshots.ts";
import type { ServerState } from "./server_state.ts";

/** Answers `GET /metrics/<name>`: what the last whole scrape of `/metrics` left for that subset. */
export async function subsetRequest(state: ServerState, context: Context): Promise<Response> {
  const { config, subsets, snapshots } = state.settings();
  const name = context.req.param("name") ?? "";
  if (!subsets.has(name)) {
    const { form, passthrough } = config;
    const isName = /^[^/]+$/.test(name);
    if (form === "edge" && passthrough) {
      return await runScrape(state, context.req.raw, { path: "/metrics/*", processed: true });
    }
    // To metric-gate, which has no other paths below it, that is `/metrics` as well.
    if (form === "flags" && !isName) {
      return await runScrape(state, context.req.raw, { path: "/metrics", processed: true });
    }
    if (passthrough || !isName) return await context.notFound();
  }
  const refuse = (status: 404 | 503, text: string) => {
    // Names that nobody configured would fill the metric's label.
    if (subsets.has(name)) {
      state.metrics.scrapes.with(`/metrics/${name}`, `${status}`, "error").inc();
    }
    return context.text(`${text}\n`, status);
  };
  if (!subsets.has(name)) return refuse(404, unknownSubset(name, [...subsets.keys()]));
  const forwarded = forwardedHeaders(context.req.raw, config.forwardHeaders, { processed: true });
  const snapshot = snapshots.get(name, await clientKey(forwarded, { described: false }));
  if (snapshot === undefined) {
    return refuse(
      503,
      `no scrape of /metrics yet${
        forwarded.length === 0 ? "" : " by this client"
      }: it is what fills /metrics/${name}`,
    );
  }
  const ageSeconds = (Date.now() - snapshot.scrapedAtMs) / 1000;
  if (ageSeconds > config.subsetMaxAgeSeconds) {
    const age = `${ageSeconds.toFixed(1)} s`;
    const most = `subset_max_age is ${config.subsetMaxAgeSeconds} s`;
    return refuse(503, `the last whole scrape of /metrics is ${age} old, ${most}`);
  }
  const outcome = snapshot.isTruncated ? "truncated" : "complete";
  state.metrics.scrapes.with(`/metrics/${name}`, "200", outcome).inc();
  const cut = () => state.metrics.unreadResponses.inc();
  const answered = negotiated(snapshot, context.req.header("accept") ?? null);
  return await answerWith(answered, ageSeconds, context.req.raw, config.compression, cut);
}

function unknownSubset(name: string, known: readonly string[]): string {
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
