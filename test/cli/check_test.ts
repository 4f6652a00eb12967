import { deepEqual, equal } from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { runCheck } from "../support/cli/memory_files.ts";

test("a clean configuration: the settings in force, status 0", async () => {
  const outcome = await runCheck("weir.yaml", {
    "weir.yaml": `
upstream_url: http://user:hunter2@shop:8080/metrics
listen_port: 9090
metric_relabel_configs:
  - {action: labeldrop, regex: path}
aggregation: {rules: [{match: .*_seconds, function: max}]}
limits: {series_per_family: 100, label_values: {host: 20}}
policy_providers: [{id: local, type: file, path: p.json}]
`,
    "p.json": `[
      {"id": "a", "name": "A", "metric": {"match": [{"metric_field": "name", "equals": "a"}], "keep": false}},
      {"id": "b", "name": "B", "enabled": false, "metric": {"match": [{"metric_field": "name", "equals": "a"}], "keep": false}},
      {"id": "c", "name": "C", "log": {}}
    ]`,
  });
  deepEqual(outcome, {
    status: 0,
    stdout: [
      "listen              127.0.0.1:9090",
      "upstream            http://<secret>@shop:8080/metrics",
      "as Edge             other requests pass on, headers forwarded: all",
      "scrape timeout      15 s",
      "byte limits         10485760 bytes in, 10485760 bytes out, then truncate",
      "service             tero/tero-edge latest",
      "relabel rules       1",
      "aggregation rules   1, then the built-in ones",
      "cardinality limits  100 series per family, 20 values of host, then overflow",
      "policies            1 active, 1 disabled, 1 of other signals",
      "no lints",
    ],
    stderr: [],
  });
});

test("what scrapes give up first is told, and what is wrong with it", async () => {
  const checked = async (shed: string) =>
    await runCheck("weir.yaml", {
      "weir.yaml": `
upstream_url: http://shop:8080/metrics
limits: {series: 100, action: drop, shed: ${shed}}
`,
    });
  const { status, stdout } = await checked(
    "[{label: path}, {label: pod, of: http_.*}, {metric: debug_.*}]",
  );
  deepEqual([status, stdout.find((line) => line.startsWith("cardinality"))], [
    0,
    "cardinality limits  100 series, then drop, and the next scrapes without " +
    "label path, then label pod of http_.*, then metric debug_.*",
  ]);
  const wrong = await checked("[{metric: '('}]");
  equal(wrong.status, 2);
  equal(
    [...wrong.stdout, ...wrong.stderr].some((line) =>
      line.includes('limits.shed[0]: error parsing regexp: missing closing ): "("')
    ),
    true,
  );
});

test("flags alone are checked with their own defaults", async () => {
  const args = "--listen unix:/run/weir.sock --fallback-protocol PrometheusText0.0.4";
  const { status, stdout } = await runCheck(args, {});
  equal(status, 0);
  deepEqual(stdout.slice(0, 5), [
    "listen              unix:/run/weir.sock",
    "upstream            http://localhost:10254/metrics",
    "scrape timeout      15 s",
    "fallback protocol   PrometheusText0.0.4",
    "byte limits         none",
  ]);
});

test("the upstreams of a gateway, and subsets", async () => {
  const { status, stdout } = await runCheck("weir.yaml --shard weir-1/4 --state-file s.json", {
    "weir.yaml": `
upstreams:
  - dns+http://user:hunter2@shop:8080/metrics
  - {url: "b:1/m", labels: {zone: 'a"b', rack: "7"}}
target_label: instance
min_scrape_interval: 10s
subset_max_age: 1m
subsets:
  requests: [{action: keep, source_labels: [__name__], regex: http_.*}]
  all:
`,
  });
  deepEqual([status, stdout], [0, [
    "listen              127.0.0.1:8080",
    "upstream            dns+http://<secret>@shop:8080/metrics",
    'upstream            http://b:1/m zone="a\\"b" rack="7"',
    "gateway             64 targets at a time, partial on errors, monotonic counters, " +
    "targets forgotten after 300 s, with target metrics, target label instance, " +
    "state in s.json, shard 1 of 4",
    "scrapes             requests share a scrape, at most one every 10 s",
    "scrape timeout      15 s",
    "byte limits         none",
    "service             default/weir 1.2.3",
    "relabel rules       0",
    "subsets             requests (1 rule), all (no rules), with timestamps, at most 60 s old",
    "aggregation rules   0, then the built-in ones",
    "cardinality limits  none",
    "policies            0 active, 0 disabled, 0 of other signals",
    "no lints",
  ]]);
});

