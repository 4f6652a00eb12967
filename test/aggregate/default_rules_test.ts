import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type AggregateFunction, functionFor } from "../../src/aggregate/aggregate_function.ts";
import { DEFAULT_AGGREGATION, DEFAULT_RULES } from "../../src/aggregate/default_rules.ts";
import { compileAggregation } from "../../src/lines/rules_in_force.ts";
import type { FamilyType } from "../../src/exposition/family_type.ts";
import { TextSet } from "../../src/exposition/text_map.ts";
import { testMerged } from "../support/gateway/merged_case.ts";
import { runCheck } from "../support/cli/memory_files.ts";
import { dropPath, testSeries } from "../support/lines/series_case.ts";

/** What common exporters send as gauges, or without a TYPE, and what becomes of it. */
const NAMES: Readonly<Partial<Record<AggregateFunction, string>>> = {
  max:
    `process_start_time_seconds node_boot_time_seconds node_time_seconds node_textfile_mtime_seconds
    prometheus_config_last_reload_success_timestamp_seconds go_memstats_last_gc_time_seconds
    kube_pod_start_time kube_pod_deletion_timestamp kube_cronjob_status_last_schedule_time
    container_last_seen start_time_seconds last_backup_duration_seconds push_time:timestamp_ms
    go_info kube_pod_info node_uname_info prometheus_build_info process.runtime.info info
    node_os_version http_server_requests_seconds_max`,
  min: `probe_ssl_earliest_cert_expiry x509_cert_not_after
    certmanager_certificate_expiration_timestamp_seconds process_uptime_seconds
    redis_uptime_in_seconds http_server_requests_seconds_min`,
  avg: `cache_hit_ratio go_memstats_gc_cpu_fraction disk_used_percent cpu_pct system_cpu_utilization
    system.cpu.utilization node_hwmon_temp_celsius node_hwmon_in_volts latency_avg requests_mean
    instance:cpu_utilisation ratio`,
  sum: `go_goroutines process_open_fds process_max_fds process_virtual_memory_max_bytes
    process_resident_memory_bytes process_cpu_seconds_total hikaricp_connections_max
    hikaricp_connections_min jvm_memory_max_bytes jvm_memory_bytes_max container_memory_limit
    up mysql_up probe_success prometheus_config_last_reload_successful node_load1
    kube_deployment_spec_replicas http_requests_total queue_length_seconds node_cpu_frequency_hertz
    last_seconds blast_radius_seconds informational conversion reinfo myratio ratios
    process_start_time_seconds_total time_seconds first_seen seconds_maximum
    mysql_global_status_threads_created`,
};

for (const [fn, names] of Object.entries(NAMES)) {
  for (const name of names.split(/\s+/)) {
    test(`${name} becomes its ${fn}`, () => {
      const asGauge = name.endsWith("_created") ? "min" : fn;
      const found = (["gauge", "unknown", "untyped", undefined] as const)
        .map((type) => functionFor(name, "", type, DEFAULT_AGGREGATION));
      deepEqual(found, [asGauge, fn, fn, fn]);
    });
  }
}

test("every ending is tried above", () => {
  const tried = Object.values(NAMES).join(" ").split(/\s+/);
  const untried = DEFAULT_RULES.flatMap((rule) =>
    rule.endings.filter((ending) =>
      !tried.some((name) => new RegExp(`(^|[_.:])${ending.replace("*", ".*")}$`).test(name))
    )
  );
  deepEqual(untried, UNTRIED);
});

/** Spellings of others that are tried. */
const UNTRIED = ["expiry_timestamp_seconds", "percentage", "fahrenheit", "kelvin", "average"];

const OTHERS: readonly [type: FamilyType, suffix: string, name: string, fn: AggregateFunction][] = [
  ["counter", "", "process_start_time_seconds", "sum"],
  ["counter", "_total", "cache_hit_ratio_total", "sum"],
  ["histogram", "_bucket", "cpu_ratio_bucket", "sum"],
  ["histogram", "_created", "cpu_ratio_created", "drop"],
  ["summary", "", "gc_pause_ratio", "drop"],
  ["summary", "_sum", "gc_pause_ratio_sum", "sum"],
  ["gaugehistogram", "", "load_percent", "sum"],
  ["stateset", "", "cpu_ratio", "max"],
  ["info", "_info", "build_info", "max"],
];

for (const [type, suffix, name, fn] of OTHERS) {
  test(`a ${type}'s ${name} becomes its ${fn}, whatever its name`, () => {
    equal(functionFor(name, suffix, type, DEFAULT_AGGREGATION), fn);
  });
}

