import { Coalescer } from "../scrape/coalescer.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { isSeriesRules, type RulesInForce } from "../lines/rules_in_force.ts";
import type { MemoryGuard } from "../scrape/memory_guard.ts";
import type { ScrapeSettings } from "../scrape/scrape_context.ts";
import { Shedding } from "../scrape/shedding.ts";
import { type RouteSettings, shadowParts } from "../scrape/settings.ts";
import { sourceOfTarget } from "../gateway/source_of_target.ts";
import { SubsetSnapshots } from "../lines/subset_snapshots.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { log } from "../telemetry/log.ts";
import type { ScrapeMetrics } from "../telemetry/weir_metrics.ts";
import { type NameLookup, nameLookup } from "../upstream/name_lookup.ts";
import { type UpstreamSource, upstreamSource } from "../upstream/upstream_source.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";

export interface ScrapePartsOptions {
  readonly runtime: Runtime;
  readonly metrics: ScrapeMetrics;
  readonly version: string;
  readonly memory: MemoryGuard | undefined;
}

/**
 * What the scrapes of a route leave for the next ones: a gateway's counters, the subsets' snapshots, answers
 * that are shared. A reload keeps of it what its settings still fit.
 */
export class ScrapeParts {
  readonly #options: ScrapePartsOptions;
  readonly #lookUp: NameLookup;
  readonly #snapshots = new SubsetSnapshots();
  #gateway: { readonly key: string; readonly gateway: Gateway } | undefined;
  #shed: { readonly key: string; readonly shedding: Shedding } | undefined;
  #current: ScrapeSettings | undefined;

  constructor(options: ScrapePartsOptions) {
    this.#options = options;
    this.#lookUp = nameLookup(options.runtime);
  }

  /** Throws before the first `use`. */
  get current(): ScrapeSettings {
    if (this.#current === undefined) throw new Error("no settings are in use");
    return this.#current;
  }

  /** Puts settings in force for the scrapes that begin from now on. */
  async use(settings: RouteSettings): Promise<void> {
    const { config, enforced: { rules, subsets } } = settings;
    this.#snapshots.retain(subsets);
    const minIntervalMs = config.minScrapeIntervalSeconds * 1000;
    const upstream = this.#upstreamOf(settings);
    const gateway = await this.#gatewayFor(settings, upstream);
    const { sharedScrapes, ruleHits, shadow } = this.#options.metrics;
    ruleHits.declare(
      new Map([
        [settings.path, rules?.rules] as const,
        ...[...subsets].map(([name, { rules }]) => [`${settings.path}/${name}`, rules] as const),
      ]),
    );
    shadow.use(shadowParts(settings));
    this.#current = {
      ...settings,
      snapshots: this.#snapshots,
      coalescer: config.coalesce || minIntervalMs > 0
        ? new Coalescer({
          minIntervalMs: () => minIntervalMs,
          onShared: (how) => sharedScrapes.with(how).inc(),
        })
        : undefined,
      upstream,
      gateway,
      shed: this.#sheddingOf(settings),
    };
  }

  /** As it was, where the same rules come to the same series. */
  #sheddingOf(settings: RouteSettings): Shedding | undefined {
    const { path, config: { limits }, shedding } = settings;
    if (shedding === undefined || limits === undefined) this.#shed = undefined;
    else {
      const key = rulesKey(settings);
      if (this.#shed?.key === key) return this.#shed.shedding;
      const { metrics } = this.#options;
      const options = { path, series: limits.series, rules: shedding, metrics };
      this.#shed = { key, shedding: new Shedding(options) };
    }
    return this.#shed?.shedding;
  }

  /** Resolves when nothing is left to be saved. */
  async stop(): Promise<void> {
    await this.#gateway?.gateway.stop();
  }

