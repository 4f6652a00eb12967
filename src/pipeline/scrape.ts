import type { Config } from "../config/config.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { log } from "../telemetry/log.ts";
import type { ScrapePath, WeirMetrics } from "../telemetry/weir_metrics.ts";
import { scrapeBudgetSeconds } from "../upstream/deadline.ts";
import type { UpstreamResponse } from "../upstream/get.ts";
import type { UpstreamRequest, UpstreamSource } from "../upstream/upstream_source.ts";
import { acceptsGzip, isOpenMetrics, upstreamAccept } from "../upstream/negotiate.ts";
import { classifyFailure, UpstreamError } from "../upstream/upstream_error.ts";
import { gzipStream } from "./gzip_stream.ts";
import { type BodyEnd, peekedBody } from "./scrape_body.ts";
import { ScrapeStats } from "./scrape_stats.ts";
import { scrapeTransform } from "./scrape_transform.ts";

/** What scrapes share. */
export interface ScrapeContext {
  readonly config: Config;
  readonly metrics: WeirMetrics;
  readonly upstream: UpstreamSource;
  /** The policies in force; a scrape keeps those that it began with. */
  readonly policies: () => PolicyEngine | undefined;
}

/** What is done with the upstream's body. */
export interface ScrapeKind {
  readonly path: ScrapePath;
  /** False: the bytes pass as they are, without budgets or policies. */
  readonly processed: boolean;
}

/** One scrape: asks the upstream and answers with its processed response, or with what failed. */
export async function runScrape(
  context: ScrapeContext,
  request: Request,
  kind: ScrapeKind,
): Promise<Response> {
  const run = new ScrapeRun(context, kind);
  try {
    const url = new URL(request.url);
    const upstream = await run.ask({
      // `/source` is Weir's own name for what the upstream serves as its metrics.
      path: kind.path === "/source" ? "/metrics" : url.pathname,
      query: url.search,
      passthrough: kind.path === "passthrough",
      accept: acceptFor(request, kind),
      budgetSeconds: scrapeBudgetSeconds(
        request.headers.get("x-prometheus-scrape-timeout-seconds"),
        context.config.scrape.offsetSeconds,
        context.config.scrape.timeoutSeconds,
      ),
      signal: request.signal,
    });
    return await run.respond(request, upstream);
  } catch (error) {
    if (request.signal.aborted) return run.cancelled();
    return run.fail(classifyFailure(context.config.upstream.url, error));
  }
}

/** Counted where no status was sent any more; nginx writes it to its log. */
const CLIENT_LEFT = "499";

function acceptFor(request: Request, kind: ScrapeKind): string {
  const accept = request.headers.get("accept");
  return kind.path === "passthrough" ? accept ?? "*/*" : upstreamAccept(accept);
}

/** The bookkeeping of one scrape, from its arrival to the last byte. */
class ScrapeRun {
  readonly #context: ScrapeContext;
  readonly #kind: ScrapeKind;
  readonly #stats = new ScrapeStats();
  readonly #startedAt = performance.now();
  /** The policies that this scrape began with. */
  readonly #policies: PolicyEngine | undefined;
  #ended = false;

  constructor(context: ScrapeContext, kind: ScrapeKind) {
    this.#context = context;
    this.#kind = kind;
    this.#policies = kind.processed ? context.policies() : undefined;
    context.metrics.scrapesInFlight.inc();
  }

