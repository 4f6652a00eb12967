import type { Config } from "../config/config.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { SubsetSnapshots } from "../lines/subset_snapshots.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { ShadowPolicies } from "../policy/providers/policy_store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ScrapeMetrics, ScrapePath } from "../telemetry/weir_metrics.ts";
import type { UpstreamSource } from "../upstream/upstream_source.ts";
import type { Coalescer } from "./coalescer.ts";
import type { LastScrapes } from "./last_scrapes.ts";
import type { RuleChanges } from "./rule_changes.ts";
import type { LineTap } from "./line_tap.ts";
import type { MemoryGuard } from "./memory_guard.ts";
import type { RouteSettings } from "./settings.ts";
import type { Shedding } from "./shedding.ts";
import type { Slots } from "./slots.ts";

/** What scrapes share. */
export interface ScrapeContext {
  readonly metrics: ScrapeMetrics;
  /** What is in force; a scrape keeps what it began with. */
  readonly settings: () => ScrapeSettings;
  /** How the last scrapes ended. */
  readonly lastScrapes: LastScrapes;
  /** Of those that run at a time. */
  readonly slots: Slots;
  /** The policies in force; a scrape keeps those that it began with. */
  readonly policies: () => PolicyEngine | undefined;
  /** The same if none was in shadow; undefined where none is. */
  readonly shadowPolicies?: () => ShadowPolicies | undefined;
  /** The providers that a configuration wants policies of before anything is scraped, and that have none. */
  readonly missingPolicies?: (config: Config) => readonly string[];
  /** Shows lines of scrapes to whoever asks, where that is allowed. */
  readonly tap?: LineTap;
  /** What is in force since when. */
  readonly changes: RuleChanges;
  readonly collectGarbage?: () => void;
  /** Fails scrapes that would take more memory than there is. */
  readonly memory?: MemoryGuard;
  readonly gzip: Runtime["gzip"];
  /** Brings counters that are kept elsewhere up to date before the metrics are read. */
  readonly settle: () => void;
}

export interface ScrapeSettings extends RouteSettings {
  /** Set where scrapes with too many series give something up. */
  readonly shed?: Shedding;
  readonly snapshots: SubsetSnapshots;
  /** Undefined: no scrape shares another's response. */
  readonly coalescer: Coalescer | undefined;
  /** Asks the upstream; where there are many targets, the one that the query chooses. */
  readonly upstream: UpstreamSource;
  /** Set where many targets are asked, or series go on from scrape to scrape. */
  readonly gateway: Gateway | undefined;
}

/** True where one upstream answers for itself: no target has to be chosen. */
export function hasOneTarget({ gateway, config }: ScrapeSettings): boolean {
  return gateway === undefined || config.gateway?.hasManyTargets === false;
}

/** What is done with the upstream's body. */
export interface ScrapeKind {
  readonly path: ScrapePath;
  /** False: the bytes pass as they are, without budgets or policies. */
  readonly processed: boolean;
}
