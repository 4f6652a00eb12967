import { printableServer, printableUrl } from "../upstream/printable_url.ts";
import type { Config, PolicyProviderConfig } from "./config.ts";

/** What stands in place of every header value and password. */
export const SECRET = "<secret>";

/** Returns the configuration as a JSON-able value that holds no secret. */
export function printableConfig(config: Config): object {
  return {
    ...config,
    relabelConfigs: config.relabelConfigs.map((rule) => ({
      ...rule,
      modulus: String(rule.modulus),
    })),
    limits: config.limits && {
      ...config.limits,
      labelValues: Object.fromEntries(config.limits.labelValues),
    },
    upstream: { ...config.upstream, url: printableUrl(config.upstream.url) },
    policyProviders: config.policyProviders.map(printableProvider),
  };
}

function printableProvider(provider: PolicyProviderConfig): object {
  if (provider.type === "file") return provider;
  return {
    ...provider,
    url: printableServer(provider.url),
    headers: provider.headers.map(({ name }) => ({ name, value: SECRET })),
  };
}
