import { MAX_LISTED_CHANGES } from "../bounds.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { log } from "../telemetry/log.ts";
import { limitCount } from "./limit_count.ts";
import type { RouteSettings } from "./settings.ts";

/** What a change put in force for the scrapes of a route. Plain data, without what is secret. */
export interface RuleChange {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** The route's path. */
  readonly route: string;
  /** Where the change came from: a file, a flag, or a policy provider. */
  readonly source: string;
  /** Of rules, policies and limits: equal for what is alike. Absent where there were none before. */
  readonly hashBefore?: string;
  readonly hash: string;
  readonly rules: number;
  readonly policies: number;
  readonly limits: number;
  /** Series of the last whole scrape before the change, if there was one. */
  readonly seriesBefore?: number;
  /** Those of the first one after it; absent until then. */
  seriesAfter?: number;
}

/** What is in force for a route, and where each part of it comes from. */
export interface InForce {
  readonly settings: RouteSettings;
  readonly entries: readonly PolicyEntry[];
  /** Of rules and limits. */
  readonly source: string;
  /** Of policies, where a provider has just loaded them. */
  readonly provider: string | undefined;
}

interface RouteState {
  hashes: Hashes | undefined;
  /** Series of the last whole scrape under what is in force. */
  series: number | undefined;
  /** Of which no scrape has been seen. */
  pending: RuleChange | undefined;
}

interface Hashes {
  readonly rules: string;
  readonly policies: string;
  readonly all: string;
}

/** The audit of what is in force: a line in the log for each change, and the last of them. */
export class RuleChanges {
  readonly #routes = new Map<string, RouteState>();
  #changes: readonly RuleChange[] = [];
  readonly #sha256: Sha256;
  /** The hashes of what is in force where nothing is. */
  readonly #nothing: Hashes;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
    this.#nothing = hashesOf(NO_RULES, [], sha256);
  }

  /** The newest first. */
  get list(): readonly RuleChange[] {
    return this.#changes;
  }

  /** Takes note of what is in force for a route from now on: of a change, if it is one. */
  note({ settings, entries, source, provider }: InForce): void {
    const { path: route, config, rules } = settings;
    const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
    const state = this.#routes.get(route) ?? newState();
    this.#routes.set(route, state);
    const before = state.hashes ?? this.#nothing;
    const hashes = hashesOf(rulesOf(settings), specs, this.#sha256);
    if (hashes.all === before.all) return;
    // Of a provider that is gone there is nothing left to name but what took it away.
    const provided = provider === undefined
      ? config.policyProviders.map(({ id }) => `provider ${id}`)
      : [`provider ${provider}`];
    const isOfRules = hashes.rules !== before.rules || provided.length === 0;
    const sources = [
      ...isOfRules ? [source] : [],
      ...hashes.policies === before.policies ? [] : provided,
    ];
    const change: RuleChange = {
      atMs: Date.now(),
      route,
      source: sources.join(", "),
      ...before === this.#nothing ? {} : { hashBefore: before.all },
      hash: hashes.all,
      rules: rules?.rules?.rules.length ?? 0,
      policies: specs.length,
      limits: limitCount(config.limits),
      ...state.series === undefined ? {} : { seriesBefore: state.series },
    };
    Object.assign(state, { hashes, series: undefined, pending: change });
    this.#changes = [change, ...this.#changes].slice(0, MAX_LISTED_CHANGES);
    log.info("rules in force", {
      route,
      source: change.source,
      hash_before: change.hashBefore ?? "none",
      hash: change.hash,
      rules: change.rules,
      policies: change.policies,
      limits: change.limits,
      ...change.seriesBefore === undefined ? {} : { series_before: change.seriesBefore },
    });
  }

  /** Stands for what is in force for a route now. */
  hashOf(route: string): string | undefined {
    return this.#routes.get(route)?.hashes?.all;
  }

  /** A whole scrape of a route has ended that began when `hash` stood for what is in force. */
  scraped(route: string, hash: string | undefined, series: number): void {
    const state = this.#routes.get(route) ?? newState();
    this.#routes.set(route, state);
    if (state.hashes?.all !== hash) return;
    state.series = series;
    const { pending } = state;
    if (pending === undefined) return;
    state.pending = undefined;
    pending.seriesAfter = series;
    log.info("first scrape under the rules", {
      route,
      hash,
      ...pending.seriesBefore === undefined ? {} : { series_before: pending.seriesBefore },
      series_after: series,
    });
  }

  /** Forgets routes that are there no more. */
  retain(routes: ReadonlySet<string>): void {
    for (const route of this.#routes.keys()) if (!routes.has(route)) this.#routes.delete(route);
  }
}

function newState(): RouteState {
  return { hashes: undefined, series: undefined, pending: undefined };
}

const NO_RULES: readonly unknown[] = [];

/** What says all that rules and limits do; nothing where there are none. */
function rulesOf({ rules, subsets, config }: RouteSettings): readonly unknown[] {
  const { aggregationRules, aggregationDefaults, limits, shed } = config;
  if (rules?.rules === undefined && subsets.size === 0 && limits === undefined) return NO_RULES;
  const configsOf = (one: typeof rules) =>
    one?.rules?.rules.map(({ config: { place: _, doubts: __, ...rule } }) => rule) ?? [];
  return [
    configsOf(rules),
    [...subsets].map(([name, subset]) => [name, configsOf(subset)]),
    { aggregationRules, aggregationDefaults },
    limits && { ...limits, labelValues: [...limits.labelValues], shed },
  ];
}

type Sha256 = Runtime["sha256"];

function hashesOf(
  rules: readonly unknown[],
  policies: readonly unknown[],
  sha256: Sha256,
): Hashes {
  const hash = (value: unknown) => shortHash(value, sha256);
  return { rules: hash(rules), policies: hash(policies), all: hash([rules, policies]) };
}

/** Short, as one is read aloud: twelve digits tell a lifetime's changes apart. */
function shortHash(value: unknown, sha256: Sha256): string {
  const text = JSON.stringify(
    value,
    (_, part) => typeof part === "bigint" ? String(part) : part,
  );
  return sha256(text).slice(0, 12);
}
