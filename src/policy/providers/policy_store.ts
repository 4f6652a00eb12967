import { FORGOTTEN_POLICY_MS } from "../../bounds.ts";
import { log } from "../../telemetry/log.ts";
import type { PolicyState, WeirMetrics } from "../../telemetry/weir_metrics.ts";
import { buildEngine } from "../build_engine.ts";
import { mergeEntries, type ProviderEntries } from "../merge_entries.ts";
import { type PolicyEntry, policyErrors } from "../policy_document.ts";
import { isEnforced, type RolloutMode } from "../../rollout/rollout_mode.ts";
import { type RolloutPart, rolloutParts } from "../../rollout/rollout_part.ts";
import { PolicyCounters } from "../policy_counters.ts";
import type { PolicyEngine } from "../policy_engine.ts";
import type { PolicyProvider, ProviderSink } from "./policy_provider.ts";
import type { ResourceAttributes } from "../resource_attributes.ts";

type PolicyMetrics = Pick<
  WeirMetrics,
  | "declarePolicies"
  | "declareProvider"
  | "modes"
  | "policies"
  | "policyHits"
  | "policyLoaded"
  | "policyMisses"
>;

export interface ConfiguredProvider {
  /** Equal for providers that are configured alike, but for `mode`. */
  readonly key: string;
  /** Of its policies that have none of their own; undefined: they are enforced. */
  readonly mode?: RolloutMode;
  readonly create: () => PolicyProvider;
}

/** What is in force for the scrapes of one resource; it changes with what the providers load. */
export interface ChosenPolicies {
  /** Ids of the providers whose policies these are; undefined: all. A change waits for the next `use`. */
  providers: readonly string[] | undefined;
  /** For a scrape that begins now; undefined when no policy is in force. */
  readonly engine: PolicyEngine | undefined;
  /** Undefined where no policy is in shadow. */
  readonly shadow: ShadowPolicies | undefined;
  /** The policies of that engine, those in shadow, and those that are not in force. */
  readonly entries: readonly PolicyEntry[];
}

/** How a provider's policies came to be in force, or did not. */
export interface ProviderState {
  readonly id: string;
  /** `stale`: the last load failed, and those of the last good one are in force. */
  readonly state: "loading" | "loaded" | "stale" | "failed";
  /** Of the last good load: milliseconds since the Unix epoch. */
  readonly loadedAtMs: number | undefined;
  /** Of it that are active. */
  readonly policies: number;
  /** Of it that are not in force for what is wrong with them: `id: what`. */
  readonly invalid: readonly string[];
  readonly failure: string | undefined;
}

/** All policies as if none was in shadow. What they do is told apart from what is done. */
export interface ShadowPolicies {
  readonly engine: PolicyEngine;
  readonly counters: PolicyCounters;
  /** Of those that are in shadow, and drop samples. */
  readonly ids: readonly string[];
}

interface Choice extends ChosenPolicies {
  readonly resource: ResourceAttributes;
  engine: PolicyEngine | undefined;
  shadow: ShadowPolicies | undefined;
  /** What those in shadow count into. */
  readonly shadowCounters: PolicyCounters;
  entries: readonly PolicyEntry[];
}

interface Source {
  readonly key: string;
  mode: RolloutMode | undefined;
  readonly provider: PolicyProvider;
  /** The last good load; undefined before it. */
  entries: readonly PolicyEntry[] | undefined;
  /** The first load has ended, well or badly. */
  tried: boolean;
  failure: string | undefined;
  loadedAtMs: number | undefined;
  readonly firstLoad: PromiseWithResolvers<void>;
}

/**
 * The policies in force: the last good set of each provider, put together in the providers' order.
 * A change is compiled whole and swapped in at once; scrapes keep the engine that they began with.
 */
export class PolicyStore {
  readonly counters = new PolicyCounters();
  readonly #metrics: PolicyMetrics;
  readonly #loaded: (provider: string) => void;
  #sources: readonly Source[] = [];
  #entries: readonly PolicyEntry[] = [];
  /** What is in force for each of those who chose, as long as they are used. */
  #choices: readonly Choice[] = [];
  /** Ids of the policies that the engine has. */
  #inForce: ReadonlySet<string> = new Set();
  /** What canaries know this instance by. */
  #name: string | undefined;
  #rebuilding: Promise<void> = Promise.resolve();

  /** `loaded` is told of each provider whose policies were put in force. */
  constructor(metrics: PolicyMetrics, loaded: (provider: string) => void = () => {}) {
    this.#metrics = metrics;
    this.#loaded = loaded;
  }

