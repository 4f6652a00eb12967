import type { DnsFamily, GatewayConfig, UpstreamConfig } from "./config.ts";
import { placeText } from "../problems/problem.ts";
import { buildHttpConfig } from "./http_config.ts";
import type { Sources } from "./layers.ts";
import type { ConfigFile } from "./schema.ts";
import { DEFAULT_UPSTREAM, DEMO_UPSTREAM } from "./upstream_url.ts";

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_TTL_SECONDS = 300;

/** Returns the upstreams in force: at least one. An empty label is none, as in Prometheus. */
export function chooseUpstreams(file: ConfigFile, isDemo: boolean): readonly UpstreamConfig[] {
  if (isDemo) return [DEMO_UPSTREAM];
  const common = file.http_config && { http: buildHttpConfig(file.http_config) };
  if (file.upstreams === undefined) {
    const url = file.metrics_url ?? file.upstream_url ?? DEFAULT_UPSTREAM;
    return [{ ...inFamily(url, file.dns_family), ...common }];
  }
  return file.upstreams.map(({ url, labels = {}, http_config, dns_family }) => ({
    ...inFamily(url, dns_family ?? file.dns_family),
    labels: Object.entries(labels).filter(([, value]) => value !== ""),
    ...http_config === undefined ? common : { http: buildHttpConfig(http_config) },
  }));
}

/** What the URL says itself (`dns4+`) goes before. */
function inFamily(url: UpstreamConfig, dnsFamily: DnsFamily | undefined): UpstreamConfig {
  const isOpen = url.fansOut && url.dnsFamily === undefined && dnsFamily !== undefined;
  return isOpen ? { ...url, dnsFamily } : url;
}

/** Returns what makes these upstreams more than one plain target, in words, or undefined. */
export function gatewayReason(upstreams: readonly UpstreamConfig[]): string | undefined {
  if (upstreams.length > 1) return `${upstreams.length} upstreams`;
  if (upstreams.some(({ fansOut }) => fansOut)) return "an upstream with dns+";
  return upstreams.some(({ labels }) => labels.length > 0) ? "an upstream with labels" : undefined;
}

/**
 * Returns the settings of a gateway, or undefined for one plain upstream: its counters are raw unless
 * `counters` asks for more.
 */
export function buildGateway(
  file: ConfigFile,
  upstreams: readonly UpstreamConfig[],
): GatewayConfig | undefined {
  const hasManyTargets = gatewayReason(upstreams) !== undefined;
  if (!hasManyTargets && file.counters !== "monotonic") return undefined;
  return {
    hasManyTargets,
    concurrency: file.scrape?.concurrency ?? DEFAULT_CONCURRENCY,
    onTargetError: file.on_target_error ?? "partial",
    targetMetrics: file.target_metrics ?? hasManyTargets,
    targetLabel: file.target_label,
    counters: file.counters ?? "monotonic",
    targetTtlSeconds: file.target_ttl ?? DEFAULT_TTL_SECONDS,
    stateFile: file.state_file,
    shard: hasManyTargets ? file.shard : undefined,
  };
}

/** Returns warnings that name what was set without effect, as the user set it. */
export function idleGatewayKeys(file: ConfigFile, isDemo: boolean, sources: Sources): string[] {
  const upstreams = chooseUpstreams(file, isDemo);
  const gateway = buildGateway(file, upstreams);
  // What counters that go on from scrape to scrape have no use for either.
  const always = new Set(["on_target_error", "shard", "scrape.concurrency"]);
  const idle = (values: readonly (readonly [string, unknown])[]) =>
    values.filter(([, value]) => value !== undefined).map(([key]) => {
      const source = sources.get(key);
      // A string of the file with a variable in it has a source as well, and is the key's own.
      return source === undefined || source.written !== undefined ? key : placeText(source.where);
    }).join(", ");
  const keysOfGateways: readonly (readonly [string, unknown])[] = [
    ["on_target_error", file.on_target_error],
    ["target_metrics", file.target_metrics],
    ["target_label", file.target_label],
    ["target_ttl", file.target_ttl],
    ["counters", file.counters],
    ["state_file", file.state_file],
    ["shard", file.shard],
    ["scrape.concurrency", file.scrape?.concurrency],
  ];
  const ofGateway = gateway?.hasManyTargets
    ? ""
    : idle(keysOfGateways.filter(([key]) => gateway === undefined || always.has(key)));
  const ofNames = upstreams.some(({ fansOut }) => fansOut)
    ? ""
    : idle([["dns_family", file.dns_family]]);
  const ofLines = gateway === undefined
    ? ""
    : idle([["scrape.max_line_bytes", file.scrape?.max_line_bytes]]);
  return [
    ...ofLines === "" ? [] : [`has no effect where targets are merged: ${ofLines}`],
    ...ofGateway === "" ? [] : [`has no effect with one upstream: ${ofGateway}`],
    ...ofNames === "" ? [] : [`has no effect without dns+: ${ofNames}`],
  ];
}
