import type { AggregateFunction } from "../aggregate/aggregate_function.ts";
import { DEFAULT_RULES } from "../aggregate/default_rules.ts";
import type { Config, GatewayConfig } from "../config/config.ts";
import { printableListen } from "../config/listen.ts";
import { MAIN_PATH } from "../config/route_path.ts";
import { printableConfig, printableUpstream } from "../config/print.ts";
import { placeText } from "../problems/problem.ts";
import type { WebConfig } from "../config/web_config.ts";
import type { Settings } from "../scrape/settings.ts";
import { stepText } from "../lines/shed_steps.ts";
import type { UsedReport } from "../lines/used_guard.ts";
import { readerText } from "../usage/used_document.ts";
import type { Lint } from "../lint/lints.ts";
import { modeFields } from "../telemetry/mode_metrics.ts";
import type { OfflinePolicies } from "../policy/providers/policy_files.ts";
import { decisionText, namelessCanary, placedParts } from "./rollout_notes.ts";
import type { UsableMemory } from "./usable_memory.ts";

/** What `weir check` found out about a valid configuration. */
export interface CheckReport {
  readonly settings: Settings;
  /** Undefined without a web config file. */
  readonly web: WebConfig | undefined;
  readonly policies: OfflinePolicies;
  readonly lints: readonly Lint[];
  readonly memory: UsableMemory;
  /** Of the sample scrape, if one was given. */
  readonly scrape?: {
    readonly samples: number;
    readonly droppedByPolicy: number;
    /** Names of samples that collide, by the function that a built-in rule has for them. */
    readonly byDefault: ReadonlyMap<AggregateFunction, ReadonlySet<string>>;
  };
  /** Where what is used was given. */
  readonly used?: UsedReport;
}

/** Returns the report as lines of text: the settings in force, then what is doubtful. */
export function checkText(report: CheckReport): string[] {
  const { policies, lints } = report;
  const rows = settingRows(report);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  lines.push(...report.settings.warnings.map((warning) => `warning: ${warning}`));
  const { rollout: { name } } = report.settings.config;
  const nameless = namelessCanary(placedParts(report.settings, policies.entries), name);
  if (nameless !== undefined) lines.push(`warning: ${nameless}`);
  for (const { provider, id, errors } of policies.notInForce) {
    const policy = id === "" ? "a policy without an id" : `policy ${JSON.stringify(id)}`;
    lines.push(`${policy} of ${provider} is not in force: ${errors.join("; ")}`);
  }
  for (const id of policies.notLoaded) {
    lines.push(`policy provider ${id} is not loaded: it needs the network`);
  }
  for (const { place, code, message } of lints) {
    lines.push(`${placeText(place)}: ${message} (${code})`);
  }
  lines.push(...usedLines(report.used));
  const found = [
    ...counted(lints.length, "lint", "lints"),
    ...counted(policies.notInForce.length, "policy not in force", "policies not in force"),
  ];
  lines.push(found.length === 0 ? "no lints" : found.join(", "));
  return lines;
}

/** What scrapes may bring the process to, where there is a limit. */
function memoryRows({ memory: { limitBytes } }: CheckReport): [string, string][] {
  return limitBytes === undefined
    ? []
    : [["memory limit", `${Math.floor(limitBytes / (1024 * 1024))} MiB`]];
}

/** What is no lint: expressions that nobody could read, and uses of what is not in the scrape. */
function usedLines(used: UsedReport | undefined): string[] {
  const { unread = [], missing = [] } = used ?? {};
  return [
    ...unread.map((one) => `not read, and so not judged by its labels: ${readerText(one)}`),
    ...missing.map(({ selector, readers }) =>
      `read, but not in the scrape: ${selector} (${namesText(readers)})`
    ),
  ];
}

/** Returns the report as the lines of one JSON document. */
export function checkJson(report: CheckReport): string[] {
  const { settings, policies, lints, scrape } = report;
  const isClean = lints.length === 0 && policies.notInForce.length === 0;
  const document = {
    status: isClean ? "clean" : "lints",
    settings: printableConfig(settings.config),
    rules: settings.rules?.rules?.rules.length ?? 0,
    subsets: Object.fromEntries(
      [...settings.subsets].map(([name, { rules }]) => [name, rules?.rules.length ?? 0]),
    ),
    policies: {
      ...policyCounts(policies),
      not_in_force: policies.notInForce,
      providers_not_asked: policies.notLoaded,
    },
    memory_limit_bytes: report.memory.limitBytes,
    rollout: {
      canary_name: settings.config.rollout.name,
      parts: placedParts(settings, policies.entries).map(({ path, ...part }) => ({
        path,
        ...modeFields(part),
      })),
    },
    scrape: scrape && { samples: scrape.samples, dropped_by_policies: scrape.droppedByPolicy },
    built_in_rules: {
      in_force: settings.config.aggregationDefaults ? DEFAULT_RULES : [],
      used: scrape && Object.fromEntries(
        [...scrape.byDefault].map(([fn, names]) => [fn, [...names]]),
      ),
    },
    lints: lints.map((lint) => ({ ...lint, place: placeText(lint.place) })),
    used: report.used,
  };
  return [JSON.stringify(document, null, 2)];
}