test("the families of names", async () => {
  const { status, stdout } = await runCheck("weir.yaml", {
    "weir.yaml": "dns_family: both\nupstreams: [dns+a:1/m, dns4+b:1/m, DNS6+c:1/m, d:1/m]\n",
  });
  deepEqual([status, stdout.slice(1, 5)], [0, [
    "upstream            dns+http://a:1/m (IPv4 and IPv6)",
    "upstream            dns4+http://b:1/m",
    "upstream            dns6+http://c:1/m",
    "upstream            http://d:1/m",
  ]]);
});

test("counters of one upstream that go on", async () => {
  const line = "-H a:1/m --counters monotonic --state-file s.json --target-metrics true";
  const { stdout } = await runCheck(line, {});
  deepEqual(stdout.slice(1, 3), [
    "upstream            http://a:1/m",
    "counters            monotonic, remembered for 300 s when they are gone, with target metrics, " +
    "state in s.json",
  ]);
});

test("a flag's rules take the place of the file's subsets too", async () => {
  const { status, stdout } = await runCheck(
    ["weir.yaml", "--json", "--relabel", "metric_relabel_configs: []\nfew: [{action: keep}]"],
    { "weir.yaml": "upstream_url: a:1\nsubsets: {many: []}\n" },
  );
  deepEqual([status, JSON.parse(stdout.join("\n")).subsets], [0, { few: 1 }]);
});

interface Doubtful {
  readonly name: string;
  readonly line: string | readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** What follows the settings. */
  readonly said: readonly string[];
}

const HISTOGRAM = ["0.1", "1", "+Inf"].map((le) => `h_bucket{a="x",le="${le}"} 1\n`).join("");

