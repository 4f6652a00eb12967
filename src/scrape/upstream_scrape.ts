import type { Gateway } from "../gateway/gateway.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { ShedScrape } from "./shedding.ts";
import { SideRun } from "./side_run.ts";
import { TappedScrape } from "./tapped_scrape.ts";
import { type ChunkSource, sourceOfChunks } from "../upstream/chunk_source.ts";
import { bodyFormat } from "../upstream/negotiate.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import type { UpstreamRequest } from "../upstream/upstream_source.ts";
import type { BodyEnd } from "./gathered_body.ts";
import type { LineTap, TapStage } from "./line_tap.ts";
import { ProcessedSource } from "./processed_source.ts";
import {
  hasOneTarget,
  type ScrapeContext,
  type ScrapeKind,
  type ScrapeSettings,
} from "./scrape_context.ts";
import { countScrape, reportStats } from "./scrape_report.ts";
import type { ScrapeRules } from "../lines/scrape_run.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { SubsetScrape } from "../lines/subset_scrape.ts";
import type { SubsetSnapshot } from "../lines/subset_snapshots.ts";
import { log } from "../telemetry/log.ts";

/** What a scrape asks of its upstream, or of all its targets. */
export type ScrapeRequest = UpstreamRequest & {
  readonly wantsBody: boolean;
  /** Tells apart for whom the upstream may answer differently. */
  readonly client: string;
};

/** An answer on its way, before it is compressed for one client. */
export interface ProcessedResponse {
  readonly status: number;
  readonly contentType: string | null;
  readonly headers?: Headers;
  readonly body: ChunkSource;
}

/** One request to the upstream, or one round of all targets: from the first byte to the last. */
export class UpstreamScrape {
  stats = new ScrapeStats();
  readonly #context: ScrapeContext;
  readonly #settings: ScrapeSettings;
  readonly #kind: ScrapeKind;
  readonly #startedAt = performance.now();
  readonly #startedAtMs = Date.now();
  /** The policies that this scrape began with. */
  readonly #policies: PolicyEngine | undefined;
  /** How it is taken where there may be too many series. */
  readonly #shed: ShedScrape | undefined;
  /** What was counted of it without the last step of `limits.shed`, once that is known. */
  #trial: ScrapeStats | undefined;
  /** Set where somebody listens to what becomes of this scrape. */
  readonly #tapped: TappedScrape | undefined;
  /** Of what is in force as it begins. */
  readonly #rulesHash: string | undefined;
  #subsets: readonly SubsetScrape[] = [];
  #client = "";
  #wantsBody = true;
  /** What was counted of each subset that has ended. */
  #subsetStats: ReadonlyMap<string, ScrapeStats> = new Map();
  #ended = false;

  constructor(context: ScrapeContext, settings: ScrapeSettings, kind: ScrapeKind) {
    this.#context = context;
    this.#kind = kind;
    this.#shed = kind.path === settings.path ? settings.shed?.now : undefined;
    this.#settings = this.#shed ? { ...settings, rules: this.#shed.rules } : settings;
    this.#policies = kind.processed ? context.policies() : undefined;
    this.#rulesHash = context.changes.hashOf(settings.path);
    const listeners = this.#isRoutes ? context.tap?.listenersAt(settings.path) : undefined;
    this.#tapped = listeners && new TappedScrape(listeners, this.#settings, this.#policies);
  }

  /** Asks, and returns the answer as its first bytes allow. Throws what asking throws. */
  async ask(request: ScrapeRequest): Promise<ProcessedResponse> {
    const gateway = this.#gateway;
    this.#wantsBody = request.wantsBody;
    return gateway === undefined
      ? await this.#askOne(request)
      : await this.#askAll(gateway, request);
  }