test("rules of one's own go first, and all built-in ones can be taken away", async () => {
  const aggregationRules = [{ match: "cpu_ratio", function: "count" as const }];
  const rules = await compileAggregation({ aggregationRules });
  equal(functionFor("cpu_ratio", "", "gauge", rules), "count");
  equal(functionFor("disk_ratio", "", "gauge", rules), "avg");
  const without = await compileAggregation({ aggregationRules, aggregationDefaults: false });
  equal(functionFor("cpu_ratio", "", "gauge", without), "count");
  equal(functionFor("disk_ratio", "", "gauge", without), "sum");
});

testSeries([
  {
    what: "gauges that no one may add, in a sidecar",
    rules: dropPath,
    input: `process_start_time_seconds{path="/a"} 1735700000
process_start_time_seconds{path="/b"} 1735800000
# TYPE hit_ratio gauge
hit_ratio{path="/a"} 0.5
hit_ratio{path="/b"} 1
# TYPE app_build_info gauge
app_build_info{path="/a"} 1
app_build_info{path="/b"} 1
# TYPE start_time_seconds counter
start_time_seconds{path="/a"} 1
start_time_seconds{path="/b"} 2
`,
    expected: `process_start_time_seconds 1735800000
# TYPE hit_ratio gauge
hit_ratio 0.75
# TYPE app_build_info gauge
app_build_info 1
# TYPE start_time_seconds counter
start_time_seconds 3
`,
    stats: { summedGauges: new TextSet() },
  },
  {
    what: "gauges that no one may add, in OpenMetrics",
    rules: dropPath,
    input: `# TYPE process_start_time_seconds unknown
process_start_time_seconds{path="/a"} 1735700000
process_start_time_seconds{path="/b"} 1735800000
# TYPE hit_ratio gauge
hit_ratio{path="/a"} 0.5
hit_ratio{path="/b"} 1
# EOF
`,
    expected: `# TYPE process_start_time_seconds unknown
process_start_time_seconds 1735800000
# TYPE hit_ratio gauge
hit_ratio 0.75
# EOF
`,
    options: { format: "openmetrics" },
  },
  {
    what: "the name after the rules decides",
    rules: [
      {
        source_labels: ["__name__"],
        regex: "cpu",
        target_label: "__name__",
        replacement: "cpu_pct",
      },
      ...dropPath,
    ],
    input: 'cpu{path="/a"} 10\ncpu{path="/b"} 20\n',
    expected: "cpu_pct 15\n",
  },
]);

testMerged([{
  what: "gauges that no one may add, in a gateway",
  scrapes: [{
    answers: {
      a: "process_start_time_seconds 1735700000\n# TYPE hit_ratio gauge\nhit_ratio 0.5\ngo_info 1\n",
      b: "process_start_time_seconds 1735800000\n# TYPE hit_ratio gauge\nhit_ratio 1\ngo_info 1\n",
    },
    expected:
      "process_start_time_seconds 1735800000\n# TYPE hit_ratio gauge\nhit_ratio 0.75\ngo_info 1\n",
    report: { summedGauges: new TextSet() },
  }],
}]);

const FILES = {
  "r.yaml": "- {action: labeldrop, regex: path}",
  "s.prom": `# TYPE hit_ratio gauge
hit_ratio{path="a"} 1
hit_ratio{path="b"} 1
go_info{path="a"} 1
go_info{path="b"} 1
start_time_seconds{path="a"} 1
start_time_seconds{path="b"} 1
# TYPE lonely_ratio gauge
lonely_ratio{path="a"} 1
`,
};

test("check says of a scrape which samples built-in rules decide about", async () => {
  const line = "--relabel-file r.yaml --scrape s.prom";
  const { status, stdout } = await runCheck(line, FILES);
  deepEqual([status, stdout.filter((line) => line.startsWith("built-in rules"))], [0, [
    "built-in rules      the avg of hit_ratio",
    "built-in rules      the max of go_info, start_time_seconds",
  ]]);
  const json = JSON.parse((await runCheck(`${line} --json`, FILES)).stdout.join("\n"));
  deepEqual(json.built_in_rules, {
    in_force: DEFAULT_RULES,
    used: { avg: ["hit_ratio"], max: ["go_info", "start_time_seconds"] },
  });
});

test("check says of gauges that they are summed where the built-in rules are off", async () => {
  const { stdout } = await runCheck("weir.yaml --relabel-file r.yaml --scrape s.prom", {
    ...FILES,
    "weir.yaml": "upstream_url: a:1\naggregation: {defaults: false}\n",
  });
  deepEqual(stdout.filter((line) => /^aggregation rules|sums-gauges/.test(line)), [
    "aggregation rules   0, without the built-in ones",
    "r.yaml: metric_relabel_configs[0]: it makes gauges collide, which are summed as nothing else " +
    "is declared: hit_ratio (1 sample) (sums-gauges)",
  ]);
});
