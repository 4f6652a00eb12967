import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { type ConfigInput, loadConfig } from "../../src/config/load.ts";
import { sentences } from "../support/config/sentences.ts";

interface BadCase {
  name: string;
  file?: string | object;
  path?: string;
  flags?: ConfigInput["flags"];
  env?: ConfigInput["env"];
  problems: string[];
}

const UPSTREAM = { upstream_url: "http://localhost:8080" };
const PROVIDER = { id: "a", type: "http", url: "http://sync" };

const CASES: BadCase[] = [
  {
    name: "a mistyped key",
    path: "weir.yaml",
    file: "upstream_url: a:1\nprometheus: {max_input_bytes_per_scrap: 1}\n",
    problems: [
      "weir.yaml: prometheus.max_input_bytes_per_scrap: unknown key " +
      '(did you mean "max_input_bytes_per_scrape"?)',
    ],
  },
  {
    name: "a value of the wrong type",
    file: { ...UPSTREAM, listen_port: "abc" },
    problems: ['weir.json: listen_port: found "abc", wanted an integer from 0 to 65535'],
  },
  {
    name: "every problem at once",
    file: {
      zzz: 1,
      toString: 2,
      listen_address: "a b",
      listen_port: 65536.5,
      log_level: "loud",
      log_format: null,
      compression: "brotli",
      passthrough: "yes",
      scrape: {
        timeout: "-1s",
        offset: "-1s",
        on_limit: "stop",
        on_unreadable: "skip",
        fallback_protocol: "PrometheusText",
        max_line_bytes: "1GiB",
        x: 1,
      },
      prometheus: { max_input_bytes_per_scrape: -1, max_output_bytes_per_scrape: "ten" },
      service: { name: 5, labels: [{ key: "a" }, { key: "b", value: 1, extra: 2 }] },
    },
    problems: [
      "weir.json: upstream_url: found nothing, wanted the URL of the metrics endpoint, " +
      "like http://localhost:8080",
      'weir.json: zzz: unknown key (the nearest known one is "web")',
      'weir.json: toString: unknown key (the nearest known one is "strict")',
      'weir.json: scrape.x: unknown key (the nearest known one is "offset")',
      'weir.json: service.labels[1].extra: unknown key (the nearest known one is "key")',
      'weir.json: listen_address: found "a b", wanted an IP address or a host name',
      "weir.json: listen_port: found 65536.5, wanted an integer from 0 to 65535",
      'weir.json: passthrough: found "yes", wanted true or false',
      'weir.json: compression: found "brotli", wanted auto, off or gzip',
      'weir.json: log_level: found "loud", wanted debug, info, warn or error',
      "weir.json: log_format: found null, wanted logfmt or json",
      'weir.json: scrape.timeout: found "-1s", wanted a duration like 15s or 500ms ' +
      "(0 means the client's alone)",
      'weir.json: scrape.offset: found "-1s", wanted a duration, at most 24h, like 0.5s or 500ms',
      'weir.json: scrape.on_limit: found "stop", wanted truncate or fail',
      'weir.json: scrape.on_unreadable: found "skip", wanted pass, drop or fail',
      'weir.json: scrape.fallback_protocol: found "PrometheusText", wanted PrometheusProto, ' +
      "PrometheusText0.0.4, PrometheusText1.0.0, OpenMetricsText0.0.1, OpenMetricsText1.0.0 " +
      "or OpenMetricsText2.0.0",
      'weir.json: scrape.max_line_bytes: found "1GiB", wanted a size from 1 byte to 1MiB',
      "weir.json: prometheus.max_input_bytes_per_scrape: found -1, wanted a size in bytes " +
      "like 10485760, 10MiB or 1GB (0 means unlimited)",
      'weir.json: prometheus.max_output_bytes_per_scrape: found "ten", wanted a size in bytes ' +
      "like 10485760, 10MiB or 1GB (0 means unlimited)",
      "weir.json: service.name: found 5, wanted a string",
      "weir.json: service.labels[0].value: found nothing, wanted a string",
      "weir.json: service.labels[1].value: found 1, wanted a string",
    ],
  },
  {
    name: "lists, maps and scalars in each other's place",
    file: { ...UPSTREAM, scrape: 5, prometheus: [], service: "x", policy_providers: {} },
    problems: [
      "weir.json: prometheus: found a list, wanted a map of keys",
      "weir.json: scrape: found 5, wanted a map of keys",
      'weir.json: service: found "x", wanted a map of keys',
      "weir.json: policy_providers: found a map, wanted a list",
    ],
  },
  {
    name: "a file that is a list",
    path: "weir.yaml",
    file: "- a\n",
    problems: [
      "weir.yaml: found a list, wanted a map of keys",
      "weir.yaml: upstream_url: found nothing, wanted the URL of the metrics endpoint, " +
      "like http://localhost:8080",
    ],
  },
  {
    name: "a syntax error",
    file: '{"upstream_url": }',
    problems: ['weir.json: found "}", wanted a value'],
  },
  {
    name: "providers",
    file: {
      ...UPSTREAM,
      listen: ":8080",
      policy_providers: [
        { id: "a", type: "ftp" },
        { id: "a", type: "file" },
        { id: "", type: "http", url: "sync.example.com", path: "x" },
        { type: "file", path: "p", poll_interval: "0s", poll_interval_secs: 60 },
        "x",
      ],
    },
    problems: [
      'weir.json: policy_providers[1].id: found "a", wanted an id that policy_providers[0] ' +
      "does not have",
      "weir.json: policy_providers[3].poll_interval: cannot be combined with " +
      "poll_interval_secs, it is the same setting",
      'weir.json: policy_providers[2].path: unknown key (the nearest known one is "id")',
      'weir.json: policy_providers[0].type: found "ftp", wanted file or http',
      "weir.json: policy_providers[1].path: found nothing, wanted the path of a policy file",
      'weir.json: policy_providers[2].id: found "", wanted a name for this provider',
      'weir.json: policy_providers[2].url: found "sync.example.com", ' +
      "wanted an http:// or https:// URL",
      "weir.json: policy_providers[3].id: found nothing, wanted a name for this provider",
      'weir.json: policy_providers[3].poll_interval: found "0s", wanted a duration from 1s to 24h',
      'weir.json: policy_providers[4]: found "x", wanted a map with type file or http',
    ],
  },
  {
    name: "a provider that has the id of --policies",
    file: { ...UPSTREAM, listen: ":8080", policy_providers: [{ ...PROVIDER, id: "flag" }] },
    flags: { policies: "p.json" },
    problems: [
      'weir.json: policy_providers[0].id: found "flag", wanted an id that --policies does not have',
    ],
  },
  {
    name: "flags",
    flags: {
      upstream: "ftp://x",
      port: "http",
      "scrape-timeout": "soon",
      "on-limit": "x",
      "fallback-protocol": "prometheusproto",
      "log-level": "loud",
      "log-format": "xml",
      "max-input-bytes": "lots",
    },
    problems: [
      '--port: found "http", wanted an integer from 0 to 65535',
      '--upstream: found "ftp://x", wanted an http:// or https:// URL, or unix:PATH',
      '--log-level: found "loud", wanted debug, info, warn or error',
      '--log-format: found "xml", wanted logfmt or json',
      '--scrape-timeout: found "soon", wanted a duration like 15s or 500ms ' +
      "(0 means the client's alone)",
      '--on-limit: found "x", wanted truncate or fail',
      '--fallback-protocol: found "prometheusproto", wanted PrometheusProto, PrometheusText0.0.4, ' +
      "PrometheusText1.0.0, OpenMetricsText0.0.1, OpenMetricsText1.0.0 or OpenMetricsText2.0.0",
      '--max-input-bytes: found "lots", wanted a size in bytes like 10485760, 10MiB or 1GB ' +
      "(0 means unlimited)",
    ],
  },
  {
    name: "relabel rules from two flags",
    flags: { relabel: "[]", "relabel-file": "rules.yaml" },
    problems: ["--relabel: --relabel-file is given too, wanted one of them"],
  },
  {
    name: "relabel rules in the file and beside it",
    file: { ...UPSTREAM, relabel_file: "rules.yaml", metric_relabel_configs: [] },
    problems: [
      "weir.json: relabel_file: metric_relabel_configs is there too, wanted one of them",
    ],
  },
  {
    name: "subsets in the file and rules beside it",
    file: { ...UPSTREAM, relabel_file: "rules.yaml", subsets: {} },
    problems: ["weir.json: relabel_file: subsets is there too, wanted one of them"],
  },
  {
    name: "relabel rules, in Prometheus's words and with their place",
    path: "weir.yaml",
    file: `
upstream_url: a:1
relabel_file: ""
metric_relabel_configs:
  - {action: dorp}
  - {action: labeldrop, regex: path}
  - {source_labels: [path], regx: x}
  - {source_labels: path, target_label: a}
  - {source_labels: [path]}
  -
  - {action: hashmod, target_label: a}
`,
    problems: [
      "weir.yaml: relabel_file: metric_relabel_configs is there too, wanted one of them",
      'weir.yaml: metric_relabel_configs[0].action: unknown relabel action "dorp" (did you mean "drop"?)',
      'weir.yaml: metric_relabel_configs[2].regx: unknown key (did you mean "regex"?)',
      "weir.yaml: metric_relabel_configs[3].source_labels: found a string, " +
      "wanted a list of label names",
      "weir.yaml: metric_relabel_configs[4]: relabel configuration for replace action requires " +
      "'target_label' value",
      "weir.yaml: metric_relabel_configs[5]: empty or null metric relabeling rule",
      "weir.yaml: metric_relabel_configs[6]: relabel configuration for hashmod requires " +
      "non-zero modulus",
      'weir.yaml: relabel_file: found "", wanted the path of a relabel file',
    ],
  },
  {
    name: "relabel rules that are no list",
    file: { ...UPSTREAM, metric_relabel_configs: { action: "drop" } },
    problems: ["weir.json: metric_relabel_configs: found a map, wanted a list of rules"],
  },
  {
    name: "aggregation, limits and reloading",
    file: {
      ...UPSTREAM,
      aggregation: {
        rules: [{ match: 5, function: "median" }, { function: "max" }, { matches: "x" }, "max"],
        functions: 1,
      },
      limits: {
        series: -1,
        series_per_family: 1.5,
        label_values: { path: "200" },
        label_value_length: "1KiB",
        action: "fold",
        label_value: 1,
      },
      web: { reload: "yes" },
    },
    problems: [
      'weir.json: aggregation.rules[2].matches: unknown key (did you mean "match"?)',
      'weir.json: aggregation.functions: unknown key (the nearest known one is "rules")',
      'weir.json: limits.label_value: unknown key (did you mean "label_values"?)',
      "weir.json: aggregation.rules[0].match: found 5, wanted an RE2 pattern",
      'weir.json: aggregation.rules[0].function: found "median", ' +
      "wanted sum, min, max, avg, count, last or drop",
      "weir.json: aggregation.rules[1].match: found nothing, wanted an RE2 pattern",
      "weir.json: aggregation.rules[2].match: found nothing, wanted an RE2 pattern",
      "weir.json: aggregation.rules[2].function: found nothing, " +
      "wanted sum, min, max, avg, count, last or drop",
      'weir.json: aggregation.rules[3]: found "max", wanted a map of match and function',
      "weir.json: limits.series_per_family: found 1.5, wanted an integer from 0 to 1000000000",
      "weir.json: limits.series: found -1, wanted an integer from 0 to 1000000000",
      'weir.json: limits.label_values.path: found "200", wanted an integer from 0 to 1000000000',
      'weir.json: limits.label_value_length: found "1KiB", wanted an integer from 0 to 1000000000',
      'weir.json: limits.action: found "fold", wanted overflow, drop or fail',
      'weir.json: web.reload: found "yes", wanted true or false',
    ],
  },
  {
    name: "steps of shedding that are none",
    file: {
      ...UPSTREAM,
      limits: {
        series: 5,
        shed: [
          { labels: "a" },
          { label: "le" },
          { label: "__name__" },
          { label: "a", metric: "b" },
          { metric: "b", of: "c" },
          { of: "c" },
          { metric: "" },
          { metric: 5 },
          "a",
        ],
      },
    },
    problems: [
      'weir.json: limits.shed[0].labels: unknown key (did you mean "label"?)',
      'weir.json: limits.shed[1].label: found "le", ' +
      "wanted the name of a label, and not __name__, le or quantile",
      'weir.json: limits.shed[2].label: found "__name__", ' +
      "wanted the name of a label, and not __name__, le or quantile",
      'weir.json: limits.shed[6].metric: found "", wanted an RE2 pattern',
      "weir.json: limits.shed[7].metric: found 5, wanted an RE2 pattern",
      'weir.json: limits.shed[8]: found "a", wanted a map of label, or of metric',
    ],
  },
  {
    name: "steps of shedding that say too much or too little",
    file: {
      ...UPSTREAM,
      limits: {
        series: 5,
        shed: [{ label: "a", metric: "b" }, { metric: "b", of: "c" }, { of: "c" }, { label: "a" }],
      },
    },
    problems: [
      "weir.json: limits.shed[0]: found label and metric, wanted one of them",
      "weir.json: limits.shed[1].of: found with metric, wanted it with label only",
      "weir.json: limits.shed[2]: wanted label or metric",
    ],
  },
  {
    name: "shedding without a limit on series",
    file: { ...UPSTREAM, limits: { series_per_family: 5, shed: [{ label: "a" }] } },
    problems: ["weir.json: limits.shed: wanted limits.series, too: beyond it steps are taken"],
  },
  {
    name: "shedding where series go on from scrape to scrape",
    file: {
      upstreams: ["http://a.test/metrics", "http://b.test/metrics"],
      limits: { series: 5, shed: [{ label: "a" }] },
    },
    problems: [
      "weir.json: limits.shed: found steps with 2 upstreams, wanted none, or one plain upstream",
    ],
  },
  {
    name: "shedding with counters that go on",
    file: { ...UPSTREAM, counters: "monotonic", limits: { series: 5, shed: [{ label: "a" }] } },
    problems: [
      "weir.json: limits.shed: found steps with counters: monotonic, wanted none, or one plain upstream",
    ],
  },
  {
    name: "more steps of shedding than there may be",
    file: {
      ...UPSTREAM,
      limits: { series: 5, shed: new Array(17).fill({ label: "a" }) },
    },
    problems: ["weir.json: limits.shed: found a list, wanted 16 steps at most"],
  },
  {
    name: "lists and scalars in place of aggregation, limits and web",
    file: { ...UPSTREAM, aggregation: [], limits: { label_values: 5 }, web: true },
    problems: [
      "weir.json: aggregation: found a list, wanted a map of keys",
      "weir.json: limits.label_values: found 5, wanted a map of label names and numbers",
      "weir.json: web: found true, wanted a map of keys",
    ],
  },
  {
    name: "aggregation rules that are no list",
    file: { ...UPSTREAM, aggregation: { rules: { match: "x", function: "max" } } },
    problems: ["weir.json: aggregation.rules: found a map, wanted a list"],
  },
  {
    name: "variables of limits",
    env: { WEIR_LIMITS_SERIES: "many", TERO_LIMITS_ACTION: "fold", WEIR_WEB_RELOAD: "on" },
    problems: [
      'WEIR_LIMITS_SERIES: found "many", wanted an integer from 0 to 1000000000',
      'TERO_LIMITS_ACTION: found "fold", wanted overflow, drop or fail',
      'WEIR_WEB_RELOAD: found "on", wanted true or false',
    ],
  },
  {
    name: "variables",
    env: { TERO_LISTEN_PORT: "-1", WEIR_PASSTHROUGH: "2", WEIR_LISTEN: "nowhere" },
    problems: [
      'WEIR_LISTEN: found "nowhere", wanted ADDR:PORT, [IPV6]:PORT, :PORT or unix:PATH',
      'WEIR_PASSTHROUGH: found "2", wanted true or false',
    ],
  },
  {
    name: "two places to listen, in a file",
    file: { ...UPSTREAM, listen: ":1", listen_port: 2 },
    problems: [
      "weir.json: listen: cannot be combined with listen_port, it holds the address and the port",
    ],
  },
  {
    name: "two places to listen, in flags",
    flags: { listen: ":1", port: "2" },
    problems: ["--listen: cannot be combined with --port, it holds the address and the port"],
  },
  {
    name: "the demo with an upstream by flag",
    flags: { demo: true, upstream: "a:1" },
    problems: ["--demo: cannot be combined with an upstream (--upstream)"],
  },
  {
    name: "the demo with an upstream in the file, and a wrong size",
    file: UPSTREAM,
    flags: { demo: true, "demo-ingresses": "0" },
    problems: [
      "--demo: cannot be combined with an upstream (weir.json: upstream_url)",
      '--demo-ingresses: found "0", wanted an integer from 1 to 100000',
    ],
  },
  {
    name: "secrets in headers and URLs",
    file: {
      upstream_url: "ftp://user:hunter2@host/",
      metrics_url: "http://user:hunt@er2@ho st/",
      policy_providers: [
        { ...PROVIDER, headers: [{ name: "a b", value: "hunter2\nhunter2" }] },
        { ...PROVIDER, id: "b", url: "//hunter2@host", headers: ["Authorization: hunter2"] },
        { ...PROVIDER, id: "c", headers: { Authorization: "hunter2" } },
        { ...PROVIDER, id: "d", headers: "Authorization: hunter2" },
        { ...PROVIDER, id: "e", headers: [{ name: "x", value: 12345 }] },
      ],
    },
    problems: [
      'weir.json: upstream_url: found "ftp://<secret>@host/", wanted an http:// or https:// URL, or unix:PATH',
      'weir.json: metrics_url: found "http://<secret>@ho st/", wanted an http:// or https:// URL, or unix:PATH',
      "weir.json: policy_providers[0].headers[0].name: found <secret>, " +
      "wanted the name of an HTTP header",
      "weir.json: policy_providers[0].headers[0].value: found <secret>, " +
      "wanted the value of an HTTP header, on one line",
      'weir.json: policy_providers[1].url: found "<secret>@host", wanted an http:// or https:// URL',
      "weir.json: policy_providers[1].headers[0]: found <secret>, wanted a map of name and value",
      "weir.json: policy_providers[2].headers: found a map, wanted a list",
      "weir.json: policy_providers[3].headers: found <secret>, wanted a list",
      "weir.json: policy_providers[4].headers[0].value: found <secret>, wanted a string",
    ],
  },
  {
    name: "the content of variables",
    file: { ...UPSTREAM, log_level: "${KEY}", listen_address: "x ${KEY}" },
    env: { KEY: "hunter2" },
    problems: [
      'weir.json: listen_address: found "x ${KEY}" (from the environment), ' +
      "wanted an IP address or a host name",
      'weir.json: log_level: found "${KEY}" (from the environment), ' +
      "wanted debug, info, warn or error",
    ],
  },
  {
    name: "keys that mean something to JavaScript",
    file: '{"upstream_url": "a:1", "__proto__": {"listen_port": 1}, "constructor": 2}',
    problems: [
      'weir.json: __proto__: unknown key (the nearest known one is "routes")',
      'weir.json: constructor: unknown key (the nearest known one is "strict")',
    ],
  },
];

for (const { name, file, path = "weir.json", flags = {}, env = {}, problems } of CASES) {
  test(`refuses ${name}`, async () => {
    const text = typeof file === "object" ? JSON.stringify(file) : file;
    const bytes = text === undefined ? undefined : new TextEncoder().encode(text);
    const input = { path, bytes, flags, env, version: "0.1.0", instanceId: "i-1" };
    const error = await loadConfig(input).then(() => undefined, (thrown) => thrown);
    equal(error instanceof ConfigError, true, String(error?.stack ?? "nothing was thrown"));
    deepEqual(sentences(error), problems);
    equal(error.message.includes("hunter2"), false);
  });
}
