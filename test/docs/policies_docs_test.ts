import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ServiceConfig } from "../../src/policy/resource_attributes.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import type { PolicyEntry } from "../../src/policy/policy_document.ts";
import { PolicyEngine } from "../../src/policy/policy_engine.ts";
import { PolicySet } from "../../src/policy/policy_set.ts";
import { readPolicies } from "../../src/policy/providers/parse_policies.ts";
import { syncRequestBody } from "../../src/policy/providers/sync_request.ts";
import { loadRegexLibrary } from "../../src/policy/regex.ts";
import { ResourceAttributes } from "../../src/policy/resource_attributes.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";

const DOCS = readFileSync(new URL("../../docs/policies.md", import.meta.url).pathname).toString();

interface Example {
  readonly heading: string;
  readonly policies: unknown;
  readonly input: string;
  readonly output: string;
  /** What readPolicies reports, one line each; undefined where the document does not say. */
  readonly errors?: string;
  /** Hits and misses after the example ran; undefined where the document does not say. */
  readonly counted?: string;
}

/** Each selector, as its key and, where the key has several meanings, its value. */
const SELECTORS = [
  "metric_field name",
  "metric_field description",
  "metric_field unit",
  "metric_field scope_name",
  "metric_field scope_version",
  "metric_field scope_schema_url",
  "metric_field resource_schema_url",
  "datapoint_attribute",
  "datapoint_attribute value",
  "datapoint_attribute timestamp",
  "resource_attribute",
  "scope_attribute",
  "metric_type",
  "aggregation_temporality",
];

/** Each match, as its key and, where types or values differ, which of them. */
const MATCHES = [
  "exact",
  "equals string",
  "equals number",
  "equals boolean",
  "equals int_value",
  "equals hex_value",
  "regex",
  "starts_with",
  "ends_with",
  "contains",
  "exists true",
  "exists false",
  "gt",
  "gte",
  "lt",
  "lte",
  "negate",
  "case_insensitive",
];

const EXAMPLES = examples();

for (const example of EXAMPLES) {
  test(`example: ${example.heading}`, async () => {
    const entries = await readPolicies(example.policies);
    const { text, counters } = await run(entries, example.input);
    assert.equal(text, example.output);
    assert.notEqual(text, example.input, "an example shows a drop");
    if (example.errors !== undefined) assert.equal(errorText(entries), example.errors);
    else assert.deepEqual(entries.map((entry) => entry.state), entries.map(() => "active"));
    if (example.counted !== undefined) assert.equal(countedText(counters), example.counted);
  });
}

test("every input has its output, and one example shows errors and one counts", () => {
  assert.equal(EXAMPLES.length, DOCS.match(/^```prom input$/gm)?.length);
  assert.equal(EXAMPLES.length, DOCS.match(/^```prom output$/gm)?.length);
  assert.equal(EXAMPLES.filter(({ errors }) => errors !== undefined).length, 1);
  assert.equal(EXAMPLES.filter(({ counted }) => counted !== undefined).length, 1);
});

test("every selector is in the table and has an example", () => {
  const rows = [...DOCS.matchAll(/^\| `([a-z_]+)(?:: (\w+))?`/gm)].map(([, key, value]) =>
    value === undefined || value === "NAME" ? key : `${key} ${value}`
  );
  assert.deepEqual(rows.filter((row) => SELECTORS.includes(row)), SELECTORS);
  const shown = new Set(matchers().map(selectorOf));
  assert.deepEqual(SELECTORS.filter((selector) => !shown.has(selector)), []);
});

test("every match has an example", () => {
  const shown = new Set(matchers().flatMap(matchesOf));
  assert.deepEqual(MATCHES.filter((match) => !shown.has(match)), []);
});

test("every matcher of an example is needed for what it drops", async () => {
  for (const { heading, policies, input, output } of EXAMPLES) {
    const [policy, ...others] = policyList(policies);
    if (others.length > 0) continue;
    const kept = output.split("\n");
    const dropped = input.split("\n").filter((line) => !kept.includes(line));
    for (const [index, matcher] of policy.metric.match.entries()) {
      const match = policy.metric.match.with(index, { ...matcher, negate: !matcher.negate });
      const entries = await readPolicies({ ...policy, metric: { ...policy.metric, match } });
      const lines = (await run(entries, input)).text.split("\n");
      const place = `${heading}: match[${index}]`;
      assert.deepEqual(dropped.filter((line) => !lines.includes(line)), [], place);
    }
  }
});