  /** Counts what was processed, once. `begun`: a failure came behind the first byte. */
  end(end: BodyEnd, begun: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#policies?.settle();
    if (!this.#kind.processed) return this.#countBreak(end, begun);
    if (end.outcome === "complete") this.#replaceSnapshots();
    this.#showSubsets(end);
    const { metrics } = this.#context;
    countScrape(metrics, this.stats);
    if (this.#policies !== undefined) {
      metrics.edge?.policed(this.stats.inputSamples, this.stats.droppedByPolicy);
    }
    this.#countBreak(end, begun);
    reportStats(this.#kind.path, this.stats, this.#settings);
    for (const [name, stats] of this.#subsetStats) this.#reportSubset(name, stats);
    this.#note(end, begun);
    this.#noteSeries(end);
    if (this.#shed !== undefined) {
      this.#settings.shed?.ended(this.#shed, this.stats, this.#trial);
    }
  }

  /** Notes that the upstream could not be asked. */
  failed(error: UpstreamError): void {
    if (!this.#isScrape) return;
    const { metrics } = this.#context;
    metrics.upstreamUp.with().set(0);
    // A gateway counts its targets one by one.
    if (this.#gateway === undefined) metrics.upstreamErrors.with(error.reason).inc();
  }

  get #tap(): LineTap | undefined {
    return this.#settings.config.tapEnabled ? this.#context.tap : undefined;
  }

  /** Whether this is what the route's path answers with. */
  get #isRoutes(): boolean {
    return this.#kind.path === this.#settings.path;
  }

  /** Undefined where the bytes of one upstream pass as they are, too. */
  get #gateway(): Gateway | undefined {
    return this.#isRoutes ? this.#settings.gateway : undefined;
  }

  async #askAll(
    gateway: Gateway,
    request: ScrapeRequest,
  ): Promise<ProcessedResponse> {
    const tapped = this.#tapped;
    const { chunks, contentType, stats, subsets } = await gateway.scrape({
      ...request,
      policies: this.#policies,
      ...tapped && {
        watched: (body, contentType, target) => tapped.input(body, contentType, target),
        limited: tapped.limited,
      },
    });
    this.stats = stats;
    this.#subsetStats = subsets;
    this.#context.metrics.upstreamUp.with().set(1);
    const body = sourceOfChunks(chunks);
    return { status: 200, contentType, body: tapped?.output(body, contentType) ?? body };
  }

  async #askOne(request: ScrapeRequest): Promise<ProcessedResponse> {
    const { metrics } = this.#context;
    this.#client = request.client;
    let upstream;
    try {
      upstream = await this.#settings.upstream(request);
    } finally {
      metrics.upstreamDuration.observe((performance.now() - this.#startedAt) / 1000);
    }
    if (this.#isScrape) {
      const isUp = upstream.status === 200;
      metrics.upstreamUp.with().set(isUp ? 1 : 0);
      if (!isUp) metrics.upstreamErrors.with("status").inc();
    }
    const { url } = this.#settings.config.upstreams[0];
    const { contentType } = upstream;
    const watched = (stage: TapStage, source: ChunkSource) =>
      this.#tap?.watched(stage, source, bodyFormat(contentType)) ?? source;
    const { status, headers } = upstream;
    if (!this.#kind.processed || !request.wantsBody) {
      return { status, contentType, headers, body: upstream.body };
    }
    const tapped = this.#tapped;
    const source = this.#tried(watched("pre", upstream.body), contentType);
    const processed = watched(
      "post",
      new ProcessedSource(
        tapped?.input(source, contentType) ?? source,
        {
          ...this.#scrapeRules(contentType),
          subsets: this.#beginSubsets(contentType),
          ownsInput: true,
        },
        this.stats,
        ({ message }) => new UpstreamError("protocol", 502, url, message),
      ),
    );
    const body = tapped?.output(processed, contentType) ?? processed;
    return { status, contentType, headers, body };
  }

  /** The same body, of which the series are counted that it would come to without the last step. */
  #tried(body: ChunkSource, contentType: string | null): ChunkSource {
    const { count = 0, trial } = this.#shed ?? {};
    this.stats.shedSteps = count;
    if (trial === undefined) return body;
    const stats = new ScrapeStats();
    const rules = { ...this.#scrapeRules(contentType), rules: trial, countsPolicies: false };
    const ended = (isWhole: boolean) => {
      if (isWhole && stats.truncatedBy === undefined) this.#trial = stats;
    };
    return new SideRun({ rules, stats, wantsOutput: true, ended }).watched(body);
  }

  /**
   * False where any page of the upstream is handed on, or one target's of many: that says nothing of
   * the metrics.
   */
  get #isScrape(): boolean {
    if (!hasOneTarget(this.#settings)) return this.#kind.processed;
    return this.#isRoutes || this.#kind.path === "/source";
  }

  #scrapeRules(contentType: string | null): ScrapeRules {
    const { config: { scrape }, rules } = this.#settings;
    const { maxLineBytes, maxInputBytes, maxOutputBytes, onLimit, onUnreadable } = scrape;
    const limits = { maxLineBytes, maxInputBytes, maxOutputBytes, onLimit, onUnreadable };
    const { collectGarbage } = this.#context;
    const format = bodyFormat(contentType);
    return { policies: this.#policies, rules, format, ...limits, collectGarbage };
  }

  #beginSubsets(contentType: string | null): readonly SubsetScrape[] {
    const { config, subsets } = this.#settings;
    const { maxLineBytes, maxOutputBytes, onLimit, onUnreadable } = config.scrape;
    const named = this.#isRoutes ? subsets : [];
    return this.#subsets = [...named].map(([name, rules]) =>
      new SubsetScrape({
        name,
        rules,
        policies: this.#policies,
        format: bodyFormat(contentType),
        contentType,
        maxLineBytes,
        maxOutputBytes,
        onLimit,
        onUnreadable,
        scrapedAtMs: this.#startedAtMs,
        timestamps: config.subsetTimestamps,
      })
    );
  }

  /** The response was whole: what its subsets made of it is what they answer with from now on. */
  #replaceSnapshots(): void {
    if (this.#subsets.length === 0) return;
    const snapshots = new Map<string, SubsetSnapshot>();
    for (const { name, snapshot, error } of this.#subsets) {
      if (snapshot !== undefined) snapshots.set(name, snapshot);
      if (error !== undefined) {
        log.warn("subset not filled", { subset: name, error: error.message });
      }
    }
    this.#settings.snapshots.replace(snapshots, this.#client);
    this.#subsetStats = new Map(this.#subsets.map(({ name, stats }) => [name, stats]));
  }

  #noteSeries({ outcome }: BodyEnd): void {
    const { truncatedBy, outputSamples } = this.stats;
    if (!this.#isRoutes || outcome !== "complete" || truncatedBy !== undefined) return;
    this.#context.changes.scraped(this.#settings.path, this.#rulesHash, outputSamples);
  }

  #showSubsets({ outcome }: BodyEnd): void {
    if (this.#tapped === undefined || outcome !== "complete") return;
    for (const name of this.#subsetStats.keys()) {
      const snapshot = this.#settings.snapshots.get(name, this.#client);
      if (snapshot !== undefined) void this.#tapped.subset(name, snapshot);
    }
  }

  /** A cut of the input is the scrape's own; one of the output is counted for each that is cut. */
  #reportSubset(name: string, stats: ScrapeStats): void {
    if (stats.truncatedBy === "output") this.#context.metrics.truncations.with("output").inc();
    reportStats(`${this.#settings.path}/${name}`, stats, this.#settings);
  }

  /** What `/-/status` and the page say of the last scrape. Of one whose client left nothing is known. */
  #note(end: BodyEnd, begun: boolean): void {
    if (!this.#isRoutes) return;
    const { path } = this.#settings;
    const { lastScrapes } = this.#context;
    if (end.outcome === "cancelled") {
      if (this.#wantsBody) lastScrapes.left(path);
      return;
    }
    const failure = end.outcome === "broken" ? end.error : undefined;
    const durationSeconds = (performance.now() - this.#startedAt) / 1000;
    const status = failure === undefined || begun
      ? 200
      : failure instanceof UpstreamError
      ? failure.status
      : 502;
    lastScrapes.note(path, { stats: this.stats, durationSeconds, status, failure });
    for (const [name, stats] of this.#subsetStats) {
      const { error } = this.#subsets.find((subset) => subset.name === name) ?? {};
      lastScrapes.note(`${path}/${name}`, { stats, durationSeconds, status, failure: error });
    }
  }

  /** The upstream failed behind its first byte. */
  #countBreak(end: BodyEnd, begun: boolean): void {
    if (!begun || end.outcome !== "broken" || !(end.error instanceof UpstreamError)) return;
    if (!this.#isScrape) return;
    this.#context.metrics.upstreamUp.with().set(0);
    this.#context.metrics.upstreamErrors.with(end.error.reason).inc();
  }
}