const DOUBTFUL: readonly Doubtful[] = [
  {
    name: "a lint of a relabel file",
    line: "--relabel-file r.yaml",
    files: { "r.yaml": "- {source_labels: [instance], target_label: host}" },
    said: [
      'r.yaml: metric_relabel_configs[0]: it reads label "instance", which Prometheus adds after the scrape: here it is empty, unless the upstream sends it itself (prometheus-label)',
      "1 lint",
    ],
  },
  {
    name: "a lint of --relabel",
    line: [
      "--relabel",
      "[{action: labeldrop, regex: path}, {source_labels: [path], regex: (.+), target_label: x}]",
    ],
    files: {},
    said: [
      '--relabel: metric_relabel_configs[1]: it never does anything: label "path" is empty after metric_relabel_configs[0] (never-fires)',
      "1 lint",
    ],
  },
  {
    name: "lints of subsets, which do not get what the main rules leave",
    line: "weir.yaml",
    files: {
      "weir.yaml": "upstream_url: a:1\n" +
        "metric_relabel_configs: [{action: labeldrop, regex: path}]\n" +
        "subsets:\n  a: [{source_labels: [path], target_label: p}]\n" +
        "  b: [{source_labels: [job], target_label: p}]\n",
    },
    said: [
      'weir.yaml: subsets.b[0]: it reads label "job", which Prometheus adds after the scrape: here it is empty, unless the upstream sends it itself (prometheus-label)',
      "1 lint",
    ],
  },
  {
    name: "subsets of a relabel file that meet a scrape",
    line: "--relabel-file r.yaml --scrape s.prom",
    files: {
      "r.yaml": "metric_relabel_configs: [{action: labeldrop, regex: host}]\n" +
        "a: [{action: labeldrop, regex: path}]\nb: [{action: labeldrop, regex: none}]\n",
      "s.prom": '# TYPE g gauge\ng{path="/a",host="h"} 1\ng{path="/b",host="h"} 2\n',
    },
    said: [
      "r.yaml: a[0]: it makes gauges collide, which are summed as nothing else is declared: g (1 sample) (sums-gauges)",
      "r.yaml: b[0]: it did nothing to the 2 samples of the scrape that reached it (did-not-fire)",
      "2 lints",
    ],
  },
  {
    name: "a warning about what has no effect",
    line: "--shard 0/2 --policies p.json",
    files: { "p.json": '[{"name": "B"}]' },
    said: [
      "warning: has no effect with one upstream: --shard",
      "a policy without an id of flag is not in force: p.json:1:2: policies[0]: missing id; p.json:1:2: no target",
      "1 policy not in force",
    ],
  },
  {
    name: "policies that are not in force",
    line: "--policies p.json",
    files: {
      "p.json":
        '[{"id": "a", "name": "A", "metric": {"match": [{"metric_field": "name", "regex": "([bad"}], "keep": false}}, {"name": "B"}]',
    },
    said: [
      'policy "a" of flag is not in force: p.json:1:73: metric: match[0]: invalid regex "([bad"',
      "a policy without an id of flag is not in force: p.json:1:110: policies[1]: missing id; p.json:1:110: no target",
      "2 policies not in force",
    ],
  },
  {
    name: "gauges and quantiles that meet",
    line: "--relabel-file r.yaml --scrape s.prom",
    files: {
      "r.yaml":
        "- {action: labeldrop, regex: path}\n- {source_labels: [b], target_label: c}\n- {action: labeldrop, regex: host}",
      "s.prom": '# TYPE g gauge\ng{path="/a"} 1\ng{path="/b"} 2\ng{path="/c"} 2\n' +
        '# TYPE s summary\ns{host="a",quantile="0.5"} 1\ns{host="b",quantile="0.5"} 1\n' +
        's_sum{host="a"} 1\ns_sum{host="b"} 1\n# TYPE c counter\nc{path="/a"} 1\nc{path="/b"} 1\n',
    },
    said: [
      "r.yaml: metric_relabel_configs[0]: it makes gauges collide, which are summed as nothing else is declared: g (2 samples) (sums-gauges)",
      "r.yaml: metric_relabel_configs[1]: it did nothing to the 9 samples of the scrape that reached it (did-not-fire)",
      "r.yaml: metric_relabel_configs[2]: it makes quantiles of summaries collide, which cannot be merged and are dropped: s (1 sample) (drops-quantiles)",
      "3 lints",
    ],
  },
  {
    name: "histograms in parts",
    line: "--relabel-file r.yaml --scrape -",
    files: {
      "r.yaml":
        "- {source_labels: [le], regex: '.Inf', action: drop}\n- {source_labels: [__name__], regex: 'h_(sum|count)', action: drop}",
      "-": `# TYPE h histogram\n${HISTOGRAM}h_sum{a="x"} 1\nh_count{a="x"} 1\n`,
    },
    said: [
      "r.yaml: metric_relabel_configs[0]: it leaves histograms that cannot be read as such: h without +Inf (1 histogram) (splits-histogram)",
      "r.yaml: metric_relabel_configs[1]: it leaves histograms that cannot be read as such: h without _sum and _count (1 histogram) (splits-histogram)",
      "2 lints",
    ],
  },
  {
    name: "whole histograms and sums without buckets are no lint; a label that a template left is",
    line: "--relabel-file r.yaml --scrape s.prom",
    files: {
      "r.yaml":
        "- {source_labels: [__name__], regex: 'h_bucket', action: drop}\n- {action: labelmap, regex: 'a.*', replacement: '__tmp_$0'}",
      "s.prom": `# TYPE h histogram\n${HISTOGRAM}h_sum{a="x"} 1\nh_count{a="x"} 1\n`,
    },
    said: [
      'r.yaml: metric_relabel_configs[1]: label "__tmp_a" stays on the samples: nothing removes it but a labeldrop (leftover-tmp-label)',
      "1 lint",
    ],
  },
  {
    name: "bounds are read as the pipeline reads them: by the family's type",
    line: "--relabel-file r.yaml --scrape s.prom",
    files: {
      "r.yaml": "- {source_labels: [__name__, le], regex: 'h_bucket;1', action: drop}\n" +
        "- {source_labels: [__name__, le], regex: 'h_bucket;(1\\.0)', target_label: one}\n" +
        "- {source_labels: [__name__, le], regex: 'g;(1)', target_label: one}",
      "s.prom": `# TYPE h histogram\n${HISTOGRAM}# TYPE g gauge\ng{le="1"} 1\n`,
    },
    said: [
      'r.yaml: metric_relabel_configs[0]: it looks for le="1", which in a histogram is "1.0" to a rule, as in Prometheus 3 (bound-spelling)',
      "1 lint",
    ],
  },
  {
    name: "counters as they are called in the text format, on a scrape in OpenMetrics",
    line: "--relabel-file r.yaml --scrape s.om --format openmetrics",
    files: {
      "r.yaml":
        "- {source_labels: [__name__], regex: 'jobs|up', target_label: x, replacement: x}\n" +
        "- {source_labels: [__name__, a], regex: 'jobs;1', action: drop}\n" +
        "- {source_labels: [__name__], regex: 'jobs|jobs_total', target_label: y, replacement: y}",
      "s.om":
        '# TYPE jobs counter\njobs_total{a="1"} 1\njobs_total{a="2"} 1\njobs_created{a="2"} 1\n' +
        "# TYPE up gauge\nup 1\n# EOF\n",
    },
    said: [
      "r.yaml: metric_relabel_configs[0]: it names counters whose samples end in _total in OpenMetrics: jobs (2 samples) (bare-counter)",
      "r.yaml: metric_relabel_configs[1]: it names counters whose samples end in _total in OpenMetrics: jobs (2 samples) (bare-counter)",
      "r.yaml: metric_relabel_configs[1]: it did nothing to the 4 samples of the scrape that reached it (did-not-fire)",
      "3 lints",
    ],
  },
  {
    name: "policies come before the rules",
    line: "--relabel-file r.yaml --policies p.json --scrape s.prom",
    files: {
      "r.yaml": "- {source_labels: [__name__], regex: 'go_a', action: drop}",
      "p.json":
        '[{"id": "a", "name": "A", "metric": {"match": [{"metric_field": "name", "starts_with": "go_"}], "keep": false}}]',
      "s.prom": "go_a 1\nup 1\n",
    },
    said: [
      "r.yaml: metric_relabel_configs[0]: it did nothing to the 1 sample of the scrape that reached it (did-not-fire)",
      "1 lint",
    ],
  },
];

