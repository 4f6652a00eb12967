import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { parsePolicyFile } from "../../src/policy/providers/parse_policies.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { isEnforced } from "../../src/rollout/rollout_mode.ts";

const root = new URL("../..", import.meta.url).pathname;
const DOCS = readFileSync(`${root}/docs/rollout.md`, "utf8");
const [CONFIG, POLICIES] = [...DOCS.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text);

test("the configuration of the page is one", async () => {
  const bytes = new TextEncoder().encode(CONFIG);
  const env = { POD_NAME: "weir-5" };
  const config = await loadConfig({
    ...{ path: "weir.yaml", bytes, flags: {}, env, version: "1", instanceId: "i" },
  });
  deepEqual(config.rollout, { relabel: "shadow", limits: { canary: 0.1 }, name: "weir-5" });
  equal(config.policyProviders[0].mode, "shadow");
});

test("the policy of the page is in shadow", async () => {
  const [entry] = await parsePolicyFile("policies.json", new TextEncoder().encode(POLICIES));
  ok(entry.state === "active");
  equal(entry.mode, "shadow");
});

test("the page names the metrics that are there where something is in shadow", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("1", { name: "bun", version: "1", usage });
  metrics.shadow.usePolicies(["a"]);
  metrics.modes.ofPolicies([{ part: "policy:a", mode: "shadow", isEnforced: false }]);
  const there = [...metrics.render("text").matchAll(/^# TYPE (weir_(?:shadow|mode)\w*) /gm)]
    .map(([, name]) => name);
  const table = [...DOCS.matchAll(/^\| `(weir_\w+)/gm)].map(([, name]) => name);
  // The last scrape's come with the first one.
  const late = ["weir_shadow_saved_series", "weir_shadow_saved_bytes"];
  deepEqual([...there, ...late].sort(), table.sort());
});

test("the name of the example is decided as the page says", () => {
  ok(isEnforced({ canary: 0.1 }, "weir-5"));
});
