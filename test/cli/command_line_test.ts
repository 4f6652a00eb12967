import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { FLAGS } from "../../src/config/flags.ts";
import { type CommandLine, helpText, parseCommandLine } from "../../src/cli/command_line.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { pathText, scalarPaths, schemaAt } from "../../src/config/schema_walk.ts";

const LINES: [string, CommandLine][] = [
  ["", { command: "serve", positionals: [], flags: {} }],
  ["weir.json", { command: "serve", positionals: ["weir.json"], flags: {} }],
  [
    "-H localhost:9100/metrics -p 9090 -t 5s",
    {
      command: "serve",
      positionals: [],
      flags: { upstream: "localhost:9100/metrics", port: "9090", "scrape-timeout": "5s" },
    },
  ],
  [
    "--upstream=http://a --port=1 -t1m --passthrough c.yaml",
    {
      command: "serve",
      positionals: ["c.yaml"],
      flags: { upstream: "http://a", port: "1", "scrape-timeout": "1m", passthrough: true },
    },
  ],
  [
    "--demo --demo-ingresses 3 --listen [::1]:8080",
    {
      command: "serve",
      positionals: [],
      flags: { demo: true, "demo-ingresses": "3", listen: "[::1]:8080" },
    },
  ],
  [
    "-H a:1 --upstream b:2 --coalesce --upstream=dns+c:3 --shard auto/4",
    {
      command: "serve",
      positionals: [],
      flags: { upstream: ["a:1", "b:2", "dns+c:3"], coalesce: true, shard: "auto/4" },
    },
  ],
  ["--policies=-odd.json", { command: "serve", positionals: [], flags: { policies: "-odd.json" } }],
  ["-- -odd.json", { command: "serve", positionals: ["-odd.json"], flags: {} }],
  ["filter", { command: "filter", positionals: [], flags: {} }],
  [
    "filter scrape.prom --policies p.json --config c.json --on-limit fail",
    {
      command: "filter",
      positionals: ["scrape.prom"],
      flags: { policies: "p.json", config: "c.json", "on-limit": "fail" },
    },
  ],
  [
    "--log-level debug filter",
    { command: "filter", positionals: [], flags: { "log-level": "debug" } },
  ],
  ["filter - --policies p", { command: "filter", positionals: ["-"], flags: { policies: "p" } }],
  [
    "check weir.yaml --relabel-file r.yaml --scrape http://a/metrics --json -p 1",
    {
      command: "check",
      positionals: ["weir.yaml"],
      flags: { "relabel-file": "r.yaml", scrape: "http://a/metrics", json: true, port: "1" },
    },
  ],
  ["check --scrape -", { command: "check", positionals: [], flags: { scrape: "-" } }],
  [
    "analyze a.prom --top 3 --metric x.* --max-series 10 --svg o.svg --json",
    {
      command: "analyze",
      positionals: ["a.prom"],
      flags: { top: "3", metric: "x.*", "max-series": "10", svg: "o.svg", json: true },
    },
  ],
  ["analyze --explain a", { command: "analyze", positionals: [], flags: { explain: "a" } }],
  // metric-gate's form, with its other flags beside it.
  [
    "-f a.prom -H b:1 -p 9090 --relabel-file=r.yaml",
    {
      command: "analyze",
      positionals: ["a.prom"],
      flags: { file: "a.prom", upstream: "b:1", port: "9090", "relabel-file": "r.yaml" },
    },
  ],
  ["--file=-", { command: "analyze", positionals: ["-"], flags: { file: "-" } }],
  ["test a.yaml b.yaml", { command: "test", positionals: ["a.yaml", "b.yaml"], flags: {} }],
  ["-h", { command: "help", positionals: [], flags: {} }],
  ["filter --help --wrong", { command: "help", positionals: [], flags: {} }],
  ["-v", { command: "version", positionals: [], flags: {} }],
  ["c.json --version", { command: "version", positionals: [], flags: {} }],
  // As Go's pflag reads them, which metric-gate's users write.
  [
    "-p=80 -H=a:1/m?x=1 -t=1s",
    serving({ port: "80", upstream: "a:1/m?x=1", "scrape-timeout": "1s" }),
  ],
  ["-p80 -Ha:1", serving({ port: "80", upstream: "a:1" })],
  ["-p -1 -t -5s", serving({ port: "-1", "scrape-timeout": "-5s" })],
  ["-p 1 --port=2 -p=3", serving({ port: "3" })],
  ["--shard 0/2 --shard 1/2", serving({ shard: "1/2" })],
  ["-H a:1 -H=b:2", serving({ upstream: ["a:1", "b:2"] })],
  ["--relabel=", serving({})],
  ["--relabel-file= --log-level= --file=", serving({})],
  ["--relabel-file a --relabel-file=", serving({})],
  ["--coalesce --coalesce", serving({ coalesce: true })],
  ["--coalesce=false --demo --demo=F", serving({ coalesce: "false" })],
  ["-v=false --help=0 --passthrough=T", serving({ passthrough: true })],
  ["-v=1", { command: "version", positionals: [], flags: {} }],
  ["-- -p=1", { command: "serve", positionals: ["-p=1"], flags: {} }],
  ["--version --verbose", { command: "version", positionals: [], flags: { verbose: true } }],
];

