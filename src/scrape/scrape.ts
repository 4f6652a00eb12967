import {
  MAX_GATHERED_BYTES,
  MAX_SCRAPE_WAIT_MS,
  MAX_WHOLE_ANSWER_BYTES,
  RETRY_AFTER_SECONDS,
  UNREAD_RESPONSE_MS,
} from "../bounds.ts";
import type { ScrapeConfig } from "../config/config.ts";
import { ownPath, upstreamPath } from "../config/route_path.ts";
import { log } from "../telemetry/log.ts";
import type { ScrapeOutcome } from "../telemetry/weir_metrics.ts";
import { type Chunk, sourceOfChunks, sourceOfStream } from "../upstream/chunk_source.ts";
import { scrapeBudgetSeconds } from "../upstream/deadline.ts";
import { acceptsGzip, type UpstreamFormats } from "../upstream/negotiate.ts";
import { boundedFormats } from "../upstream/scrape_protocols.ts";
import type { ForwardedHeader } from "../upstream/ask.ts";
import { classifyFailure, UpstreamError } from "../upstream/upstream_error.ts";
import type { ScrapeContext, ScrapeKind, ScrapeSettings } from "./scrape_context.ts";
import { type RequestTarget, requestTarget } from "./request_target.ts";
import type { SharedAnswer } from "./coalescer.ts";
import { clientKey, forwardedHeaders } from "./forwarded_headers.ts";
import { type BodyEnd, gatherBody, joined, piecesOf, streamedBody } from "./gathered_body.ts";
import { gzipStream } from "./gzip_stream.ts";
import { AggregationError } from "../lines/aggregation_error.ts";
import { free } from "../lines/output_garbage.ts";
import { GrownValueError } from "../relabel/grown_value.ts";
import { BudgetError } from "./processed_source.ts";
import { readInTime } from "./read_in_time.ts";
import { relayedHeaders } from "./relayed_headers.ts";
import { requestBody, RequestBodyError } from "./request_body.ts";
import { reportScrape } from "./scrape_report.ts";
import { reportDowngrade } from "../upstream/format_downgrade.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import type { GrantedSlot, Slot } from "./slots.ts";
import { TargetChoiceError } from "../gateway/source_of_target.ts";
import { type ScrapeRequest, UpstreamScrape } from "./upstream_scrape.ts";

/** One scrape: asks the upstream and answers with its processed response, or with what failed. */
export async function runScrape(
  context: ScrapeContext,
  request: Request,
  kind: ScrapeKind,
): Promise<Response> {
  const { config } = context.settings();
  const missing = kind.processed ? context.missingPolicies?.(config) ?? [] : [];
  if (missing.length > 0) return withoutPolicies(context, kind, missing);
  const budgetSeconds = budgetOf(request, config);
  const slot = await scrapeSlot(context, request, budgetSeconds);
  if (typeof slot === "string") return turnedAway(context, kind, slot);
  const scrape = new ClientScrape(context, request, kind, slot, budgetSeconds);
  try {
    return await scrape.respond();
  } catch (error) {
    if (request.signal.aborted) return scrape.cancelled();
    if (error instanceof TargetChoiceError) {
      return scrape.refuse(error, 400, [error.message, ...error.addresses].join("\n"));
    }
    if (error instanceof RequestBodyError) return scrape.refuse(error, error.status);
    const failure = isOfProcessing(error)
      ? error
      : classifyFailure(context.settings().config.upstreams[0].url, error);
    return scrape.refuse(failure, failure instanceof UpstreamError ? failure.status : 502);
  }
}

/** What failed is no fault of the upstream's. */
function isOfProcessing(error: unknown): error is Error {
  return error instanceof AggregationError || error instanceof BudgetError ||
    error instanceof GrownValueError;
}

/** Waits for a slot, but leaves time for the scrape itself. */
function scrapeSlot(
  { slots, settings }: ScrapeContext,
  { signal }: Request,
  budgetSeconds: number,
): Promise<Slot> {
  const { maxConcurrent } = settings().config.scrape;
  const waitMs = Math.min(MAX_SCRAPE_WAIT_MS, budgetSeconds * 1000 / 2);
  return slots.take(maxConcurrent, waitMs, signal);
}

