import type { Flags } from "./flags.ts";
import { INLINE_RULE_KEYS } from "./inline_rules.ts";
import type { RawConfig } from "./layers.ts";

// What `--demo` does with its exporter while nobody says otherwise: the first scrape that anybody
// sees is then one that policies and a rule have made ten times smaller.

export const demoPolicies = {
  policies: [
    {
      id: "drop-debug",
      name: "Drop debug metrics",
      metric: { match: [{ metric_field: "name", regex: "^debug_" }], keep: false },
    },
    {
      id: "drop-go-runtime",
      name: "Drop metrics of the Go runtime",
      metric: { match: [{ metric_field: "name", starts_with: "go_" }], keep: false },
    },
    {
      id: "drop-unused-buckets",
      name: "Keep the buckets of request_duration_seconds only",
      metric: {
        match: [{
          metric_field: "name",
          regex: "_((connect|header|response)_duration_seconds|size_bytes)_bucket$",
        }],
        keep: false,
      },
    },
  ],
} as const;

/** Leaves namespace, ingress and status; what then collides is summed. */
export const demoRelabelConfigs = [
  { action: "labeldrop", regex: "path|method|host|service|canary|controller_.*" },
] as const;

/** Whether whoever started the demo brought rules or policies: then these are the only ones. */
export function hasOwnRules(flags: Flags, raw: RawConfig): boolean {
  const inFile = [...INLINE_RULE_KEYS, "relabel_file", "policy_providers"];
  return inFile.some((key) => raw[key] !== undefined) ||
    ["policies", "relabel", "relabel-file"].some((name) => flags[name] !== undefined);
}