  async ask(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { metrics, upstream } = this.#context;
    try {
      return await upstream(request);
    } finally {
      metrics.upstreamDuration.observe((performance.now() - this.#startedAt) / 1000);
    }
  }

  async respond(request: Request, upstream: UpstreamResponse): Promise<Response> {
    this.#context.metrics.upstreamUp.with().set(1);
    const headers = new Headers({ vary: "Accept, Accept-Encoding" });
    if (upstream.contentType !== null) headers.set("content-type", upstream.contentType);
    const gzip = this.#answersGzip(request);
    if (gzip) headers.set("content-encoding", "gzip");
    if (request.method === "HEAD") {
      await upstream.body.cancel();
      this.#end("200", { outcome: "complete" });
      return new Response(null, { headers });
    }
    const processed = this.#kind.processed
      ? upstream.body.pipeThrough(this.#transform(upstream.contentType))
      : upstream.body;
    const body = await peekedBody(
      processed,
      () => this.#broken(),
      (end) => this.#end("200", end),
    );
    return new Response(gzip ? await gzipStream(body) : body, { headers });
  }

  /** The client left before its answer began: nobody reads this one, and the upstream did nothing. */
  cancelled(): Response {
    this.#end(CLIENT_LEFT, { outcome: "cancelled" });
    return new Response(null, { status: Number(CLIENT_LEFT) });
  }

  /** The answer to a scrape that failed before its first byte. */
  fail(error: UpstreamError): Response {
    const { metrics } = this.#context;
    metrics.upstreamUp.with().set(0);
    metrics.upstreamErrors.with(error.reason).inc();
    log.warn("scrape failed", {
      path: this.#kind.path,
      status: error.status,
      error: error.message,
    });
    this.#end(String(error.status), { outcome: "broken", error });
    return new Response(`${error.message}\n`, {
      status: error.status,
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  }

  #transform(contentType: string | null) {
    const { scrape } = this.#context.config;
    return scrapeTransform({
      policies: this.#policies,
      openMetrics: isOpenMetrics(contentType),
      maxLineBytes: scrape.maxLineBytes,
      maxInputBytes: scrape.maxInputBytes,
      maxOutputBytes: scrape.maxOutputBytes,
      onLimit: scrape.onLimit,
    }, this.#stats);
  }

  #broken(): Error | undefined {
    return this.#stats.broken
      ? new Error(`the ${this.#stats.truncatedBy} budget is exceeded`)
      : undefined;
  }

  #answersGzip(request: Request): boolean {
    const { compression } = this.#context.config;
    if (compression !== "auto") return compression === "gzip";
    return acceptsGzip(request.headers.get("accept-encoding"));
  }

  #end(code: string, end: BodyEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    const { metrics } = this.#context;
    metrics.scrapesInFlight.dec();
    metrics.scrapeDuration.observe((performance.now() - this.#startedAt) / 1000);
    metrics.scrapes.with(this.#kind.path, code, this.#outcome(code, end)).inc();
    this.#policies?.settle();
    if (this.#kind.processed) this.#count();
    this.#report(code, end);
  }

  #outcome(code: string, end: BodyEnd) {
    if (end.outcome === "cancelled") return "cancelled";
    if (code !== "200") return "error";
    if (end.outcome === "broken") return "aborted";
    return this.#stats.truncatedBy === undefined ? "complete" : "truncated";
  }

  #count(): void {
    const { metrics } = this.#context;
    const stats = this.#stats;
    metrics.inputBytes.inc(stats.inputBytes);
    metrics.outputBytes.inc(stats.outputBytes);
    metrics.inputSamples.inc(stats.inputSamples);
    metrics.outputSamples.inc(stats.outputSamples);
    metrics.droppedSamples.with("policy").inc(stats.droppedByPolicy);
    metrics.passedThroughLines.with("overlong").inc(stats.overlongLines);
    metrics.passedThroughLines.with("unparseable").inc(stats.unparseableLines);
    metrics.passedThroughLines.with("evaluation_error").inc(stats.failedEvaluations);
    if (stats.truncatedBy !== undefined) metrics.truncations.with(stats.truncatedBy).inc();
  }

  /** At most one line a scrape for each thing that an operator should know. */
  #report(code: string, end: BodyEnd): void {
    const stats = this.#stats;
    const { path } = this.#kind;
    if (stats.truncatedBy !== undefined) {
      log.warn("scrape truncated", truncation(stats, this.#context));
    } else if (end.outcome === "broken" && code === "200") {
      const error = end.error instanceof UpstreamError ? end.error.message : String(end.error);
      this.#context.metrics.upstreamUp.with().set(0);
      if (end.error instanceof UpstreamError) {
        this.#context.metrics.upstreamErrors.with(end.error.reason).inc();
      }
      log.warn("scrape broken off", { path, error, bytes: stats.outputBytes });
    }
    const { overlongLines, unparseableLines, failedEvaluations } = stats;
    if (overlongLines + unparseableLines + failedEvaluations > 0) {
      log.warn("lines passed unfiltered", {
        path,
        overlong: overlongLines,
        unparseable: unparseableLines,
        evaluation_error: failedEvaluations,
      });
    }
    log.debug("scrape ended", {
      path,
      outcome: this.#outcome(code, end),
      input_bytes: stats.inputBytes,
      output_bytes: stats.outputBytes,
      dropped_samples: stats.droppedByPolicy,
    });
  }
}

function truncation(stats: ScrapeStats, { config }: ScrapeContext) {
  return {
    limit: stats.truncatedBy,
    limit_bytes: stats.truncatedBy === "input"
      ? config.scrape.maxInputBytes
      : config.scrape.maxOutputBytes,
    on_limit: config.scrape.onLimit,
    broken: stats.broken,
    input_bytes: stats.inputBytes,
    input_lines: stats.inputLines,
    output_bytes: stats.outputBytes,
    output_lines: stats.outputLines,
  };
}