for (const [line, wanted] of LINES) {
  test(`reads "weir ${line}"`, () => deepEqual(parseCommandLine(words(line)), wanted));
}

test("reads a YAML list in an argument of its own", () => {
  const rules = "- {action: labeldrop, regex: path}";
  deepEqual(parseCommandLine(["--relabel", rules]).flags, { relabel: rules });
});

test("reads a YAML document with its mark in an argument of its own", () => {
  const rules = "---\nmetric_relabel_configs: []\n";
  deepEqual(parseCommandLine(["--relabel", rules]).flags, { relabel: rules });
  deepEqual(parseCommandLine(["--relabel", "---"]).flags, { relabel: "---" });
});

const BAD_LINES: [string, string[]][] = [
  ["--upsteam a:1", ["--upsteam: unknown flag (did you mean --upstream?)"]],
  ["--relable x", ["--relable: unknown flag (did you mean --relabel?)"]],
  ["--json", ["--json: is a flag of weir analyze and weir check only"]],
  ["filter --scrape x", ["--scrape: is no flag of weir filter"]],
  ["check --config c.json", ["--config: is no flag of weir check"]],
  ["check a b", ['found a second argument "b", wanted one file']],
  ["test", ["found no argument, wanted files with tests"]],
  ["analyze", ["found no argument, wanted a file, a URL or -"]],
  ["analyze a.prom --port 1", ["--port: is no flag of weir analyze"]],
  ["analyze a.prom -f b.prom", ['found a second argument "b.prom", wanted one file']],
  ["-f", ["--file: found nothing, wanted FILE|URL"]],
  ["filter --top 3", ["--top: is no flag of weir filter"]],
  ["test a.yaml --json", ["--json: is no flag of weir test"]],
  ["-x", ["-x: unknown flag"]],
  ["--secret-token=hunter2", ["--secret-token: unknown flag"]],
  ["-p=", ["--port: found nothing, wanted PORT"]],
  ["-x=1", ["-x: unknown flag", "-=: unknown flag", "-1: unknown flag"]],
  ["-v=x", ['--version: found "x", wanted true or false']],
  ["filter --shard 0/2", ["--shard: is no flag of weir filter"]],
  ["--upstream", ["--upstream: found nothing, wanted URL"]],
  ["--policies --demo", ["--policies: found nothing, wanted PATH"]],
  ["--policies=", ["--policies: found nothing, wanted PATH"]],
  ["--demo=yes", ['--demo: found "yes", wanted true or false']],
  ["-H -p=1", ["--upstream: found nothing, wanted URL"]],
  ["a.json b.json", ['found a second argument "b.json", wanted one file']],
  [
    "a.json http://user:hunter2@host",
    ['found a second argument "http://<secret>@host", wanted one file'],
  ],
  ["--demo-ingresses 5", ["--demo-ingresses: has no effect without --demo"]],
  ["check --format protobuf", ["--format: has no effect without --scrape"]],
  ["--format protobuf", [
    "--format: is a flag of weir filter and weir analyze and weir check only",
  ]],
  ["--config c.json", ["--config: is a flag of weir filter and weir analyze only"]],
  ["filter --port 1", ["--port: is no flag of weir filter"]],
  ["--prot 1 weir.json", ["--prot: unknown flag (did you mean --port?)"]],
  [
    "filter a b -H x --demo --on-limit",
    [
      "--upstream: is no flag of weir filter",
      "--demo: is no flag of weir filter",
      "--on-limit: found nothing, wanted truncate|fail",
      'found a second argument "b", wanted one file',
    ],
  ],
];

for (const [line, problems] of BAD_LINES) {
  test(`refuses "weir ${line}"`, () => {
    throws(() => parseCommandLine(words(line)), (error) => {
      equal(error instanceof ConfigError, true, String(error));
      deepEqual((error as ConfigError).problems, problems);
      return true;
    });
  });
}

