import { log } from "../telemetry/log.ts";
import type { PolicyState, WeirMetrics } from "../telemetry/weir_metrics.ts";
import type { PolicyEntry } from "./policy_document.ts";
import { PolicyCounters } from "./policy_counters.ts";
import { PolicyEngine } from "./policy_engine.ts";
import { PolicySet } from "./policy_set.ts";
import type { PolicySpec } from "./policy_spec.ts";
import type { PolicyProvider, ProviderSink } from "./providers/policy_provider.ts";
import { loadRegexLibrary } from "./regex.ts";
import type { ResourceAttributes } from "./resource_attributes.ts";

type PolicyMetrics = Pick<
  WeirMetrics,
  | "declarePolicies"
  | "declareProvider"
  | "policies"
  | "policyHits"
  | "policyLoaded"
  | "policyMisses"
>;

interface Source {
  readonly provider: PolicyProvider;
  /** The last good load; undefined before it. */
  entries: readonly PolicyEntry[] | undefined;
  /** The first load has ended, well or badly. */
  tried: boolean;
  failure: string | undefined;
  readonly firstLoad: PromiseWithResolvers<void>;
}

/**
 * The policies in force: the last good set of each provider, put together in the providers' order.
 * A change is compiled whole and swapped in at once; scrapes keep the engine that they began with.
 */
export class PolicyStore {
  readonly counters = new PolicyCounters();
  readonly #resource: ResourceAttributes;
  readonly #metrics: PolicyMetrics;
  readonly #sources: Source[] = [];
  #engine: PolicyEngine | undefined;
  #rebuilding: Promise<void> = Promise.resolve();

  constructor(resource: ResourceAttributes, metrics: PolicyMetrics) {
    this.#resource = resource;
    this.#metrics = metrics;
  }

  /**
   * Adds a provider behind those that are there and starts it. The promise resolves when its first
   * load has ended, well or badly.
   */
  add(provider: PolicyProvider): Promise<void> {
    const source: Source = {
      provider,
      entries: undefined,
      tried: false,
      failure: undefined,
      firstLoad: Promise.withResolvers(),
    };
    this.#sources.push(source);
    this.#metrics.declareProvider(provider.id);
    provider.start(this.#sink(source));
    return source.firstLoad.promise;
  }

  /** The engine for a scrape that begins now; undefined when no policy is in force. */
  current(): PolicyEngine | undefined {
    return this.#engine;
  }

  /** True once every provider's first load has ended. */
  get ready(): boolean {
    return this.#sources.every((source) => source.tried);
  }

  /** One sentence a provider that has failed since its last good load. */
  get failures(): string[] {
    return this.#sources.flatMap(({ provider, failure }) =>
      failure === undefined ? [] : [`policy provider ${provider.id}: ${failure}`]
    );
  }

  /** Brings hits and misses up to date, in the counters and in the metrics. */
  settle(): void {
    this.#engine?.settle();
    for (const [id, counter] of this.counters.entries()) {
      const hits = this.#metrics.policyHits.with(id);
      hits.inc(counter.hits - hits.value);
      const misses = this.#metrics.policyMisses.with(id);
      misses.inc(counter.misses - misses.value);
    }
  }

  async reload(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.provider.reload()));
  }

  stop(): void {
    for (const source of this.#sources) source.provider.stop();
  }

  #sink(source: Source): ProviderSink {
    const { id } = source.provider;
    const tried = () => {
      source.tried = true;
      source.firstLoad.resolve();
    };
    const succeeded = () => {
      tried();
      source.failure = undefined;
      this.#metrics.policyLoaded(id, true);
    };
    return {
      loaded: async (entries) => {
        source.entries = entries;
        reportEntries(id, entries);
        await this.#rebuild();
        succeeded();
      },
      unchanged: succeeded,
      failed: (reason) => {
        tried();
        this.#metrics.policyLoaded(id, false);
        if (source.failure === reason) return;
        source.failure = reason;
        const kept = source.entries === undefined ? "none" : "the last good ones";
        log.error("loading policies failed", { provider: id, error: reason, in_force: kept });
      },
    };
  }

  /** One after the other, so that an older set never replaces a newer one. */
  #rebuild(): Promise<void> {
    this.#rebuilding = this.#rebuilding.catch(() => {}).then(() => this.#build());
    return this.#rebuilding;
  }

  async #build(): Promise<void> {
    const entries = this.#merged();
    const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
    const needsRegex = specs.some(hasPattern);
    const library = needsRegex ? await loadRegexLibrary() : undefined;
    this.settle();
    const ids = specs.map((spec) => spec.id);
    const set = new PolicySet(specs, library, this.counters);
    this.#engine = specs.length === 0 ? undefined : new PolicyEngine(set, this.#resource);
    this.#metrics.declarePolicies(ids);
    for (const state of STATES) {
      const count = entries.filter((entry) => entry.state === state).length;
      this.#metrics.policies.with(state).set(count);
    }
    log.info("policies in force", { policies: specs.length });
  }

  /** All providers' entries; of policies with the same id only the first. */
  #merged(): PolicyEntry[] {
    const seen = new Map<string, string>();
    const merged: PolicyEntry[] = [];
    for (const { provider, entries } of this.#sources) {
      for (const entry of entries ?? []) {
        const id = idOf(entry);
        const owner = id === "" ? undefined : seen.get(id);
        if (owner === undefined) {
          seen.set(id, provider.id);
          merged.push(entry);
        } else {
          log.warn("duplicate policy id", { policy: id, provider: provider.id, in_force: owner });
        }
      }
    }
    return merged;
  }
}

const STATES: readonly PolicyState[] = ["active", "disabled", "invalid", "other_signal"];

function hasPattern(spec: PolicySpec): boolean {
  return spec.matchers.some((matcher) => matcher.match.kind === "regex");
}

function idOf(entry: PolicyEntry): string {
  return entry.state === "active" ? entry.spec.id : entry.id;
}

function reportEntries(provider: string, entries: readonly PolicyEntry[]): void {
  for (const entry of entries) {
    if (entry.state !== "invalid") continue;
    log.warn("policy is not in force", {
      provider,
      policy: entry.id,
      errors: entry.errors.join("; "),
    });
  }
}