function turnedAway(
  { metrics }: ScrapeContext,
  { path }: ScrapeKind,
  reason: "full" | "left",
): Response {
  if (reason === "left") {
    metrics.scrapes.with(path, CLIENT_LEFT, "cancelled").inc();
    return new Response(null, { status: Number(CLIENT_LEFT) });
  }
  metrics.refusedRequests.with("scrapes").inc();
  metrics.scrapes.with(path, "503", "error").inc();
  return new Response("too many scrapes run at present\n", {
    status: 503,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "retry-after": String(RETRY_AFTER_SECONDS),
    },
  });
}

/** Nothing passes that policies might have kept back. */
function withoutPolicies(
  { metrics }: ScrapeContext,
  { path }: ScrapeKind,
  providers: readonly string[],
): Response {
  metrics.refusedRequests.with("policies").inc();
  metrics.scrapes.with(path, "503", "error").inc();
  return new Response(
    `no policies yet of ${providers.join(", ")}, which require_policies wants\n`,
    {
      status: 503,
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "retry-after": String(RETRY_AFTER_SECONDS),
      },
    },
  );
}

/** What the client's timeout and the configuration leave for a scrape, from its arrival. */
function budgetOf(
  { headers }: Request,
  { scrape }: { readonly scrape: ScrapeConfig },
): number {
  const timeout = headers.get("x-prometheus-scrape-timeout-seconds");
  return scrapeBudgetSeconds(timeout, scrape.offsetSeconds, scrape.timeoutSeconds);
}

/** Counted where no status was sent any more; nginx writes it to its log. */
const CLIENT_LEFT = "499";

/** Fetch's "null body status". */
const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

const CANCELLED: BodyEnd = { outcome: "cancelled" };

/** How a body ended whose clients' signal is this one: what broke when they had left is no failure. */
function endFor(signal: AbortSignal, end: BodyEnd): BodyEnd {
  return end.outcome === "broken" && signal.aborted ? CANCELLED : end;
}

/** The bookkeeping of one client's scrape, from its arrival to the last byte. */
class ClientScrape {
  readonly #context: ScrapeContext;
  readonly #settings: ScrapeSettings;
  readonly #kind: ScrapeKind;
  readonly #request: Request;
  readonly #slot: GrantedSlot;
  readonly #budgetSeconds: number;
  readonly #startedAt: number;
  #stats: ScrapeStats | undefined;
  /** Another client has, or may yet get, the same bytes. */
  #isBodyShared = false;
  /** The answer is on its way: a failure can no longer become a status. */
  #begun = false;
  #ended = false;

  /** `budgetSeconds` are from the request's arrival. */
  constructor(
    context: ScrapeContext,
    request: Request,
    kind: ScrapeKind,
    slot: GrantedSlot,
    budgetSeconds: number,
  ) {
    this.#slot = slot;
    this.#budgetSeconds = budgetSeconds;
    this.#startedAt = performance.now() - slot.waitedMs;
    this.#context = context;
    this.#settings = context.settings();
    this.#request = request;
    this.#kind = kind;
    context.metrics.scrapesInFlight.inc();
  }