function settingRows(report: CheckReport): [string, string][] {
  const { settings, web, policies, scrape } = report;
  const { config, rules } = settings;
  const { listen, service } = config;
  const { active, disabled, other_signals } = policyCounts(policies);
  const rows: [string, string][] = [
    ["listen", printableListen(listen)],
    ...pathRows(config),
    ...webRows(config, web),
    ...upstreamRows(config),
    ...edgeRows(config),
    ["scrape timeout", `${config.scrape.timeoutSeconds} s`],
    ...protocolRows(config),
    ...fallbackRows(config),
    ["byte limits", byteLimits(config)],
    ["service", `${service.namespace}/${service.name} ${service.version}`],
    ["relabel rules", String(rules?.rules?.rules.length ?? 0)],
    ...subsetRows(settings),
    ...routeRows(settings),
    ["aggregation rules", aggregationRules(config)],
    ["cardinality limits", cardinalityLimits(config)],
    ...memoryRows(report),
    ["policies", `${active} active, ${disabled} disabled, ${other_signals} of other signals`],
    ...placedParts(settings, policies.entries).map(({ path, ...part }): [string, string] => [
      `mode of ${part.part}${path === undefined ? "" : ` of ${path}`}`,
      decisionText(part, config.rollout.name),
    ]),
  ];
  if (scrape !== undefined) {
    const dropped = `${scrape.droppedByPolicy} dropped by policies`;
    rows.push(["sample scrape", `${scrape.samples} samples, ${dropped}`]);
    for (const [fn, names] of scrape.byDefault) {
      rows.push(["built-in rules", `the ${fn} of ${namesText([...names])}`]);
    }
  }
  return rows;
}

/** What only a file in Edge's form has in force unasked. */
function edgeRows({ form, passthrough, forwardHeaders }: Config): [string, string][] {
  if (form !== "edge") return [];
  const others = passthrough ? "other requests pass on" : "other requests are refused";
  const names = typeof forwardHeaders === "string" ? forwardHeaders : forwardHeaders.join(", ");
  return [["as Edge", `${others}, headers forwarded: ${names}`]];
}

function fallbackRows({ scrape: { fallbackProtocol } }: Config): [string, string][] {
  return fallbackProtocol === undefined ? [] : [["fallback protocol", fallbackProtocol]];
}

function pathRows({ web: { telemetryPath } }: Config): [string, string][] {
  return telemetryPath === MAIN_PATH ? [] : [["path", telemetryPath]];
}

function webRows({ web: { authExempt } }: Config, web: WebConfig | undefined): [string, string][] {
  if (web === undefined) return [];
  const { tls, users, headers } = web;
  const parts = [
    tls === undefined ? "plain HTTP" : `${tls.minVersion} to ${tls.maxVersion}, ${tls.clientAuth}`,
    ...counted(users.size, "user", "users"),
    ...users.size > 0 && authExempt.length > 0 ? [`none for ${authExempt.join(" ")}`] : [],
    ...counted(headers.length, "header", "headers"),
  ];
  return [["web", parts.join(", ")]];
}

function upstreamRows({ demo, upstreams, gateway, ...config }: Config): [string, string][] {
  const rows = upstreams.map((upstream): [string, string] => {
    const labels = upstream.labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const families = upstream.dnsFamily === "both" ? ["(IPv4 and IPv6)"] : [];
    const text = [printableUpstream(upstream), ...families, ...labels].join(" ");
    return ["upstream", demo === undefined ? text : "demo"];
  });
  if (gateway?.hasManyTargets) rows.push(["gateway", gatewayText(gateway)]);
  else if (gateway !== undefined) rows.push(["counters", countersText(gateway)]);
  const shared = [
    ...config.coalesce ? ["requests share a scrape"] : [],
    ...config.minScrapeIntervalSeconds > 0
      ? [`at most one every ${config.minScrapeIntervalSeconds} s`]
      : [],
  ];
  if (shared.length > 0) rows.push(["scrapes", shared.join(", ")]);
  return rows;
}