for (const { name, line, files, said } of DOUBTFUL) {
  test(`doubtful: ${name}`, async () => {
    const { status, stdout, stderr } = await runCheck(line, files);
    deepEqual([status, stderr], [1, []]);
    deepEqual(stdout.filter((text) => !/^[a-z ]+ {2,}\S/.test(text)), said);
  });
}

test("a function that is declared is no doubt", async () => {
  const { status } = await runCheck("weir.yaml --scrape s.prom", {
    "weir.yaml":
      "upstream_url: a:1\nmetric_relabel_configs: [{action: labeldrop, regex: path}]\naggregation: {rules: [{match: g, function: max}]}\n",
    "s.prom": '# TYPE g gauge\ng{path="/a"} 1\ng{path="/b"} 2\n',
  });
  equal(status, 0);
});

test("all that is invalid is told at once, status 2", async () => {
  const files = {
    "weir.yaml": "upstream_url: a:1\nlisten_port: abc\nrelable_file: x\n",
    "r.yaml": "- {action: dorp}\n- {action: hashmod}\n",
    "p.json": "7",
  };
  const line = "weir.yaml --relabel-file r.yaml --policies p.json";
  const problems = [
    'weir.yaml:3:1: relable_file: unknown key (did you mean "relabel_file"?)',
    'weir.yaml:2:1: listen_port: found "abc", wanted an integer from 0 to 65535',
    'r.yaml:1:4: metric_relabel_configs[0].action: unknown relabel action "dorp" (did you mean "drop"?)',
    "r.yaml:2:3: metric_relabel_configs[1]: relabel configuration for hashmod requires non-zero modulus",
    'p.json:1:1: found number, wanted {"policies": [...]}, a list or one policy',
  ];
  deepEqual(await runCheck(line, files), { status: 2, stdout: [], stderr: problems });
  const { status, stdout, stderr } = await runCheck(`${line} --json`, files);
  deepEqual([status, stderr], [2, []]);
  deepEqual(JSON.parse(stdout.join("\n")), { status: "invalid", problems });
});

