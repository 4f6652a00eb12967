import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { RuleHitCounts } from "../../src/relabel/rule_hits.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

function newMetrics(): WeirMetrics {
  return new WeirMetrics("0.1.0", {
    name: "bun",
    version: "1.4.5",
    usage: () => ({
      residentBytes: 29_360_128,
      cpuSeconds: 0.25,
      startTimeSeconds: 1.7e9,
      openFds: 12,
      maxFds: 1024,
      memoryLimitBytes: 67_108_864,
    }),
  });
}

/** The sample lines of one family, without their comments. */
function samplesOf(metrics: WeirMetrics, name: string): string[] {
  return metrics.render("text").split("\n").filter((line) =>
    line.startsWith(`${name}{`) || line.startsWith(`${name} `)
  );
}

test("known series start at 0", () => {
  const metrics = newMetrics();
  assert.deepEqual(samplesOf(metrics, "weir_scrapes_total"), [
    'weir_scrapes_total{path="/metrics",code="200",outcome="complete"} 0',
    'weir_scrapes_total{path="/metrics",code="200",outcome="truncated"} 0',
    'weir_scrapes_total{path="/metrics",code="200",outcome="aborted"} 0',
    'weir_scrapes_total{path="/metrics",code="200",outcome="cancelled"} 0',
    'weir_scrapes_total{path="/metrics",code="502",outcome="error"} 0',
    'weir_scrapes_total{path="/metrics",code="504",outcome="error"} 0',
    'weir_scrapes_total{path="/source",code="200",outcome="complete"} 0',
    'weir_scrapes_total{path="/source",code="200",outcome="aborted"} 0',
    'weir_scrapes_total{path="/source",code="200",outcome="cancelled"} 0',
    'weir_scrapes_total{path="/source",code="502",outcome="error"} 0',
    'weir_scrapes_total{path="/source",code="504",outcome="error"} 0',
  ]);
  assert.deepEqual(samplesOf(metrics, "weir_passed_through_lines_total"), [
    'weir_passed_through_lines_total{reason="overlong"} 0',
    'weir_passed_through_lines_total{reason="unparseable"} 0',
    'weir_passed_through_lines_total{reason="evaluation_error"} 0',
  ]);
  assert.deepEqual(samplesOf(metrics, "weir_truncations_total"), [
    'weir_truncations_total{limit="input"} 0',
    'weir_truncations_total{limit="output"} 0',
  ]);
  assert.deepEqual(samplesOf(metrics, "weir_policies"), [
    'weir_policies{state="active"} 0',
    'weir_policies{state="shadow"} 0',
    'weir_policies{state="disabled"} 0',
    'weir_policies{state="invalid"} 0',
    'weir_policies{state="other_signal"} 0',
  ]);
  assert.deepEqual(samplesOf(metrics, "weir_scrape_duration_seconds_count"), [
    "weir_scrape_duration_seconds_count 0",
  ]);
});

