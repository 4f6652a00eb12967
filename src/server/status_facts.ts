import { MAX_LISTED_TARGETS } from "../bounds.ts";
import type { ConfigForm } from "../config/config.ts";
import { printableUpstream, printableUrl } from "../config/print.ts";
import { ownPath } from "../config/route_path.ts";
import type { TargetReading } from "../gateway/target_readings.ts";
import { limitCount } from "../scrape/limit_count.ts";
import type { LastScrape } from "../scrape/last_scrapes.ts";
import type { RuleChange } from "../scrape/rule_changes.ts";
import { requestUrl } from "../upstream/request_url.ts";
import type { FilesState } from "./live_files.ts";
import type { Route, ServerState } from "./server_state.ts";

/** What is known of what Weir does now. Plain data without secrets; times are RFC 3339. */
export interface Facts {
  readonly version: string;
  readonly revision: string;
  readonly runtime: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  /** When this was told: ages count from here, whatever clock the reader has. */
  readonly at: string;
  readonly ready: boolean;
  readonly config: {
    readonly form: ConfigForm;
    readonly files: readonly string[];
    readonly lastReload: Reload;
  };
  /** Where there is a web config file. */
  readonly webConfig?: { readonly files: readonly string[]; readonly lastReload: Reload };
  readonly policyProviders: readonly ProviderStatus[];
  readonly routes: readonly RouteStatus[];
  /** The last changes of what is in force, the newest first. */
  readonly changes: readonly ChangeStatus[];
}

export interface ChangeStatus extends Omit<RuleChange, "atMs"> {
  readonly at: string;
}

/** The last attempt to read files: that of the start, too. */
export interface Reload {
  readonly at: string;
  readonly success: boolean;
  readonly error?: string;
  /** Of the last attempt that succeeded. */
  readonly lastSuccessAt: string;
}

export interface ProviderStatus {
  readonly id: string;
  /** `stale`: the last load failed, and those of the last good one are in force. */
  readonly state: "loading" | "loaded" | "stale" | "failed";
  readonly lastSuccessAt?: string;
  readonly ageSeconds?: number;
  /** In force of this provider. */
  readonly policies: number;
  /** Not in force, as they are wrong: how many, and of the first what is wrong. */
  readonly invalid: number;
  readonly firstInvalid?: string;
  readonly error?: string;
}

export interface RouteStatus {
  readonly path: string;
  readonly kind: "one target" | "gateway";
  readonly upstreams: readonly {
    /** As it is configured. */
    readonly url: string;
    /** What a scrape requests; of a gateway's names, before they are resolved. */
    readonly scrapeUrl: string;
  }[];
  readonly rules: number;
  readonly policies: number;
  /** Cardinality limits. */
  readonly limits: number;
  /** Where `limits.shed` is configured: its steps in their order. */
  readonly shed?: {
    readonly series: number;
    readonly steps: readonly { readonly step: string; readonly active: boolean }[];
  };
  /** Byte limits; 0 is none. */
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly lastScrape?: ScrapeStatus;
  /** Scrapes since then whose clients left before the answer was there. */
  readonly clientsLeft: number;
  readonly subsets: readonly SubsetStatus[];
  /** Of a gateway, as its last scrape found them. */
  readonly targets?: TargetsStatus;
}

export interface ScrapeStatus extends Omit<LastScrape, "endedAtMs"> {
  readonly endedAt: string;
  readonly ageSeconds: number;
  /**
   * What policies and rules saved, from 0 to 1. Absent of a scrape that was not whole: what a limit
   * cuts off, or drops, nobody saved.
   */
  readonly saved?: { readonly bytes: number; readonly samples: number };
}

export interface SubsetStatus {
  readonly path: string;
  readonly rules: number;
  readonly lastScrape?: ScrapeStatus;
}

export interface TargetsStatus {
  readonly up: number;
  readonly down: number;
  /** Those that are down first. */
  readonly list: readonly TargetStatus[];
  /** Beyond those that are listed. */
  readonly leftOut: number;
}

export interface TargetStatus {
  readonly target: string;
  readonly up: boolean;
  readonly durationSeconds: number;
  /** That it exposed, before policies and rules. */
  readonly samples: number;
  /** The input limit cut it. */
  readonly truncated: boolean;
  readonly error?: string;
}

