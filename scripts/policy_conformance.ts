/**
 * `policy_conformance.ts DIR`: runs every case folder below DIR, in the layout of the public
 * conformance suite for the policy specification, against the policy engine. Prints one line per
 * case (`PASS name`, `SKIP name`, or `FAIL name` with the difference), then `N passed, N failed`;
 * exits with 1 when a case failed and with 2 when there is none.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { parsePolicyFile } from "../src/policy/providers/parse_policies.ts";
import { PolicyCounters } from "../src/policy/policy_counters.ts";
import type { PolicyEntry } from "../src/policy/policy_document.ts";
import { PolicySet } from "../src/policy/policy_set.ts";
import { loadRegexLibrary } from "../src/policy/regex.ts";
import { filterOtlp } from "../test/support/policy/filter_otlp.ts";
import { isObject, type OtlpObject } from "../test/support/policy/otlp_reader.ts";
import { firstDifference, normalize, normalizeOtlp } from "../test/support/policy/otlp_compare.ts";

export interface CaseResult {
  readonly name: string;
  readonly outcome: "PASS" | "FAIL" | "SKIP";
  /** Where the result differs first, what was found there and what was wanted; empty on success. */
  readonly difference: string;
}

/** Runs all cases below `dir`, in the order of their names. */
export async function runCases(dir: string): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const name of caseNames(dir)) {
    try {
      const difference = await runCase(join(dir, name));
      results.push(
        difference === undefined
          ? { name, outcome: "SKIP", difference: "" }
          : { name, outcome: difference === "" ? "PASS" : "FAIL", difference },
      );
    } catch (error) {
      results.push({ name, outcome: "FAIL", difference: String(error) });
    }
  }
  return results;
}

/** Paths, relative to `dir`, of the folders that hold policies; `dir` itself may be one ("."). */
function caseNames(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" });
  return files
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /(^|\/)policies\.(json|ya?ml)$/.test(file))
    .map((file) => file.split("/").slice(0, -1).join("/") || ".")
    .sort();
}

/** Undefined when the case has no batch of metrics, empty when it passes. */
async function runCase(dir: string): Promise<string | undefined> {
  const batches = readdirSync(dir)
    .filter((file) => /^input(_\d+)?\.json$/.test(file))
    .sort((a, b) => batchNumber(a) - batchNumber(b));
  const policies = ["policies.json", "policies.yaml", "policies.yml"]
    .map((file) => join(dir, file)).find(existsSync)!;
  const bytes = readFileSync(policies);
  const entries = await parsePolicyFile(basename(policies), bytes);
  const metricBatches = batches.filter((file) => isMetrics(readJson(join(dir, file)), entries));
  if (metricBatches.length === 0) return undefined;

  const counters = new PolicyCounters();
  const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
  const set = new PolicySet(specs, await loadRegexLibrary(), counters);

  const differences: string[] = [];
  for (const file of metricBatches) {
    const found = filterOtlp(readJson(join(dir, file)) as OtlpObject, set);
    const expected = join(dir, file.replace("input", "expected"));
    if (!existsSync(expected)) continue;
    const difference = firstDifference(normalizeOtlp(found), normalizeOtlp(readJson(expected)));
    if (difference !== undefined) differences.push(`${file}: ${difference}`);
  }
  set.settle();
  const expectedStats = join(dir, "expected_stats.json");
  if (existsSync(expectedStats)) {
    const found = statsOf(entries, counters);
    const difference = firstDifference(found, wantedStats(readJson(expectedStats), entries));
    if (difference !== undefined) differences.push(`stats: ${difference}`);
  }
  return differences.join("; ");
}

function batchNumber(file: string): number {
  return Number(/\d+/.exec(file)?.[0] ?? 0);
}

/** An empty batch is one of metrics when the policies are for metrics. */
function isMetrics(input: unknown, entries: readonly PolicyEntry[]): boolean {
  if (!isObject(input)) return false;
  if (Object.keys(input).length > 0) return "resourceMetrics" in input;
  return entries.some((entry) => entry.state !== "other_signal");
}

interface Stats {
  hits: number;
  misses: number;
  errors: readonly string[];
}

/** By policy; those that would say nothing are left out. */
function statsOf(
  entries: readonly PolicyEntry[],
  counters: PolicyCounters,
): Record<string, unknown> {
  const stats: Record<string, Stats> = {};
  for (const [id, { hits, misses }] of counters.entries()) stats[id] = { hits, misses, errors: [] };
  for (const entry of entries) {
    if (entry.state === "invalid") stats[entry.id] = { hits: 0, misses: 0, errors: entry.errors };
  }
  return normalize(stats) as Record<string, unknown>;
}

/** The same for the expected file; policies for logs and traces are not ours to count. */
function wantedStats(document: unknown, entries: readonly PolicyEntry[]): unknown {
  const foreign = new Set(
    entries.flatMap((entry) => entry.state === "other_signal" ? [entry.id] : []),
  );
  const stats: Record<string, unknown> = {};
  const policies = isObject(document) && Array.isArray(document.policies) ? document.policies : [];
  for (const policy of policies) {
    const id = String(policy.policy_id ?? policy.policyId ?? policy.id ?? "");
    if (foreign.has(id)) continue;
    stats[id] = { hits: policy.hits, misses: policy.misses, errors: policy.errors };
  }
  return normalize(stats);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

async function main(dir: string | undefined): Promise<void> {
  if (dir === undefined || !existsSync(dir)) {
    const found = dir === undefined ? "no folder was given" : `there is no folder ${dir}`;
    console.error(`${found}\nusage: policy_conformance.ts DIR`);
    process.exitCode = 2;
    return;
  }
  const results = await runCases(dir);
  for (const { name, outcome, difference } of results) {
    console.log(`${outcome} ${name}${difference === "" ? "" : `: ${difference}`}`);
  }
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  console.log(`${count("PASS")} passed, ${count("FAIL")} failed`);
  if (results.length === 0) process.exitCode = 2;
  else if (count("FAIL") > 0) process.exitCode = 1;
}

if (import.meta.main) await main(process.argv[2]);
