import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { placeText } from "../problems/problem.ts";
import type { Config, PolicyProviderConfig, UpstreamConfig, WholeConfig } from "./config.ts";
import { printableSocketUrl } from "./socket_url.ts";

/** What stands in place of every header value and password. */
export const SECRET = "<secret>";

type Printed = Omit<Config, "scrape"> & { readonly scrape: object };

/** Returns the configuration as a JSON-able value that holds no secret. */
export function printableConfig(
  { routes, shown: _, ...config }: Printed & Partial<Pick<WholeConfig, "routes">>,
): object {
  return {
    ...config,
    ...routes?.length
      ? { routes: routes.map(({ path, config }) => ({ path, ...printableRoute(config) })) }
      : {},
    relabelConfigs: config.relabelConfigs.map(printableRule),
    subsets: Object.fromEntries(
      [...config.subsets].map(([name, rules]) => [name, rules.map(printableRule)]),
    ),
    limits: config.limits && {
      ...config.limits,
      labelValues: Object.fromEntries(config.limits.labelValues),
    },
    upstreams: config.upstreams.map((upstream) => ({
      ...upstream,
      url: printableUrl(upstream.url),
      labels: Object.fromEntries(upstream.labels),
      http: withoutTexts(upstream.http),
    })),
    passthroughUpstream: config.passthroughUpstream &&
      printableUrl(config.passthroughUpstream.url),
    web: {
      ...config.web,
      kubernetesAuth: withoutTexts(config.web.kubernetesAuth),
    },
    policyProviders: config.policyProviders.map(printableProvider),
  };
}

/** What a route has of its own. */
function printableRoute(config: Config): object {
  const { upstreams, relabelConfigs, relabelSource, subsets, limits, rollout } = printableConfig(
    config,
  ) as Record<string, unknown>;
  return { upstreams, relabelConfigs, relabelSource, subsets, limits, rollout };
}

/** Returns the upstream as it is configured, with `dns+` (`dns4+`, `dns6+`) and without a password. */
export function printableUpstream({ url, fansOut, dnsFamily }: UpstreamConfig): string {
  const digit = dnsFamily === "ipv4" ? "4" : dnsFamily === "ipv6" ? "6" : "";
  return fansOut ? `dns${digit}+${printableUrl(url)}` : printableUrl(url);
}

function printableRule(rule: RelabelConfig): object {
  return { ...rule, place: placeText(rule.place), modulus: String(rule.modulus) };
}

function printableProvider(provider: PolicyProviderConfig): object {
  if (provider.type === "file") return provider;
  return {
    ...provider,
    url: printableServer(provider.url),
    headers: provider.headers.map(({ name }) => ({ name, value: SECRET })),
    http: withoutTexts(provider.http),
  };
}

/** Of an `http_config`: paths of files are told, the texts that stand in their place are not. */
function withoutTexts(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutTexts);
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key === "text" ? SECRET : withoutTexts(child),
    ]),
  );
}

/**
 * The URL as it may stand in logs, errors and pages: user name and password print as `<secret>`.
 * What does not parse as a URL is masked up to its last `@`, so that a mistyped one is safe too.
 */
export function printableUrl(url: string): string {
  const ofSocket = printableSocketUrl(url);
  if (ofSocket !== undefined) return ofSocket;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? "";
  const rest = url.slice(scheme.length);
  const userPart = scheme !== "" && URL.canParse(url) ? /^[^/?#\\]*/.exec(rest)![0] : rest;
  const at = userPart.lastIndexOf("@");
  return at < 0 ? url : `${scheme}<secret>@${rest.slice(at + 1)}`;
}

/** The same for a server that is given credentials: a query may hold a token, and prints as none. */
export function printableServer(url: string): string {
  return printableUrl(url).replace(/\?.*/s, "?<secret>");
}