  /** Returns what is in force for the scrapes of one resource, from the next `use` on. */
  choice(resource: ResourceAttributes): ChosenPolicies {
    const choice: Choice = {
      resource,
      providers: undefined,
      engine: undefined,
      shadow: undefined,
      shadowCounters: new PolicyCounters(),
      entries: [],
    };
    this.#choices = [...this.#choices, choice];
    return choice;
  }

  /** Forgets all other choices. */
  retain(choices: readonly ChosenPolicies[]): void {
    this.#choices = this.#choices.filter((choice) => choices.includes(choice));
  }

  /**
   * Puts the given providers in force, in this order. One that was there before with an equal key
   * goes on; others are stopped, and new ones started. Resolves when the first loads of those that
   * need no network have ended, well or badly. `name` is what canaries know this instance by.
   */
  async use(providers: Iterable<ConfiguredProvider>, name?: string): Promise<void> {
    this.#name = name;
    const isFirst = this.#sources.length === 0;
    const before = new Map(this.#sources.map((source) => [source.key, source]));
    this.#sources = Array.from(providers, ({ key, mode, create }) => {
      const kept = before.get(key);
      before.delete(key);
      return Object.assign(kept ?? this.#start(key, create()), { mode });
    });
    for (const gone of before.values()) gone.provider.stop();
    if (!isFirst) await this.#rebuild();
    const local = this.#sources.filter((source) => source.provider.isLocal);
    await Promise.all(local.map((source) => source.firstLoad.promise));
  }

  #start(key: string, provider: PolicyProvider): Source {
    const source: Source = {
      key,
      mode: undefined,
      provider,
      entries: undefined,
      tried: false,
      failure: undefined,
      loadedAtMs: undefined,
      firstLoad: Promise.withResolvers(),
    };
    this.#metrics.declareProvider(provider.id);
    // The list has to hold the source before its first load is put together with the others.
    queueMicrotask(() => provider.start(this.#sink(source)));
    return source;
  }

  /** Rises with each set of policies that is put in force. */
  version = 0;

  /** The policies of all providers, and those that are not in force. */
  get entries(): readonly PolicyEntry[] {
    return this.#entries;
  }

  /** True once every provider's first load has ended. */
  get ready(): boolean {
    return this.#sources.every((source) => source.tried);
  }

  /** The ids of providers that have no policies yet, not even of an earlier run. */
  get missing(): readonly string[] {
    return this.#sources.filter(({ entries }) => entries === undefined)
      .map(({ provider }) => provider.id);
  }

  /** Why a provider has no policies, if its first load has failed. */
  startFailure(id: string): string | undefined {
    const source = this.#sources.find(({ provider }) => provider.id === id);
    return source?.entries === undefined ? source?.failure : undefined;
  }

  get providers(): ProviderState[] {
    return this.#sources.map(stateOf);
  }

  /** Brings hits and misses up to date, in the counters and in the metrics. */
  settle(): void {
    for (const { engine } of this.#choices) engine?.settle();
    for (const id of this.#inForce) {
      const counter = this.counters.of(id);
      const hits = this.#metrics.policyHits.with(id);
      hits.inc(counter.hits - hits.value);
      const misses = this.#metrics.policyMisses.with(id);
      misses.inc(counter.misses - misses.value);
    }
  }

  async reload(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.provider.reload()));
  }

