import type { Config } from "../config/config.ts";
import type { RulesInForce } from "./rules_in_force.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { log } from "../telemetry/log.ts";
import type { ScrapeOutcome, ScrapePath, WeirMetrics } from "../telemetry/weir_metrics.ts";
import { scrapeBudgetSeconds } from "../upstream/deadline.ts";
import type { UpstreamResponse } from "../upstream/get.ts";
import type { UpstreamRequest, UpstreamSource } from "../upstream/upstream_source.ts";
import { acceptsGzip, isOpenMetrics, upstreamAccept } from "../upstream/negotiate.ts";
import { classifyFailure, UpstreamError } from "../upstream/upstream_error.ts";
import { absoluteUrl } from "./absolute_url.ts";
import { gzipStream } from "./gzip_stream.ts";
import { type BodyEnd, peekedBody } from "./scrape_body.ts";
import { countScrape, reportScrape } from "./scrape_report.ts";
import { AggregationError } from "./series_lines.ts";
import { ScrapeStats } from "./scrape_stats.ts";
import { scrapeTransform } from "./scrape_transform.ts";

/** What scrapes share. */
export interface ScrapeContext {
  readonly metrics: WeirMetrics;
  /** What is in force; a scrape keeps what it began with. */
  readonly settings: () => ScrapeSettings;
  /** The policies in force; a scrape keeps those that it began with. */
  readonly policies: () => PolicyEngine | undefined;
}

export interface ScrapeSettings {
  readonly config: Config;
  readonly rules: RulesInForce | undefined;
  readonly upstream: UpstreamSource;
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
  const { config } = run.settings;
  try {
    const url = new URL(absoluteUrl(request.url));
    const upstream = await run.ask({
      // `/source` is Weir's own name for what the upstream serves as its metrics.
      path: kind.path === "/source" ? "/metrics" : url.pathname,
      query: url.search,
      passthrough: kind.path === "passthrough",
      accept: acceptFor(request, kind),
      budgetSeconds: scrapeBudgetSeconds(
        request.headers.get("x-prometheus-scrape-timeout-seconds"),
        config.scrape.offsetSeconds,
        config.scrape.timeoutSeconds,
      ),
      signal: request.signal,
    });
    return await run.respond(request, upstream);
  } catch (error) {
    if (request.signal.aborted) return run.cancelled();
    if (error instanceof AggregationError) return run.refuse(error, 502);
    return run.fail(classifyFailure(config.upstream.url, error));
  }
}

/** Counted where no status was sent any more; nginx writes it to its log. */
const CLIENT_LEFT = "499";

function acceptFor(request: Request, kind: ScrapeKind): string {
  const accept = request.headers.get("accept");
  return kind.path === "passthrough" ? accept ?? "*/*" : upstreamAccept(accept);
}

/** Fetch's "null body status". */
const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The bookkeeping of one scrape, from its arrival to the last byte. */
class ScrapeRun {
  readonly settings: ScrapeSettings;
  readonly #context: ScrapeContext;
  readonly #kind: ScrapeKind;
  readonly #stats = new ScrapeStats();
  readonly #startedAt = performance.now();
  /** The policies that this scrape began with. */
  readonly #policies: PolicyEngine | undefined;
  /** The answer is on its way: a failure can no longer become a status. */
  #begun = false;
  #ended = false;

  constructor(context: ScrapeContext, kind: ScrapeKind) {
    this.#context = context;
    this.settings = context.settings();
    this.#kind = kind;
    this.#policies = kind.processed ? context.policies() : undefined;
    context.metrics.scrapesInFlight.inc();
  }

  async ask(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { metrics } = this.#context;
    try {
      return await this.settings.upstream(request);
    } finally {
      metrics.upstreamDuration.observe((performance.now() - this.#startedAt) / 1000);
    }
  }

  async respond(request: Request, upstream: UpstreamResponse): Promise<Response> {
    const { status } = upstream;
    if (this.#isScrape) this.#context.metrics.upstreamUp.with().set(1);
    const headers = new Headers({ vary: "Accept, Accept-Encoding" });
    if (upstream.contentType !== null) headers.set("content-type", upstream.contentType);
    const hasBody = !STATUSES_WITHOUT_BODY.has(status);
    const gzip = hasBody && this.#answersGzip(request);
    if (gzip) headers.set("content-encoding", "gzip");
    if (request.method === "HEAD" || !hasBody) {
      await upstream.body.cancel();
      this.#end(String(status), { outcome: "complete" });
      return new Response(null, { status, headers });
    }
    const processed = this.#kind.processed
      ? upstream.body.pipeThrough(this.#transform(upstream.contentType))
      : upstream.body;
    const body = await peekedBody(
      processed,
      () => this.#broken(),
      (end) => this.#end(String(status), end),
    );
    this.#begun = true;
    return new Response(gzip ? await gzipStream(body) : body, { status, headers });
  }

  /** The client left before its answer began: nobody reads this one, and the upstream did nothing. */
  cancelled(): Response {
    this.#end(CLIENT_LEFT, { outcome: "cancelled" });
    return new Response(null, { status: Number(CLIENT_LEFT) });
  }

  /** The answer to a scrape that failed before its first byte. */
  fail(error: UpstreamError): Response {
    const { metrics } = this.#context;
    if (this.#isScrape) {
      metrics.upstreamUp.with().set(0);
      metrics.upstreamErrors.with(error.reason).inc();
    }
    return this.refuse(error, error.status);
  }

  /** The answer where a line of text says what is wrong. */
  refuse(error: Error, status: number): Response {
    log.warn("scrape failed", { path: this.#kind.path, status, error: error.message });
    this.#end(String(status), { outcome: "broken", error });
    return new Response(`${error.message}\n`, {
      status,
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  }

  /** False where any page of the upstream is handed on: that says nothing of its metrics. */
  get #isScrape(): boolean {
    return this.#kind.path !== "passthrough";
  }

  #transform(contentType: string | null) {
    const { scrape } = this.settings.config;
    return scrapeTransform({
      policies: this.#policies,
      rules: this.settings.rules,
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
    const { compression } = this.settings.config;
    if (compression !== "auto") return compression === "gzip";
    return acceptsGzip(request.headers.get("accept-encoding"));
  }

  #end(code: string, end: BodyEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    const { metrics } = this.#context;
    metrics.scrapesInFlight.dec();
    metrics.scrapeDuration.observe((performance.now() - this.#startedAt) / 1000);
    metrics.scrapes.with(this.#kind.path, code, this.#outcome(end)).inc();
    this.#policies?.settle();
    if (this.#kind.processed) countScrape(metrics, this.#stats);
    if (this.#begun && end.outcome === "broken") this.#countBreak(end.error);
    reportScrape(
      { path: this.#kind.path, outcome: this.#outcome(end), end },
      this.#stats,
      this.settings,
    );
  }

  /** The upstream failed behind its first byte. */
  #countBreak(error: unknown): void {
    if (!this.#isScrape || !(error instanceof UpstreamError)) return;
    this.#context.metrics.upstreamUp.with().set(0);
    this.#context.metrics.upstreamErrors.with(error.reason).inc();
  }

  #outcome(end: BodyEnd): ScrapeOutcome {
    if (end.outcome === "cancelled") return "cancelled";
    if (end.outcome === "broken") return this.#begun ? "aborted" : "error";
    return this.#stats.truncatedBy === undefined ? "complete" : "truncated";
  }
}