  #upstreamOf({ config }: RouteSettings): UpstreamSource {
    const { gateway } = config;
    return gateway?.hasManyTargets
      ? sourceOfTarget({ ...this.#options, lookUp: this.#lookUp, config, gateway })
      : upstreamSource(config, this.#options.version);
  }

  /** Until its first bytes, as where no gateway stands between. */
  #timed(upstream: UpstreamSource): UpstreamSource {
    return async (request) => {
      const startedAt = performance.now();
      try {
        return await upstream(request);
      } finally {
        this.#options.metrics.upstreamDuration.observe((performance.now() - startedAt) / 1000);
      }
    };
  }

  async #gatewayFor(
    settings: RouteSettings,
    upstream: UpstreamSource,
  ): Promise<Gateway | undefined> {
    const { config, enforced: { rules, subsets } } = settings;
    if (config.gateway === undefined || !isSeriesRules(rules)) {
      await this.stop();
      this.#gateway = undefined;
      return undefined;
    }
    const key = gatewayKey(settings);
    if (this.#gateway?.key === key) return this.#gateway.gateway;
    await this.stop();
    // Most sidecars have no use for it.
    const { Gateway } = await import("../gateway/gateway.ts");
    const gateway = new Gateway({
      ...this.#options,
      lookUp: this.#lookUp,
      config,
      gateway: config.gateway,
      onlyTarget: config.gateway.hasManyTargets ? undefined : this.#timed(upstream),
      rules,
      subsets,
      snapshots: this.#snapshots,
      checkMemory: () => this.#options.memory?.check(),
    });
    await this.#restore(gateway, config.gateway.stateFile);
    this.#gateway = { key, gateway };
    return gateway;
  }

  /**
   * Throws a ConfigError when nothing can be kept there and Weir has only begun: later, counters that
   * are served without the file are worth more than none.
   */
  async #restore(gateway: Gateway, path: string | undefined): Promise<void> {
    if (path === undefined) return;
    const isStart = this.#current === undefined;
    const { runtime, metrics } = this.#options;
    const { isMisplaced, StateFile } = await import("../gateway/state_file.ts");
    let failure: Error | undefined;
    const state = new StateFile(path, {
      runtime,
      failed: (error) => {
        failure = error;
        metrics.stateSaveFailures.inc();
        log.warn("state file not written", { error: error.message });
      },
    });
    try {
      await gateway.restore(state);
    } catch (error) {
      const message = messageOf(error);
      if (isStart && state.isUnreadable) throw new ConfigError([`state_file: ${message}`]);
      log.error("state file not read: counters begin at zero", { error: message });
    }
    if (!isStart) return;
    await gateway.save();
    if (failure !== undefined && isMisplaced(failure)) {
      throw new ConfigError([`state_file: ${failure.message}`]);
    }
  }
}

/** Equal where the same series are made of the same scrape, whatever is given up of them. */
function rulesKey({ config, rules }: RouteSettings): string {
  const { limits, shed, aggregationRules, aggregationDefaults } = config;
  return JSON.stringify([
    { ...limits, labelValues: [...limits?.labelValues ?? []] },
    { shed, aggregationRules, aggregationDefaults },
    configsOf(rules),
  ], (_, value) => typeof value === "bigint" ? String(value) : value);
}

/** Equal where a gateway's counters mean the same before and after a reload. */
function gatewayKey({ config, enforced: { rules, subsets } }: RouteSettings): string {
  const { upstreams, gateway, scrape, subsetTimestamps } = config;
  const limits = rules?.limits;
  const { aggregationRules, aggregationDefaults } = config;
  return JSON.stringify([
    { upstreams, gateway, scrape, aggregationRules, aggregationDefaults, subsetTimestamps },
    { ...limits, labelValues: [...limits?.labelValues ?? []] },
    configsOf(rules),
    [...subsets].map(([name, rules]) => [name, configsOf(rules)]),
  ], (_, value) => typeof value === "bigint" ? String(value) : value);
}

function configsOf(rules: RulesInForce | undefined) {
  return rules?.rules?.rules.map(({ config }) => config);
}