/** Returns what there is to know, from what is kept already: nothing is scraped for it. */
export function factsOf(state: ServerState, nowMs: number): Facts {
  const { revision, runtime, startedAtMs } = state.process;
  const [config, webConfig] = state.files();
  return {
    version: state.version,
    revision,
    runtime,
    startedAt: time(startedAtMs),
    uptimeSeconds: secondsBetween(startedAtMs, nowMs),
    at: time(nowMs),
    ready: state.ready(),
    config: { form: state.settings().config.form, ...filesOf(config) },
    ...webConfig === undefined ? {} : { webConfig: filesOf(webConfig) },
    policyProviders: state.providers().map((provider) => {
      const { id, policies, invalid, failure, loadedAtMs } = provider;
      return {
        id,
        state: provider.state,
        ...loadedAtMs === undefined ? {} : {
          lastSuccessAt: time(loadedAtMs),
          ageSeconds: secondsBetween(loadedAtMs, nowMs),
        },
        policies,
        invalid: invalid.length,
        ...invalid.length === 0 ? {} : { firstInvalid: invalid[0] },
        ...failure === undefined ? {} : { error: failure },
      };
    }),
    routes: state.routes().map((route) => routeStatus(route, nowMs)),
    changes: state.changes.list.map(({ atMs, ...change }) => ({ at: time(atMs), ...change })),
  };
}

function filesOf({ files, triedAtMs, readAtMs, failure }: FilesState) {
  const lastReload = {
    at: time(triedAtMs),
    success: failure === undefined,
    ...failure === undefined ? {} : { error: failure },
    lastSuccessAt: time(readAtMs),
  };
  return { files, lastReload };
}

function routeStatus({ path, context, policyEntries }: Route, nowMs: number): RouteStatus {
  const { config, rules, subsets, gateway, shed } = context.settings();
  const { lastScrapes } = context;
  const isGateway = config.gateway?.hasManyTargets ?? false;
  const scrapeOf = (path: string) => {
    const scrape = lastScrapes.of(path);
    return scrape === undefined ? {} : { lastScrape: scrapeStatus(scrape, nowMs) };
  };
  return {
    path,
    kind: isGateway ? "gateway" : "one target",
    upstreams: config.demo !== undefined
      ? [{ url: "the built-in demo exporter", scrapeUrl: "" }]
      : config.upstreams.map((upstream) => ({
        url: printableUpstream(upstream),
        scrapeUrl: printableUrl(requestUrl(upstream, { path: ownPath(path), query: "" })),
      })),
    rules: rules?.rules?.rules.length ?? 0,
    policies: policyEntries().filter(({ state }) => state === "active").length,
    limits: limitCount(config.limits),
    ...shed && { shed: { series: config.limits?.series ?? 0, steps: shed.steps } },
    maxInputBytes: config.scrape.maxInputBytes,
    maxOutputBytes: config.scrape.maxOutputBytes,
    ...scrapeOf(path),
    clientsLeft: lastScrapes.leftSince(path),
    subsets: [...subsets].map(([name, { rules }]) => ({
      path: `${path}/${name}`,
      rules: rules?.rules.length ?? 0,
      ...scrapeOf(`${path}/${name}`),
    })),
    ...isGateway ? { targets: targetsStatus(gateway?.readings ?? []) } : {},
  };
}

function scrapeStatus({ endedAtMs, ...scrape }: LastScrape, nowMs: number): ScrapeStatus {
  const saved = savedBy(scrape);
  return {
    endedAt: time(endedAtMs),
    ageSeconds: secondsBetween(endedAtMs, nowMs),
    ...scrape,
    durationSeconds: rounded(scrape.durationSeconds),
    ...saved === undefined ? {} : { saved },
  };
}

function savedBy(scrape: Omit<LastScrape, "endedAtMs">): ScrapeStatus["saved"] {
  const { outcome, shortfalls, input, output } = scrape;
  if (outcome !== "complete" || shortfalls.length > 0) return undefined;
  const share = (before: number, after: number) => before === 0 ? 0 : 1 - after / before;
  return {
    bytes: share(input.bytes, output.bytes),
    samples: share(input.samples, output.samples),
  };
}

function targetsStatus(readings: readonly TargetReading[]): TargetsStatus {
  const down = readings.filter(({ error }) => error !== undefined);
  const up = readings.filter(({ error }) => error === undefined);
  const list = [...down, ...up].slice(0, MAX_LISTED_TARGETS);
  return {
    up: up.length,
    down: down.length,
    list: list.map(({ outcome, truncated, error }) => ({
      target: outcome.address,
      up: outcome.isUp,
      durationSeconds: rounded(outcome.durationSeconds),
      samples: outcome.samples,
      truncated,
      ...error === undefined ? {} : { error: error.message },
    })),
    leftOut: readings.length - list.length,
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** To the microsecond. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** To the millisecond; never negative, whatever became of the clock. */
function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round(toMs - fromMs)) / 1000;
}
