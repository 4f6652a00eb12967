import { type Place, placeOf, placeText, type Problem, within } from "../problems/problem.ts";
import type { Flags } from "./flags.ts";
import { FLAG_PROVIDER_ID } from "./build.ts";
import type { DemoConfig, RelabelSource } from "./config.ts";
import { hasOwnRules } from "./demo_rules.ts";
import { chooseUpstreams, gatewayReason } from "./gateway.ts";
import { INLINE_RULE_KEYS } from "./inline_rules.ts";
import { type RawConfig, routesOf, type Sources } from "./layers.ts";
import type { ConfigFile } from "./schema.ts";
import { found } from "./validate.ts";

// The rules that tie one key to another, which no schema of single values can state.

/** Returns a problem when one layer says in both forms where to listen. Takes [key, place] pairs. */
export function listenConflicts(keys: readonly (readonly [string, Place])[]): Problem[] {
  const listen = keys.find(([key]) => key === "listen");
  const other = keys.find(([key]) => key === "listen_address" || key === "listen_port");
  if (listen === undefined || other === undefined) return [];
  const shown = other[1].path.length > 0 ? other[0] : placeText(other[1]);
  const text = `cannot be combined with ${shown}, it holds the address and the port`;
  return [{ place: listen[1], text }];
}

/**
 * Returns a problem when a config file, or one of its routes, names its upstream in one form and
 * upstreams in the other. `at`: where that is.
 */
export function upstreamConflicts(raw: RawConfig, at: Place): Problem[] {
  if (raw.upstreams === undefined) return [];
  const other = ["upstream_url", "metrics_url"].find((key) => (raw[key] ?? "") !== "");
  if (other === undefined) return [];
  const text = `cannot be combined with ${other}, it holds every upstream`;
  return [{ place: within(at, "upstreams"), text }];
}

/** Returns a problem for each upstream whose `dns_family` its own URL leaves no room for. */
export function familyConflicts({ upstreams = [] }: ConfigFile, at: Place): Problem[] {
  return upstreams.flatMap(({ url, dns_family: family }, index) => {
    if (family === undefined || (url.fansOut && url.dnsFamily === undefined)) return [];
    const prefix = url.fansOut ? `dns${url.dnsFamily!.at(-1)}+` : "no dns+";
    const place = within(at, "upstreams", index, "dns_family");
    return [{ place, text: `found ${prefix} in the URL, wanted dns+` }];
  });
}

/** Returns a problem when paths are to be forwarded to what is not one plain upstream. */
export function passthroughConflicts(file: ConfigFile, isDemo: boolean, place: Place): Problem[] {
  const reason = file.passthrough && gatewayReason(chooseUpstreams(file, isDemo));
  if (!reason) return [];
  const wanted = "one upstream, without dns+ and labels, to forward to";
  return [{ place, text: `found true with ${reason}, wanted ${wanted}` }];
}

/** Returns a problem when clients' headers are to go to targets that answer together. */
export function forwardConflicts(file: ConfigFile, isDemo: boolean, place: Place): Problem[] {
  if ((file.forward_headers ?? "none") === "none") return [];
  const reason = gatewayReason(chooseUpstreams(file, isDemo)) ??
    (file.counters === "monotonic" ? "counters: monotonic" : undefined);
  if (!reason) return [];
  const text = `found headers to forward with ${reason}, wanted none or one plain upstream`;
  return [{ place, text }];
}

/** Returns a problem when a line that cannot be read is to pass where others would be unreadable by it. */
export function unreadableConflicts(file: ConfigFile, isDemo: boolean, place: Place): Problem[] {
  if (file.scrape?.on_unreadable !== "pass") return [];
  const reason = gatewayReason(chooseUpstreams(file, isDemo)) ??
    (file.counters === "monotonic" ? "counters: monotonic" : undefined);
  if (!reason) return [];
  const wanted = "drop or fail: the line would make the whole response unreadable";
  return [{ place, text: `found "pass" with ${reason}, wanted ${wanted}` }];
}

/**
 * Returns a problem for each step of `limits.shed` that is none, and where there is nothing that steps
 * could be taken for, or no way to take them.
 */
export function shedConflicts(
  { limits, ...file }: ConfigFile,
  isDemo: boolean,
  where: Place,
): Problem[] {
  const { shed = [], series = 0 } = limits ?? {};
  if (shed.length === 0) return [];
  const problems = shed.flatMap(({ label, of, metric }, index): Problem[] => {
    const place = within(where, index);
    if (label === undefined && metric === undefined) {
      return [{ place, text: "wanted label or metric" }];
    }
    if (metric === undefined) return [];
    if (label !== undefined) return [{ place, text: "found label and metric, wanted one of them" }];
    if (of === undefined) return [];
    return [{ place: within(place, "of"), text: "found with metric, wanted it with label only" }];
  });
  if (series === 0) {
    problems.push({ place: where, text: "wanted limits.series, too: beyond it steps are taken" });
  }
  const reason = gatewayReason(chooseUpstreams(file, isDemo)) ??
    (file.counters === "monotonic" ? "counters: monotonic" : undefined);
  // What goes on from scrape to scrape would begin anew with each step.
  if (reason !== undefined) {
    const text = `found steps with ${reason}, wanted none, or one plain upstream`;
    problems.push({ place: where, text });
  }
  return problems;
}