test("the help text", () => {
  equal(
    helpText(),
    `Weir stands between Prometheus and a metrics endpoint and filters what passes.

Usage:
  weir [CONFIG] [flags]        serve; CONFIG is a JSON or YAML file
  weir filter [FILE] [flags]   filter FILE, a URL or standard input to standard output
  weir analyze FILE [flags]    say where the series of a scrape are; FILE may be a URL
  weir check [CONFIG] [flags]  validate configuration, rules and policies, and point out doubts
  weir test FILE...            run unit tests of rules and policies

Flags:
  -H, --upstream URL                  metrics endpoint, http:// if it has no scheme, or unix:PATH; repeatable; dns+URL fans out
  -p, --port PORT                     port to listen on (default 8080)
      --listen ADDR:PORT|unix:PATH    address or Unix socket to listen on; :8080 means all interfaces, IPv6 too
  -t, --scrape-timeout DURATION       longest time for one upstream request (default 15s)
      --scrape-protocols LIST         formats to request from the upstream, with commas between: PrometheusText0.0.4 is text alone
      --web.config.file PATH          file with TLS, users and headers for clients, as Prometheus's exporters take it
      --concurrency N                 most targets scraped at a time (default 64)
      --dns-family FAMILY             addresses that dns+ takes: auto (default: IPv4 where there is any), ipv4, ipv6, both
      --on-target-error fail|partial  what a scrape does without one of its targets (default partial)
      --target-metrics true|false     add weir_target_up and the like to responses (default true; false with one upstream)
      --target-label NAME             label that tells samples of different targets apart; without it they are aggregated
      --target-ttl DURATION           after how long a target that is gone is forgotten (default 5m)
      --counters monotonic|raw        whether sums of counters go on when counters fall (default monotonic; raw with one upstream)
      --state-file PATH               file that keeps the sums of counters over a restart of Weir
      --shard I/N                     scrape the I-th of N parts of the targets, from 0; a pod name or auto may stand for I
      --self-metrics append|off       append Weir's own metrics to each scrape's response (default off)
      --coalesce                      let requests that come during a scrape share it (default with several targets)
      --min-scrape-interval DURATION  give the last response again within this time of it (default 0: never)
      --subset-timestamps true|false  give samples of subsets the time of their scrape (default true)
      --subset-max-age DURATION       how old the scrape may be that a subset is taken from (default 5m)
      --config PATH                   config file, JSON or YAML
      --policies PATH                 policy file, put before the providers of the config file
      --relabel YAML                  relabel rules as text: metric_relabel_configs, as a map or a bare list
      --relabel-file PATH             file with relabel rules; not together with --relabel
      --max-input-bytes SIZE          most bytes to read per scrape, like 10MiB; 0 means unlimited
      --max-output-bytes SIZE         most bytes to return per scrape, like 10MiB; 0 means unlimited
      --on-limit truncate|fail        what a scrape does at a byte limit (default fail; truncate with a file in Edge's form)
      --on-unreadable pass|drop|fail  what becomes of a line that is no sample (default pass; fail with several targets or monotonic counters)
      --fallback-protocol NAME        format of upstreams whose Content-Type names none, as fallback_scrape_protocol says it
      --log-level LEVEL               debug, info, warn or error (default info)
      --log-format logfmt|json        form of a log line (default logfmt)
      --passthrough                   forward paths that Weir does not serve to the upstream
      --preview                       try rules that come with a request, on the page (default on loopback only)
      --profiling                     take CPU profiles and heap snapshots at /debug/pprof/ (default on loopback only)
      --demo                          scrape a built-in sample exporter
      --demo-ingresses N              size of the sample exporter (default 20)
      --format FORMAT                 the input is text, openmetrics, openmetrics2 or protobuf; a URL's answer says so itself
      --openmetrics                   short for --format openmetrics
      --route PATH                    take what is configured for this route (default /metrics, or the first)
      --scrape FILE|URL               sample scrape to run the rules on; - is standard input
      --json                          print a JSON document instead of text
      --explain LINE                  follow this one sample through policies and rules
  -f, --file FILE|URL                 analyze this scrape; weir --file FILE is weir analyze FILE
      --top N                         metrics to list; 0 means all (default 20)
      --metric REGEX                  list only metrics whose own or whose family's name matches
      --max-series N                  end with status 1 when there are more series, after the rules if any
      --svg PATH                      write a chart to this file, too
  -h, --help                          print this text
  -v, --version                       print version, revision, build date and runtime; with --verbose the Unicode version, too

weir filter takes --scrape-timeout, --config, --policies, --relabel, --relabel-file, --max-input-bytes, --max-output-bytes, --on-limit, --on-unreadable, --fallback-protocol, --log-level, --log-format, --format, --openmetrics, --route, --explain, --help, --version.
weir analyze takes --scrape-timeout, --config, --policies, --relabel, --relabel-file, --max-input-bytes, --max-output-bytes, --on-limit, --on-unreadable, --fallback-protocol, --log-level, --log-format, --format, --openmetrics, --route, --json, --explain, --file, --top, --metric, --max-series, --svg, --help, --version.
weir check takes the flags of weir, --route, --scrape, --format and --json.
`,
  );
});

test("every flag's key is one of the config file", () => {
  const keys = new Set(scalarPaths().map(pathText));
  for (const { name, key, listKey } of FLAGS) {
    if (key !== undefined) equal(keys.has(key), true, `--${name}: ${key}`);
    if (listKey !== undefined) equal(schemaAt([listKey], undefined)?.type, "array", `--${name}`);
  }
});

function serving(flags: CommandLine["flags"]): CommandLine {
  return { command: "serve", positionals: [], flags };
}

function words(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}