  async respond(): Promise<Response> {
    const { status, contentType, headers: relayed, body, stats } = await this.#answer();
    const headers = new Headers(relayed);
    headers.append("vary", "Accept, Accept-Encoding");
    if (contentType !== null) headers.set("content-type", contentType);
    this.#stats = stats;
    const gzip = !STATUSES_WITHOUT_BODY.has(status) && !headers.has("content-encoding") &&
      this.#answersGzip();
    if (gzip) headers.set("content-encoding", "gzip");
    this.#begun = true;
    if (body === null) {
      this.#end(String(status), { outcome: "complete" });
      return new Response(null, { status, headers });
    }
    if (!(body instanceof Uint8Array)) {
      const sent = this.#watched(gzip ? await gzipStream(body) : body);
      return new Response(sent, { status, headers });
    }
    const whole = gzip ? this.#context.gzip(body) : body;
    if (gzip && !this.#isBodyShared) free(body);
    headers.set("content-length", String(whole.length));
    // Bun gives bytes without a type one of its own.
    if (whole.length <= MAX_WHOLE_ANSWER_BYTES && contentType !== null) {
      this.#end(String(status), { outcome: "complete" });
      const response = new Response(whole, { status, headers });
      // It has a copy.
      if (gzip || !this.#isBodyShared) free(whole);
      return response;
    }
    const source = sourceOfChunks(piecesOf(whole));
    const sent = streamedBody(source, (end) => this.#end(String(status), end));
    return new Response(this.#watched(sent), { status, headers });
  }

  /** A body that is cut when its client takes nothing of it. */
  #watched(body: ReadableStream<Chunk>): ReadableStream<Chunk> {
    return readInTime(body, UNREAD_RESPONSE_MS, () => {
      this.#context.metrics.unreadResponses.inc();
      log.warn("response cut: its client took nothing of it", { path: this.#kind.path });
    });
  }

  /** The client left before its answer began: nobody reads this one; the upstream did nothing. */
  cancelled(): Response {
    this.#end(CLIENT_LEFT, { outcome: "cancelled" });
    return new Response(null, { status: Number(CLIENT_LEFT) });
  }

  /** The answer where text says what is wrong: a line, unless there is more to it. */
  refuse(error: Error, status: number, text = error.message): Response {
    log.warn("scrape failed", { path: this.#kind.path, status, error: error.message });
    this.#end(String(status), { outcome: "broken", error });
    const headers = new Headers({ "content-type": "text/plain; charset=utf-8" });
    // With those a client comes again as it should.
    for (const name of this.#relays ? ["www-authenticate", "retry-after"] : []) {
      const value = error instanceof UpstreamError ? error.headers?.get(name) : undefined;
      if (value != null) headers.set(name, value);
    }
    return new Response(`${text}\n`, { status, headers });
  }

  /** Whether the upstream's headers are the client's too: with Edge all, of the source as it came. */
  get #relays(): boolean {
    return this.#settings.config.form === "edge" || this.#kind.path === "/source";
  }

  /** What to ask for in the client's place. */
  get #formats(): UpstreamFormats {
    const { protocols } = this.#settings.config.scrape;
    return boundedFormats(this.#request.headers.get("accept"), protocols);
  }

  /** The front answers requests that have none. */
  get #target(): RequestTarget {
    return requestTarget(this.#request)!;
  }

  get #wantsBody(): boolean {
    return this.#request.method !== "HEAD";
  }

  get #isShared(): boolean {
    return this.#settings.coalescer !== undefined && this.#kind.processed && this.#wantsBody;
  }

  /** Of the client's headers those that the upstream gets. */
  get #forwarded(): ForwardedHeader[] {
    const { forwardHeaders } = this.#settings.config;
    return forwardedHeaders(this.#request, forwardHeaders, { processed: this.#kind.processed });
  }

  /**
   * An answer, perhaps one of another scrape's making. Where its body is a stream, that tells this
   * scrape when it ends.
   */
  async #answer(): Promise<SharedAnswer> {
    const { signal } = this.#request;
    const { coalescer } = this.#settings;
    if (coalescer === undefined || !this.#isShared) {
      return await this.#produce(signal, (code, end) => this.#end(code, end));
    }
    const { accept } = this.#formats;
    const { path, query } = this.#target;
    const client = await clientKey(this.#forwarded, { described: true });
    const key = JSON.stringify([path, query, accept, client]);
    const { answer, isOnly } = await coalescer.answer(
      key,
      signal,
      (signal) => this.#produce(signal, () => {}),
    );
    this.#isBodyShared = !isOnly;
    if (!(answer.body instanceof ReadableStream)) return answer;
    const body = streamedBody(
      sourceOfStream(answer.body),
      (end) => this.#end(String(answer.status), endFor(signal, end)),
    );
    return { ...answer, body };
  }

  /** Asks the upstream. `ended` is told how the body ended, and with which status. */
  async #produce(
    signal: AbortSignal,
    ended: (code: string, end: BodyEnd) => void,
  ): Promise<SharedAnswer> {
    const scrape = new UpstreamScrape(this.#context, this.#settings, this.#kind);
    let begun = false;
    const end = (code: string, how: BodyEnd) => {
      scrape.end(how, begun);
      ended(code, how);
    };
    try {
      const response = await scrape.ask(await this.#scrapeRequest(signal));
      const { status, contentType, body } = response;
      const headers = this.#relays && response.headers
        ? relayedHeaders(response.headers, {
          processed: this.#kind.processed,
          shared: this.#isShared,
        })
        : undefined;
      if (this.#kind.path !== "passthrough") {
        const { wanted } = this.#formats;
        if (wanted !== undefined) reportDowngrade(this.#context.metrics, wanted, contentType);
      }
      const answer = (body: SharedAnswer["body"]) => {
        return { status, contentType, headers, body, stats: scrape.stats };
      };
      if (!this.#wantsBody || STATUSES_WITHOUT_BODY.has(status)) {
        await body.cancel();
        scrape.end(CANCELLED, begun);
        return answer(null);
      }
      const gathered = await gatherBody(body, MAX_GATHERED_BYTES);
      if (gathered.complete) {
        scrape.end({ outcome: "complete" }, begun);
        return answer(joined(gathered, this.#context.collectGarbage));
      }
      begun = true;
      const source = sourceOfChunks(gathered.chunks, body);
      return answer(streamedBody(source, (how) => end(String(status), endFor(signal, how))));
    } catch (error) {
      scrape.end(signal.aborted ? CANCELLED : this.#brokenBy(scrape, error), begun);
      throw error;
    }
  }

  #brokenBy(scrape: UpstreamScrape, error: unknown): BodyEnd {
    if (isOfProcessing(error)) return { outcome: "broken", error };
    const failure = classifyFailure(this.#settings.config.upstreams[0].url, error);
    scrape.failed(failure);
    return { outcome: "broken", error: failure };
  }

  async #scrapeRequest(signal: AbortSignal): Promise<ScrapeRequest> {
    const { headers, method } = this.#request;
    const { config } = this.#settings;
    const { path } = this.#kind;
    const target = this.#target;
    const accept = headers.get("accept");
    const forwarded = this.#forwarded;
    const secondsLeft = this.#budgetSeconds - this.#slot.waitedMs / 1000;
    const readFrom = performance.now();
    const body = path === "passthrough" && config.form === "edge"
      ? await requestBody(this.#request, config.maxBodyBytes, secondsLeft)
      : undefined;
    const readSeconds = body === undefined ? 0 : (performance.now() - readFrom) / 1000;
    return {
      path: this.#upstreamPath(path === "/source" ? this.#sourcePath(target.path) : target.path),
      query: target.query,
      passthrough: path === "passthrough",
      anyStatus: path === "/source",
      accept: path === "passthrough" ? accept ?? "*/*" : this.#formats.accept,
      budgetSeconds: Math.max(0, secondsLeft - readSeconds),
      signal,
      wantsBody: this.#wantsBody,
      forwarded,
      client: await clientKey(forwarded, { described: false }),
      method: path === "passthrough" && config.form === "edge" ? method : undefined,
      body,
    };
  }

  /** `/source` is Weir's own name for what the upstream serves as its metrics; a path may follow it. */
  #sourcePath(path: string): string {
    const named = path.replace(/^\/source/, "");
    return named.length > 1 ? named : ownPath(this.#settings.path);
  }

  #upstreamPath(path: string): string {
    if (this.#kind.path === "passthrough") return path;
    return upstreamPath(path, this.#settings.config.web.telemetryPath);
  }

  #answersGzip(): boolean {
    const { compression } = this.#settings.config;
    if (compression !== "auto") return compression === "gzip";
    return acceptsGzip(this.#request.headers.get("accept-encoding"));
  }

  #end(code: string, end: BodyEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#slot.release();
    const { metrics } = this.#context;
    const { path } = this.#kind;
    const outcome = this.#outcome(end);
    metrics.scrapesInFlight.dec();
    metrics.scrapeDuration.observe((performance.now() - this.#startedAt) / 1000);
    metrics.scrapes.with(path, code, outcome).inc();
    reportScrape({ path, outcome, end, outputBytes: this.#stats?.outputBytes ?? 0 });
  }

  #outcome(end: BodyEnd): ScrapeOutcome {
    if (end.outcome === "cancelled") return "cancelled";
    if (end.outcome === "broken") return this.#begun ? "aborted" : "error";
    return this.#stats?.truncatedBy === undefined ? "complete" : "truncated";
  }
}