function gatewayText(gateway: GatewayConfig): string {
  const { shard } = gateway;
  return [
    `${gateway.concurrency} targets at a time`,
    `${gateway.onTargetError} on errors`,
    `${gateway.counters} counters`,
    `targets forgotten after ${gateway.targetTtlSeconds} s`,
    gateway.targetMetrics ? "with target metrics" : "without target metrics",
    ...ownLabelAndState(gateway),
    ...shard === undefined ? [] : [`shard ${shard.index} of ${shard.count}`],
  ].join(", ");
}

/** Of the only upstream. */
function countersText(gateway: GatewayConfig): string {
  return [
    gateway.counters,
    `remembered for ${gateway.targetTtlSeconds} s when they are gone`,
    ...gateway.targetMetrics ? ["with target metrics"] : [],
    ...ownLabelAndState(gateway),
  ].join(", ");
}

function ownLabelAndState({ targetLabel, stateFile }: GatewayConfig): string[] {
  return [
    ...targetLabel === undefined ? [] : [`target label ${targetLabel}`],
    ...stateFile === undefined ? [] : [`state in ${stateFile}`],
  ];
}

function subsetRows({ config, subsets }: Settings): [string, string][] {
  if (subsets.size === 0) return [];
  const counts = [...subsets].map(([name, { rules }]) =>
    `${name} (${counted(rules?.rules.length ?? 0, "rule", "rules")[0] ?? "no rules"})`
  );
  const timestamps = config.subsetTimestamps ? "with timestamps" : "without timestamps";
  const age = `at most ${config.subsetMaxAgeSeconds} s old`;
  return [["subsets", `${counts.join(", ")}, ${timestamps}, ${age}`]];
}

/** What each configured route has, in the order in which they are tried. */
function routeRows({ config, routes }: Settings): [string, string][] {
  if (config.routes.length === 0) return [];
  return routes.map(({ path, config, rules, subsets }) => [
    `route ${path}`,
    [
      config.upstreams.map(printableUpstream).join(" "),
      counted(rules?.rules?.rules.length ?? 0, "relabel rule", "relabel rules")[0] ??
        "no relabel rules",
      ...counted(subsets.size, "subset", "subsets"),
      `policies of ${namesText(config.policyProviders.map(({ id }) => id)) || "nobody"}`,
      ...config.limits === undefined ? [] : [cardinalityLimits(config)],
    ].join(", "),
  ]);
}

function protocolRows({ scrape: { protocols } }: Config): [string, string][] {
  return protocols === undefined ? [] : [["scrape protocols", protocols.join(", ")]];
}

function byteLimits({ scrape }: Config): string {
  const text = (bytes: number) => bytes === 0 ? "unlimited" : `${bytes} bytes`;
  const { maxInputBytes, maxOutputBytes, onLimit } = scrape;
  if (maxInputBytes + maxOutputBytes === 0) return "none";
  return `${text(maxInputBytes)} in, ${text(maxOutputBytes)} out, then ${onLimit}`;
}

function aggregationRules({ aggregationRules, aggregationDefaults }: Config): string {
  return `${aggregationRules.length}, ${
    aggregationDefaults ? "then" : "without"
  } the built-in ones`;
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 5);
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
  return shown.join(", ");
}

function cardinalityLimits({ limits, shed = [] }: Config): string {
  if (limits === undefined) return "none";
  const parts = [
    ...limits.seriesPerFamily > 0 ? [`${limits.seriesPerFamily} series per family`] : [],
    ...limits.series > 0 ? [`${limits.series} series`] : [],
    ...[...limits.labelValues].map(([label, most]) => `${most} values of ${label}`),
    ...limits.labelValueLength > 0 ? [`values of ${limits.labelValueLength} bytes`] : [],
  ];
  const first = shed.length === 0 ? "" : `, and the next scrapes without ${stepTexts(shed)}`;
  return `${parts.join(", ")}, then ${limits.action}${first}`;
}

function stepTexts(shed: NonNullable<Config["shed"]>): string {
  return shed.map(stepText).join(", then ");
}

function policyCounts({ entries }: OfflinePolicies) {
  const count = (state: string) => entries.filter((entry) => entry.state === state).length;
  return {
    active: count("active"),
    disabled: count("disabled"),
    other_signals: count("other_signal"),
  };
}

function counted(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
}