test("the metrics exist", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  metrics.declareProvider("local");
  metrics.declarePolicies(["p"]);
  metrics.policyLoaded("local", true);
  metrics.policyCacheSaved(true);
  const families = metrics.render("text");
  for (const [, name, labels = ""] of DOCS.matchAll(/`(weir_\w+)(?:\{([^}]*)\})?`/g)) {
    const line = families.split("\n").find((sample) => sample.startsWith(`${name}{`)) ?? "";
    for (const label of labels.split(",")) {
      assert.match(line, new RegExp(`[{,]${label.split("=")[0]}="`), name);
    }
  }
});

test("the fields of the sync protocol are those that are sent", () => {
  const service: ServiceConfig = {
    name: "weir",
    namespace: "default",
    version: "0.1.0",
    instanceId: "i",
    resourceAttributes: [],
    labels: [],
  };
  const status = { id: "p", matchHits: "3", matchMisses: "0", errors: [] };
  const request = JSON.parse(syncRequestBody(service, {
    fullSync: true,
    lastSyncTimestampUnixNano: "0",
    lastSuccessfulHash: "",
    policyStatuses: [status],
  }));
  const documented = /^- \*\*Request\.\*\*(.*?)^- /ms.exec(DOCS)?.[1] ?? "";
  for (const key of [...Object.keys(request), ...Object.keys(status)]) {
    assert.ok(documented.includes(`\`${key}\``), key);
  }
  const [stage] = request.clientMetadata.supportedPolicyStages;
  assert.ok(documented.includes(`\`${stage}\``));
});

async function run(entries: readonly PolicyEntry[], input: string) {
  const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
  const counters = new PolicyCounters();
  const set = new PolicySet(specs, await loadRegexLibrary(), counters);
  const policies = new PolicyEngine(set, new ResourceAttributes([]));
  const { text } = await filterChunks([encode(input)], { policies });
  policies.settle();
  return { text, counters };
}

function errorText(entries: readonly PolicyEntry[]): string {
  return entries
    .flatMap((entry) => entry.state === "invalid" ? entry.errors : [])
    .map((error) => `${error}\n`).join("");
}

function countedText(counters: PolicyCounters): string {
  return [...counters.entries()].map(([id, { hits, misses }]) =>
    `weir_policy_hits_total{policy="${id}"} ${hits}\n` +
    `weir_policy_misses_total{policy="${id}"} ${misses}\n`
  ).join("");
}

/** Policies, input and output that follow each other, with the heading above them. */
function examples(): Example[] {
  const found: Example[] = [];
  let block: Partial<Record<string, string>> = {};
  for (const { heading, info, text } of fences()) {
    if (info === "json") block = {};
    block[info] = text;
    if (info === "prom counted") found.push({ ...found.pop()!, counted: text });
    if (info !== "prom output") continue;
    const { json, text: errors, "prom input": input } = block;
    if (json === undefined || input === undefined) throw new Error(`${heading}: not a triple`);
    found.push({ heading, policies: JSON.parse(json), input, output: text, errors });
  }
  return found;
}

function fences(): { heading: string; info: string; text: string }[] {
  let heading = "";
  const found = [];
  for (const match of DOCS.matchAll(/^#+ (.*)$|^```(\S.*)\n([^]*?)^```$/gm)) {
    const [, title, info, text] = match;
    if (title === undefined) found.push({ heading, info, text });
    else heading = title;
  }
  return found;
}

type RawMatcher = Readonly<Record<string, unknown>>;
interface RawPolicy {
  readonly metric: { readonly match: readonly RawMatcher[]; readonly keep?: boolean };
}

/** An example's policies, as the document writes them. */
function policyList(document: unknown): RawPolicy[] {
  const { policies = document } = document as { readonly policies?: unknown };
  return [policies].flat() as RawPolicy[];
}

/** The matchers of all examples but the broken one. */
function matchers(): RawMatcher[] {
  return EXAMPLES.filter(({ errors }) => errors === undefined)
    .flatMap(({ policies }) => policyList(policies))
    .flatMap(({ metric }) => metric.match);
}

function selectorOf(matcher: RawMatcher): string {
  const key = Object.keys(matcher)[0];
  return SELECTORS.find((selector) => selector === `${key} ${matcher[key]}`) ?? key;
}

function matchesOf(matcher: RawMatcher): string[] {
  return Object.entries(matcher).slice(1).map(([key, value]) => {
    if (key === "exists") return `exists ${value}`;
    if (key !== "equals") return key;
    return typeof value === "object"
      ? `equals ${Object.keys(value!)[0]}`
      : `equals ${typeof value}`;
  });
}