test("routes have metrics of their own, and each family stands there once", () => {
  const metrics = newMetrics();
  metrics.inputSamples.inc(1);
  const [first, second] = metrics.useRoutes(["/metrics", "/b"]);
  first.inputSamples.inc(2);
  second.inputSamples.inc(3);
  assert.deepEqual(samplesOf(metrics, "weir_input_samples_total"), [
    'weir_input_samples_total{route="/metrics"} 2',
    'weir_input_samples_total{route="/b"} 3',
  ]);
  assert.deepEqual(
    samplesOf(metrics, "weir_scrapes_total").filter((line) => line.includes('code="504"')),
    [
      'weir_scrapes_total{route="/metrics",path="/metrics",code="504",outcome="error"} 0',
      'weir_scrapes_total{route="/metrics",path="/source",code="504",outcome="error"} 0',
      'weir_scrapes_total{route="/b",path="/b",code="504",outcome="error"} 0',
      'weir_scrapes_total{route="/b",path="/source",code="504",outcome="error"} 0',
    ],
  );
  const types = metrics.render("openmetrics").match(/^# TYPE \S+/gm) ?? [];
  assert.deepEqual(types, [...new Set(types)]);
  assert.equal(samplesOf(metrics, "weir_build_info").length, 1);
  // What stays goes on, what comes back begins anew.
  metrics.useRoutes(["/b"]);
  metrics.useRoutes(["/metrics", "/b"]);
  assert.deepEqual(samplesOf(metrics, "weir_input_samples_total"), [
    'weir_input_samples_total{route="/metrics"} 0',
    'weir_input_samples_total{route="/b"} 3',
  ]);
  metrics.useRoutes([]);
  assert.deepEqual(samplesOf(metrics, "weir_input_samples_total"), ["weir_input_samples_total 1"]);
});

test("build and process are described", () => {
  const metrics = newMetrics();
  assert.deepEqual(samplesOf(metrics, "weir_build_info"), [
    'weir_build_info{version="0.1.0",revision="unknown",runtime="bun",runtime_version="1.4.5"} 1',
  ]);
  assert.deepEqual(samplesOf(metrics, "process_resident_memory_bytes"), [
    "process_resident_memory_bytes 29360128",
  ]);
  assert.deepEqual(samplesOf(metrics, "process_cpu_seconds_total"), [
    "process_cpu_seconds_total 0.25",
  ]);
  assert.deepEqual(samplesOf(metrics, "process_start_time_seconds"), [
    "process_start_time_seconds 1700000000",
  ]);
  assert.deepEqual(samplesOf(metrics, "process_open_fds"), ["process_open_fds 12"]);
  assert.deepEqual(samplesOf(metrics, "process_max_fds"), ["process_max_fds 1024"]);
  assert.deepEqual(samplesOf(metrics, "weir_memory_limit_bytes"), [
    "weir_memory_limit_bytes 67108864",
  ]);
});

test("whether the upstream is up is unknown until it is set", () => {
  const metrics = newMetrics();
  assert.ok(!metrics.render("text").includes("weir_upstream_up"));
  metrics.upstreamUp.with().set(0);
  assert.deepEqual(samplesOf(metrics, "weir_upstream_up"), ["weir_upstream_up 0"]);
});

test("policies that went away lose their counters, those that stay keep theirs", () => {
  const metrics = newMetrics();
  metrics.declarePolicies(["old", "stays"]);
  metrics.policyHits.with("stays").inc(7);
  metrics.declarePolicies(["stays", "new"]);
  assert.deepEqual(samplesOf(metrics, "weir_policy_hits_total"), [
    'weir_policy_hits_total{policy="stays"} 7',
    'weir_policy_hits_total{policy="new"} 0',
  ]);
  assert.deepEqual(samplesOf(metrics, "weir_policy_misses_total"), [
    'weir_policy_misses_total{policy="stays"} 0',
    'weir_policy_misses_total{policy="new"} 0',
  ]);
});

test("a provider's loads are counted by result, the last one shown", () => {
  const metrics = newMetrics();
  metrics.declareProvider("local");
  assert.deepEqual(samplesOf(metrics, "weir_policy_last_load_successful"), []);
  metrics.policyLoaded("local", true);
  metrics.policyLoaded("local", false);
  metrics.policyLoaded("local", false);
  assert.deepEqual(samplesOf(metrics, "weir_policy_loads_total"), [
    'weir_policy_loads_total{provider="local",result="success"} 1',
    'weir_policy_loads_total{provider="local",result="failure"} 2',
  ]);
  assert.deepEqual(samplesOf(metrics, "weir_policy_last_load_successful"), [
    'weir_policy_last_load_successful{provider="local"} 0',
  ]);
});

const rules = (...regexes: string[]) =>
  compileRules(
    readRelabelConfigs(
      regexes.map((regex) => ({ action: "labeldrop", regex })),
      placeOf("rules"),
      "utf8",
    ).configs,
  );

/** One sample that the rule number `rule` did something to. */
function hit(rule: number): RuleHitCounts {
  const counts = new RuleHitCounts();
  counts.add([rule], 1);
  return counts;
}

test("hits of rules go on as long as the rule stands where it does", async () => {
  const metrics = newMetrics();
  const first = await rules("a", "b");
  metrics.ruleHits.declare(new Map([["/metrics", first], ["/metrics/s", undefined]]));
  metrics.ruleHits.count("/metrics", first, hit(0));
  metrics.ruleHits.count("/metrics", first, hit(1));
  const second = await rules("a", "c", "d");
  metrics.ruleHits.declare(new Map([["/metrics", second], ["/metrics/s", await rules("e")]]));
  // A scrape that began before.
  metrics.ruleHits.count("/metrics", first, hit(0));
  metrics.ruleHits.count("/metrics", second, hit(2));
  assert.deepEqual(samplesOf(metrics, "weir_rule_hits_total"), [
    'weir_rule_hits_total{path="/metrics",rule="0",action="labeldrop"} 1',
    'weir_rule_hits_total{path="/metrics",rule="1",action="labeldrop"} 0',
    'weir_rule_hits_total{path="/metrics",rule="2",action="labeldrop"} 1',
    'weir_rule_hits_total{path="/metrics/s",rule="0",action="labeldrop"} 0',
  ]);
  metrics.ruleHits.declare(new Map([["/metrics", undefined]]));
  assert.deepEqual(samplesOf(metrics, "weir_rule_hits_total"), []);
});

test("OpenMetrics names families without _total, gives units and ends", () => {
  const text = newMetrics().render("openmetrics");
  assert.ok(
    text.includes(
      "# TYPE weir_input_bytes counter\n# UNIT weir_input_bytes bytes\nweir_input_bytes_total 0\n",
    ),
    text,
  );
  assert.ok(text.endsWith("\n# EOF\n"));
});

test("promtool objects to nothing", { skip: hasPromtool() ? false : "no promtool" }, () => {
  const metrics = newMetrics();
  metrics.upstreamUp.with().set(1);
  metrics.declarePolicies(["drop-debug"]);
  metrics.policyLoaded("local", true);
  metrics.scrapeDuration.observe(0.2);
  const { stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: metrics.render("text"),
    encoding: "utf8",
  });
  assert.deepEqual({ stdout, stderr }, { stdout: "", stderr: "" });
});

function hasPromtool(): boolean {
  try {
    execFileSync("promtool", ["--version"]);
    return true;
  } catch {
    // On a laptop it may be missing; in CI it has to be there.
    if (process.env.CI) throw new Error("promtool is not installed");
    return false;
  }
}