/** Returns a problem when a config file leaves out what it has to name, as Edge demands. */
export function missingUpstream(raw: RawConfig, file: Place): Problem[] {
  const isNamed = (keys: RawConfig) => UPSTREAM_KEYS.some((key) => keys[key] !== undefined);
  if (isNamed(raw)) return [];
  const routes = routesOf(raw);
  if (routes.length > 0) {
    const text = "found nothing, wanted the URL of the metrics endpoint, here or for all routes";
    return routes.flatMap((route, index) =>
      isNamed(route) ? [] : [{ place: within(file, "routes", index, "upstream_url"), text }]
    );
  }
  const text = "found nothing, wanted the URL of the metrics endpoint, like http://localhost:8080";
  return [{ place: within(file, "upstream_url"), text }];
}

const UPSTREAM_KEYS = ["metrics_url", "upstream_url", "upstreams"];

/** Returns the sample exporter's settings; adds to `problems` when an upstream was named as well. */
export function readDemo(
  flags: Flags,
  raw: RawConfig,
  where: (...path: string[]) => Place,
  problems: Problem[],
): DemoConfig {
  for (const key of [...UPSTREAM_KEYS, "routes"]) {
    if (raw[key] === undefined) continue;
    const text = `cannot be combined with an upstream (${placeText(where(key))})`;
    problems.push({ place: placeOf("--demo"), text });
  }
  const text = String(flags["demo-ingresses"] ?? DEFAULT_INGRESSES);
  const ingresses = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(ingresses >= 1 && ingresses <= MAX_INGRESSES)) {
    const wanted = `an integer from 1 to ${MAX_INGRESSES}`;
    const found = JSON.stringify(text);
    problems.push({
      place: placeOf("--demo-ingresses"),
      text: `found ${found}, wanted ${wanted}`,
    });
  }
  return { ingresses, isFiltered: !hasOwnRules(flags, raw) };
}

const DEFAULT_INGRESSES = 20;
const MAX_INGRESSES = 100_000;

/** Returns a problem for each provider id that is taken and each interval that is given twice. */
export function providerConflicts(
  raw: RawConfig,
  flagTakesId: boolean,
  file: Place,
  sources: Sources,
): Problem[] {
  if (!Array.isArray(raw.policy_providers)) return [];
  const owners = new Map<unknown, string>();
  if (flagTakesId) owners.set(FLAG_PROVIDER_ID, "--policies");
  const problems: Problem[] = [];
  for (const [index, provider] of raw.policy_providers.entries()) {
    const { id, poll_interval, poll_interval_secs } = Object(provider);
    const path = `policy_providers[${index}]`;
    if (poll_interval != null && poll_interval_secs != null) {
      problems.push({
        place: within(file, "policy_providers", index, "poll_interval"),
        text: "cannot be combined with poll_interval_secs, it is the same setting",
      });
    }
    if (typeof id !== "string") continue;
    const owner = owners.get(id);
    if (owner === undefined) {
      owners.set(id, path);
      continue;
    }
    const shown = found(["policy_providers", index, "id"], id, sources);
    problems.push({
      place: within(file, "policy_providers", index, "id"),
      text: `found ${shown}, wanted an id that ${owner} does not have`,
    });
  }
  return problems;
}

/**
 * Returns where rules come from that are not in the config file. A flag replaces what the file says;
 * adds to `problems` when rules come from two places at once.
 */
export function readRelabelSource(
  flags: Flags,
  raw: RawConfig,
  file: Place,
  problems: Problem[],
): RelabelSource | undefined {
  const text = flags.relabel;
  const path = flags["relabel-file"];
  if (typeof text === "string" && typeof path === "string") {
    const given = "--relabel-file is given too, wanted one of them";
    problems.push({ place: placeOf("--relabel"), text: given });
  }
  if (typeof text === "string") return { kind: "text", text };
  if (typeof path === "string") return { kind: "file", path };
  return readRelabelFile(raw, file, problems);
}

/** The same of what the config file, or one of its routes, says alone. */
export function readRelabelFile(
  raw: RawConfig,
  at: Place,
  problems: Problem[],
): RelabelSource | undefined {
  if (raw.relabel_file === undefined) return undefined;
  for (const key of INLINE_RULE_KEYS) {
    if (raw[key] === undefined) continue;
    const text = `${key} is there too, wanted one of them`;
    problems.push({ place: within(at, "relabel_file"), text });
  }
  return typeof raw.relabel_file === "string"
    ? { kind: "file", path: raw.relabel_file }
    : undefined;
}
