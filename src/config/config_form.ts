import type { ConfigForm } from "./config.ts";
import type { RawConfig } from "./layers.ts";
import { IGNORED_KEYS } from "./schema.ts";

/**
 * The form of a config file, told by its keys. One is in Edge's form when it has a key that files of
 * Edge have, and says where to listen and what to scrape in Edge's words; what it says besides in
 * words of Weir's own changes nothing about that. `upstream_url`, `listen_address`, `listen_port`,
 * `prometheus` and `service` are words of both, and tell nothing.
 */
export function formOf(raw: RawConfig): ConfigForm {
  const has = (key: string) => Object.hasOwn(raw, key);
  return EDGE_KEYS.some(has) && !WEIR_KEYS.some(has) ? "edge" : "file";
}

/** Edge without policies would be of no use; the rest Weir has no other use for. */
const EDGE_KEYS = [
  "policy_providers",
  "max_body_size",
  "tap_enabled",
  ...IGNORED_KEYS.filter((path) => !path.includes(".")),
];
/** What Edge has other keys for. */
const WEIR_KEYS = ["listen", "upstreams"];