const UNREADABLE: readonly [line: string, problem: string][] = [
  [
    "--relabel-file bad.yaml",
    'bad.yaml:2:8: few[0].action: unknown relabel action "dorp" (did you mean "drop"?)',
  ],
  ["--policies p.json", "p.json: no such file"],
  [
    "--policies seven.json",
    'seven.json:1:1: found number, wanted {"policies": [...]}, a list or one policy',
  ],
  ["--relabel-file r.yaml", "r.yaml: no such file"],
  ["--scrape s.prom", "--scrape: s.prom: no such file"],
];

for (const [line, problem] of UNREADABLE) {
  test(`unreadable: ${line}`, async () => {
    const files = {
      "seven.json": "7",
      "bad.yaml": "metric_relabel_configs: []\nfew: [{action: dorp}]\n",
    };
    deepEqual(await runCheck(line, files), { status: 2, stdout: [], stderr: [problem] });
  });
}

test("--json has the settings without secrets, the counts and the lints", async () => {
  const { status, stdout } = await runCheck("weir.yaml --json --scrape s.prom", {
    "weir.yaml": `
upstream_url: http://user:hunter2@shop:8080/metrics
metric_relabel_configs: [{source_labels: [job], target_label: a}]
policy_providers: [{id: h, type: http, url: https://x/sync, headers: [{name: A, value: hunter2}]}]
limits: {label_values: {host: 20}}
`,
    "s.prom": "up 1\n",
  });
  const text = stdout.join("\n");
  const document = JSON.parse(text);
  equal(status, 1);
  equal(text.includes("hunter2"), false);
  deepEqual(document.settings.limits.labelValues, { host: 20 });
  deepEqual([document.status, document.rules, document.scrape, document.policies], [
    "lints",
    1,
    { samples: 1, dropped_by_policies: 0 },
    {
      active: 0,
      disabled: 0,
      other_signals: 0,
      not_in_force: [],
      providers_not_asked: ["h"],
    },
  ]);
  deepEqual(document.lints, [{
    place: "weir.yaml: metric_relabel_configs[0]",
    code: "prometheus-label",
    message:
      'it reads label "job", which Prometheus adds after the scrape: no sample of the scrape has it',
    rule: 0,
  }]);
});

test("a scrape is fetched from a URL", async () => {
  const server = createServer((_, response) => void response.end("a 1\nb 2\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const line = `--scrape http://127.0.0.1:${port}/metrics`;
  const { status, stdout } = await runCheck(line, {});
  equal(status, 0);
  equal(stdout.includes("sample scrape       2 samples, 0 dropped by policies"), true);

  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  const problem = `--scrape: upstream http://127.0.0.1:${port}/metrics: connection refused`;
  deepEqual(await runCheck(line, {}), { status: 2, stdout: [], stderr: [problem] });
});
