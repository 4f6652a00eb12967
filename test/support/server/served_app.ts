import { Coalescer } from "../../../src/scrape/coalescer.ts";
import { readSettings, type Settings } from "../../../src/scrape/settings.ts";
import type { ScrapeSettings } from "../../../src/scrape/scrape_context.ts";
import { SubsetSnapshots } from "../../../src/lines/subset_snapshots.ts";
import { engineFor } from "../../../src/policy/build_engine.ts";
import type { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import { readPolicies } from "../../../src/policy/providers/parse_policies.ts";
import { createApp } from "../../../src/server/app.ts";
import { WeirMetrics } from "../../../src/telemetry/weir_metrics.ts";
import { Shedding } from "../../../src/scrape/shedding.ts";
import { sha256 } from "../sha256.ts";
import { RuleChanges } from "../../../src/scrape/rule_changes.ts";
import { LineTap } from "../../../src/scrape/line_tap.ts";
import { LastScrapes } from "../../../src/scrape/last_scrapes.ts";
import type { TargetReading } from "../../../src/gateway/target_readings.ts";
import type { ServerState } from "../../../src/server/server_state.ts";
import { Slots } from "../../../src/scrape/slots.ts";
import { sourceOfChunks } from "../../../src/upstream/chunk_source.ts";
import type { UpstreamSource } from "../../../src/upstream/upstream_source.ts";
import { memoryFiles } from "../cli/memory_files.ts";
import { encode } from "../lines/filtered.ts";

export interface ServedApp {
  /** The upstream's exposition, or what answers in its place. */
  readonly upstream: string | UpstreamSource;
  /** Of the config file, beside the upstream. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly policies?: readonly unknown[];
  /** What the policies count into. */
  readonly counters?: PolicyCounters;
  /** There are many targets; how they are merged is not what is asked here. */
  readonly isGateway?: boolean;
  /** What became of a gateway's targets. */
  readonly readings?: readonly TargetReading[];
  /** What is told of files, of providers, and whether they are loaded. */
  readonly state?: Partial<Pick<ServerState, "files" | "providers" | "ready">>;
  /** For how long an answer is given again. */
  readonly minIntervalMs?: number;
}

/** Weir's HTTP interface before an upstream that is a text, without a socket. */
export async function servedApp({ upstream, config = {}, policies = [], ...more }: ServedApp) {
  const { isGateway, readings, state, counters, minIntervalMs = 0 } = more;
  const settings = await settingsOf(config);
  const entries = await readPolicies({ policies });
  const engine = await engineFor(settings.config, entries, counters);
  const usage = { residentBytes: 0, cpuSeconds: 0, startTimeSeconds: 0 };
  const runtime = { name: "bun" as const, version: "0", usage: () => usage };
  const metrics = new WeirMetrics("1.2.3", runtime);
  const { path, shedding, config: { limits } } = settings.routes[0];
  const scrape: ScrapeSettings = {
    ...settings.routes[0],
    ...shedding && {
      shed: new Shedding({ path, series: limits!.series, rules: shedding, metrics }),
    },
    snapshots: new SubsetSnapshots(),
    coalescer: settings.config.coalesce || minIntervalMs > 0
      ? new Coalescer({
        minIntervalMs: () => minIntervalMs,
        onShared: (how) => metrics.sharedScrapes.with(how).inc(),
      })
      : undefined,
    upstream: typeof upstream === "string" ? textUpstream(upstream) : upstream,
    gateway: isGateway || readings ? { readings } as ScrapeSettings["gateway"] : undefined,
  };
  const tap = new LineTap();
  const context = {
    metrics,
    tap,
    changes: new RuleChanges(sha256),
    settings: () => scrape,
    lastScrapes: new LastScrapes(),
    slots: new Slots(0),
    policies: () => engine,
    gzip: (bytes: Uint8Array<ArrayBuffer>) => bytes,
    settle: () => {},
  };
  const policyEntries = () => entries;
  return createApp({
    ...context,
    version: "1.2.3",
    metrics,
    routes: () => [{ path: "/metrics", context, policyEntries }],
    policyEntries,
    policyVersion: () => 1,
    tap,
    ready: () => true,
    process: { revision: "abc", runtime: "bun 0", startedAtMs: 0 },
    files: () => [
      {
        name: "configuration",
        files: ["weir.json"],
        readAtMs: 0,
        triedAtMs: 0,
        failure: undefined,
      },
    ],
    providers: () => [],
    reload: () => Promise.resolve(undefined),
    ...state,
  });
}

function settingsOf(config: Readonly<Record<string, unknown>>): Promise<Settings> {
  const file = { upstream_url: "http://user:hunter2@upstream.test/metrics", ...config };
  const input = { flags: {}, env: {}, version: "1.2.3", instanceId: "i", needsUpstream: true };
  const path = "weir.json";
  return readSettings({ ...input, path }, memoryFiles({ [path]: JSON.stringify(file) }));
}

export function textUpstream(text: string): UpstreamSource {
  return () =>
    Promise.resolve({
      status: 200,
      contentType: "text/plain; version=0.0.4",
      body: sourceOfChunks([encode(text)]),
    });
}

/** Posts a preview as a script of the page does. */
export function previewInit(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}
