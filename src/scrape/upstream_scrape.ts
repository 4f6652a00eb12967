import type { Gateway } from "../gateway/gateway.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { ShedScrape } from "./shedding.ts";
import { SideRun } from "./side_run.ts";
import { TappedScrape } from "./tapped_scrape.ts";
import { type ChunkSource, sourceOfChunks } from "../upstream/chunk_source.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import type { ShadowPolicies } from "../policy/providers/policy_store.ts";
import { bodyFormat, formatName } from "../upstream/negotiate.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import type { UpstreamRequest } from "../upstream/upstream_source.ts";
import { AppendedSource } from "./appended_source.ts";
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
import { type ShadowResult, type ShadowRules, ShadowScrape } from "../lines/shadow_scrape.ts";
import { SubsetScrape } from "../lines/subset_scrape.ts";
import type { SubsetSnapshot } from "../lines/subset_snapshots.ts";
import { log } from "../telemetry/log.ts";
import type { OwnExposition } from "../telemetry/own_exposition.ts";

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

/** Settings under which families of the upstream's that are Weir's own were logged: once is enough. */
const spokenOf = new WeakSet<ScrapeSettings>();

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
  readonly #shadowPolicies: ShadowPolicies | undefined;
  /** Those that are configured, without steps of `limits.shed`. */
  readonly #rules: RuleSet | undefined;
  /** Some rules or limits are in shadow. */
  readonly #shadowsRules: boolean;
  /** What would have become of the scrape; undefined where nothing is in shadow. */
  #shadowScrape: ShadowScrape | undefined;
  /** The same of many targets. */
  #shadowAnswer: ShadowResult | undefined;
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
    const { enforced } = settings;
    this.#rules = enforced.rules?.rules;
    this.#shadowsRules = settings.rules !== enforced.rules;
    this.#settings = this.#shed === undefined
      ? settings
      : { ...settings, enforced: { ...enforced, rules: this.#shed.rules } };
    this.#policies = kind.processed ? context.policies() : undefined;
    this.#shadowPolicies = kind.processed ? context.shadowPolicies?.() : undefined;
    if (this.#isRoutes) context.metrics.shadow.usePolicies(this.#shadowPolicies?.ids);
    this.#rulesHash = context.changes.hashOf(settings.path);
    const listeners = this.#isRoutes ? context.tap?.listenersAt(settings.path) : undefined;
    this.#tapped = listeners && new TappedScrape(listeners, this.#settings, this.#policies);
  }

  /** Asks, and returns the answer as its first bytes allow. Throws what asking throws. */
  async ask(request: ScrapeRequest): Promise<ProcessedResponse> {
    const gateway = this.#gateway;
    this.#wantsBody = request.wantsBody;
    const response = gateway === undefined
      ? await this.#askOne(request)
      : await this.#askAll(gateway, request);
    return this.#appends(request, response)
      ? { ...response, body: this.#withOwn(response) }
      : response;
  }

  /** Whether Weir's own metrics go with the response: with one that has metrics. */
  #appends(request: ScrapeRequest, { status, contentType }: ProcessedResponse): boolean {
    const isWanted = this.#settings.config.selfMetrics === "append" && this.#isRoutes;
    const isExposition = contentType === null || formatName(contentType) !== undefined;
    return isWanted && request.wantsBody && status === 200 && isExposition;
  }

  #withOwn({ body, contentType }: ProcessedResponse): ChunkSource {
    const { metrics, settle } = this.#context;
    const { families, render } = metrics.appended;
    const own: OwnExposition = {
      families,
      render(format, without) {
        settle();
        return render(format, without);
      },
    };
    return new AppendedSource(body, bodyFormat(contentType), own, (families) => {
      if (spokenOf.has(this.#settings)) return;
      spokenOf.add(this.#settings);
      log.warn("own metrics not appended: the upstream has families of these names", {
        path: this.#settings.path,
        families: families.join(" "),
      });
    });
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
    metrics.ruleHits.count(this.#settings.path, this.#rules, this.stats.ruleHits);
    this.#countShadow(end);
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
    const { chunks, contentType, stats, subsets, shadow } = await gateway.scrape({
      ...request,
      policies: this.#policies,
      shadow: this.#shadowRules,
      ...tapped && {
        watched: (body, contentType, target) => tapped.input(body, contentType, target),
        limited: tapped.limited,
      },
    });
    this.stats = stats;
    this.#shadowAnswer = shadow;
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
        this.#wholeRules(contentType),
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

  /** Undefined where nothing is in shadow, and for bodies that no rules are for. */
  get #shadowRules(): ShadowRules | undefined {
    if (!this.#isRoutes) return undefined;
    const { rules } = this.#settings;
    const shadow = this.#shadowPolicies;
    if (!this.#shadowsRules && shadow === undefined) return undefined;
    const policies = shadow === undefined ? this.#policies : shadow.engine;
    return { rules, policies, countsPolicies: shadow !== undefined };
  }

  #scrapeRules(contentType: string | null): ScrapeRules {
    const { config: { scrape }, enforced: { rules } } = this.#settings;
    const { maxLineBytes, maxInputBytes, maxOutputBytes, onLimit, onUnreadable } = scrape;
    const limits = { maxLineBytes, maxInputBytes, maxOutputBytes, onLimit, onUnreadable };
    const { collectGarbage, memory } = this.#context;
    const format = bodyFormat(contentType);
    const checkMemory = memory && (() => memory.check());
    return { policies: this.#policies, rules, format, ...limits, collectGarbage, checkMemory };
  }

  /** The same with what is filled and counted beside the answer. */
  #wholeRules(contentType: string | null): ScrapeRules {
    const own = { ...this.#scrapeRules(contentType), ownsInput: true };
    const subsets = this.#beginSubsets(contentType);
    const shadow = this.#shadowRules;
    if (shadow === undefined) return { ...own, subsets };
    const beside = this.#shadowScrape = new ShadowScrape(shadow, own);
    return { ...own, subsets, beside };
  }

  #beginSubsets(contentType: string | null): readonly SubsetScrape[] {
    const { config, enforced: { subsets } } = this.#settings;
    if (!this.#isRoutes || subsets.size === 0) return this.#subsets;
    const { maxLineBytes, maxOutputBytes, onLimit, onUnreadable } = config.scrape;
    return this.#subsets = [...subsets].map(([name, rules]) =>
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
        collectGarbage: this.#context.collectGarbage,
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

  /** Adds what would have been done: of what was answered whole, as only then both have an end. */
  #countShadow(end: BodyEnd): void {
    const { metrics } = this.#context;
    const shadow = this.#shadowPolicies;
    if (shadow !== undefined) {
      shadow.engine.settle();
      metrics.shadow.countPolicies(shadow);
    }
    const result = this.#shadowAnswer ?? this.#shadowScrape?.result;
    if (result === undefined || end.outcome !== "complete") return;
    const { figures, failure } = result;
    metrics.shadow.count({ figures, answered: this.stats }, this.#settings.rules?.rules);
    if (figures === undefined) {
      const error = failure?.message ?? "the output budget is exceeded";
      log.warn("scrape would have failed without shadow", { path: this.#kind.path, error });
    }
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
    const { metrics } = this.#context;
    const path = `${this.#settings.path}/${name}` as const;
    if (stats.truncatedBy === "output") metrics.truncations.with("output").inc();
    metrics.ruleHits.count(path, this.#settings.enforced.subsets.get(name)?.rules, stats.ruleHits);
    reportStats(path, stats, this.#settings);
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