  /** Tells the servers what was counted since their last sync, within `ms` milliseconds. */
  async finish(ms: number): Promise<void> {
    let timer;
    const bound = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    const synced = this.#sources.map(({ provider }) => provider.finish?.());
    await Promise.race([Promise.all(synced), bound]);
    clearTimeout(timer);
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
      source.loadedAtMs = Date.now();
      this.#metrics.policyLoaded(id, true);
    };
    return {
      restored: async (entries) => {
        source.entries = entries;
        reportEntries(id, entries);
        await this.#rebuild();
        tried();
      },
      loaded: async (entries) => {
        source.entries = entries;
        reportEntries(id, entries);
        await this.#rebuild();
        this.#loaded(id);
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
    const sets = this.#sources.map(({ provider, entries, mode }) => ({
      provider: provider.id,
      mode,
      entries: entries ?? [],
    }));
    const { entries } = mergeEntries(sets);
    const shadowed = new Set(sets.flatMap((set) => set.entries.filter(this.#isShadowed(set.mode))));
    const withoutThose = (set: ProviderEntries) => ({
      ...set,
      entries: set.entries.filter((entry) => !shadowed.has(entry)),
    });
    const warned = new Set<string>();
    const built = await Promise.all(this.#choices.map(async (choice) => {
      const chosen = sets.filter(({ provider }) => choice.providers?.includes(provider) ?? true);
      const { entries, duplicates } = mergeEntries(chosen);
      const enforced = mergeEntries(chosen.map(withoutThose)).entries;
      for (const { policy, provider, inForce } of duplicates) {
        const key = JSON.stringify([policy, provider, inForce]);
        if (warned.has(key)) continue;
        warned.add(key);
        log.warn("duplicate policy id", { policy, provider, in_force: inForce });
      }
      const engine = await buildEngine(enforced, this.counters, choice.resource);
      const shadow = await shadowOf(choice, entries, shadowed);
      return { choice, engine, shadow, entries };
    }));
    const ids = idsOf(mergeEntries(sets.map(withoutThose)).entries);
    this.settle();
    for (const { choice, ...inForce } of built) Object.assign(choice, inForce);
    this.version++;
    this.#entries = entries;
    this.#inForce = new Set(ids);
    this.counters.retain(this.#inForce, performance.now(), FORGOTTEN_POLICY_MS);
    this.#metrics.declarePolicies(ids);
    const inShadow = entries.filter((entry) => shadowed.has(entry)).length;
    for (const state of STATES) {
      const count = entries.filter((entry) => entry.state === state).length;
      this.#metrics.policies.with(state).set(state === "active" ? count - inShadow : count);
    }
    this.#metrics.policies.with("shadow").set(inShadow);
    this.#metrics.modes.ofPolicies(this.#rollout(sets));
    // Found by who looks for `policy`, as Edge's guide says.
    log.info("policy set in force", {
      policies: ids.length,
      ...inShadow === 0 ? {} : { in_shadow: inShadow },
    });
  }

  #isShadowed(ofProvider: RolloutMode | undefined): (entry: PolicyEntry) => boolean {
    return (entry) =>
      entry.state === "active" &&
      !isEnforced(entry.mode ?? ofProvider ?? "enforce", this.#name);
  }

  /** Providers, and policies by themselves, that have a mode other than `enforce`. */
  #rollout(
    sets: readonly (ProviderEntries & { readonly mode: RolloutMode | undefined })[],
  ): RolloutPart[] {
    const modes = sets.flatMap(({ provider, mode, entries }) => [
      [`policies:${provider}`, mode] as const,
      ...entries.flatMap((entry) =>
        entry.state === "active" ? [[`policy:${entry.spec.id}`, entry.mode] as const] : []
      ),
    ]);
    return rolloutParts(modes, this.#name);
  }
}

function stateOf(source: Source): ProviderState {
  const { provider, entries = [], tried, failure, loadedAtMs } = source;
  const isKept = source.entries !== undefined;
  return {
    id: provider.id,
    state: !tried ? "loading" : failure === undefined ? "loaded" : isKept ? "stale" : "failed",
    loadedAtMs,
    policies: entries.filter(({ state }) => state === "active").length,
    invalid: entries.flatMap((entry) =>
      entry.state === "invalid" ? [`${entry.id}: ${entry.errors.join("; ")}`] : []
    ),
    failure,
  };
}

async function shadowOf(
  { resource, shadowCounters: counters }: Choice,
  entries: readonly PolicyEntry[],
  shadowed: ReadonlySet<PolicyEntry>,
): Promise<ShadowPolicies | undefined> {
  const inShadow = entries.filter((entry) => shadowed.has(entry));
  counters.retain(new Set(idsOf(entries)), performance.now(), FORGOTTEN_POLICY_MS);
  if (inShadow.length === 0) return undefined;
  const engine = await buildEngine(entries, counters, resource);
  const dropping = inShadow.filter((entry) => entry.state === "active" && !entry.spec.keep);
  return { engine: engine!, counters, ids: idsOf(dropping) };
}

function idsOf(entries: readonly PolicyEntry[]): string[] {
  return entries.flatMap((entry) => entry.state === "active" ? [entry.spec.id] : []);
}

const STATES: readonly (PolicyState & PolicyEntry["state"])[] = [
  "active",
  "disabled",
  "invalid",
  "other_signal",
];

function reportEntries(provider: string, entries: readonly PolicyEntry[]): void {
  for (const entry of entries) {
    if (entry.state === "active" && entry.unknown !== undefined) {
      const fields = entry.unknown.join(", ");
      log.warn("unknown fields of a policy are ignored", {
        provider,
        policy: entry.spec.id,
        fields,
      });
    }
    if (entry.state !== "invalid") continue;
    log.warn("policy is not in force", {
      provider,
      policy: entry.id,
      errors: policyErrors(entry).join("; "),
    });
  }
}
