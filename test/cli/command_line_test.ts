import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { FLAGS } from "../../src/config/flags.ts";
import { type CommandLine, parseCommandLine } from "../../src/cli/command_line.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { pathText } from "../../src/problems/problem.ts";
import { scalarPaths, schemaAt } from "../../src/config/schema_walk.ts";

const LINES: [string, CommandLine][] = [
  ["", { command: "serve", positionals: [], flags: {} }],
  ["weir.json", configured("weir.json")],
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
      flags: {
        upstream: "http://a",
        port: "1",
        "scrape-timeout": "1m",
        passthrough: true,
        config: "c.yaml",
      },
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
  ["-- -odd.json", configured("-odd.json")],
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
      flags: {
        "relabel-file": "r.yaml",
        scrape: "http://a/metrics",
        json: true,
        port: "1",
        config: "weir.yaml",
      },
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
  ["filter --help --wrong", { command: "help", positionals: ["filter"], flags: {} }],
  ["weir.yaml -h", { command: "help", positionals: [], flags: {} }],
  ["help", { command: "help", positionals: [], flags: {} }],
  ["help check", { command: "help", positionals: ["check"], flags: {} }],
  ["completion zsh", { command: "completion", positionals: ["zsh"], flags: {} }],
  ["man", { command: "man", positionals: [], flags: {} }],
  ["version", { command: "version", positionals: [], flags: {} }],
  ["version --verbose", { command: "version", positionals: [], flags: { verbose: true } }],
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
  ["-- -p=1", configured("-p=1")],
  // One way to name the configuration.
  ["serve weir.yaml", configured("weir.yaml")],
  ["--config weir.yaml", { ...configured("weir.yaml"), positionals: [] }],
  ["weir.yaml --config weir.yaml", configured("weir.yaml")],
  ["check --config=c.json", { command: "check", positionals: [], flags: { config: "c.json" } }],
  ["--config a --config b", { ...configured("b"), positionals: [] }],
  // As Prometheus's exporters are started.
  [
    "--web.listen-address=:9100 --web.telemetry-path=/m --web.config.file=w.yml --log.level=debug",
    serving({
      listen: ":9100",
      "web.listen-address": ":9100",
      "web.telemetry-path": "/m",
      "web.config.file": "w.yml",
      "log-level": "debug",
      "log.level": "debug",
    }),
  ],
  [
    "filter --config.file c.yaml --log.format json",
    {
      command: "filter",
      positionals: [],
      flags: {
        config: "c.yaml",
        "config.file": "c.yaml",
        "log-format": "json",
        "log.format": "json",
      },
    },
  ],
  ["--web.listen-address :1 --listen :2", serving({ listen: ":2" })],
  [
    "--web.listen-address :1 --web.listen-address=:1",
    serving({
      listen: ":1",
      "web.listen-address": ":1",
    }),
  ],
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

const SERVES = "(weir help serve lists those that there are)";

const BAD_LINES: [string, string[]][] = [
  ["--upsteam a:1", ["--upsteam: unknown flag (did you mean --upstream?)"]],
  ["--relable x", ["--relable: unknown flag (did you mean --relabel?)"]],
  ["--json", ["--json: is a flag of weir analyze and weir check and weir test only"]],
  ["filter --scrape x", ["--scrape: is no flag of weir filter"]],
  ["check a.json --config c.json", [
    '--config: found "c.json" beside the argument "a.json", wanted one config file',
  ]],
  ["serve a.json --config.file=c.json", [
    '--config: found "c.json" beside the argument "a.json", wanted one config file',
  ]],
  ["--config=", ["--config: found nothing, wanted PATH"]],
  ["--web.listen-address :1 --web.listen-address :2", [
    "--web.listen-address: found several, wanted one: Weir listens at one address",
  ]],
  ["--web.listen-adress :1", [
    "--web.listen-adress: unknown flag (did you mean --web.listen-address?)",
  ]],
  ["--web.systemd-socket", [`--web.systemd-socket: unknown flag ${SERVES}`]],
  ["filter --log.lvel debug", ["--log.lvel: unknown flag (did you mean --log.level?)"]],
  ["filter --web.listen-address :1", ["--web.listen-address: is no flag of weir filter"]],
  ["filter --upsteam x", [
    "--upsteam: unknown flag (did you mean --upstream, which is a flag of weir serve and weir check?)",
  ]],
  ["filter --wrong", ["--wrong: unknown flag (weir help filter lists those that there are)"]],
  ["filtr scrape.prom", ["filtr: unknown command (did you mean weir filter?)"]],
  ["Chekc --scrape x", ["Chekc: unknown command (did you mean weir check?)"]],
  ["filtr --fooo x", [
    "filtr: unknown command (did you mean weir filter?)",
    `--fooo: unknown flag ${SERVES}`,
  ]],
  ["--fooo tests", [
    "tests: unknown command (did you mean weir test?)",
    `--fooo: unknown flag ${SERVES}`,
  ]],
  ["check http://user:hunter2@a --config b", [
    '--config: found "b" beside the argument "http://<secret>@a", wanted one config file',
  ]],
  ["chekc.yaml --scrape x", ["--scrape: is a flag of weir check only"]],
  ["help filtr", [
    'found "filtr", wanted serve, filter, analyze, check, usage, test, schema, completion, man, help or version ' +
    "(did you mean filter?)",
  ]],
  ["help filter check", ['found a second argument "check", wanted one command']],
  ["completion", ["found no argument, wanted bash, zsh or fish"]],
  ["completion tcsh", ['found "tcsh", wanted bash, zsh or fish']],
  ["man weir", ['found an argument "weir", wanted none']],
  ["version 2", ['found an argument "2", wanted none']],
  ["--verbose", ["--verbose: is a flag of weir version only"]],
  ["check a b", ['found a second argument "b", wanted one file']],
  ["test", ["found no argument, wanted files with tests"]],
  ["analyze", ["found no argument, wanted a file, a URL or -"]],
  ["analyze a.prom --port 1", ["--port: is no flag of weir analyze"]],
  ["analyze a.prom -f b.prom", ['found a second argument "b.prom", wanted one file']],
  ["-f", ["--file: found nothing, wanted FILE|URL"]],
  ["filter --top 3", ["--top: is no flag of weir filter"]],
  ["test a.yaml --svg x", ["--svg: is no flag of weir test"]],
  ["-x", [`-x: unknown flag ${SERVES}`]],
  ["--secret-token=hunter2", [`--secret-token: unknown flag ${SERVES}`]],
  ["-p=", ["--port: found nothing, wanted PORT"]],
  ["-x=1", ["-x", "-=", "-1"].map((flag) => `${flag}: unknown flag ${SERVES}`)],
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
  ["analyze a.prom --keep k --write-rules r", [
    "--keep: has no effect without --used",
    "--write-rules: has no effect without --used",
  ]],
  ["check --list-missing", ["--list-missing: has no effect without --used"]],
  ["usage", [
    "found no argument, wanted rule files, dashboards, query logs, or the URL of a Prometheus or a Grafana",
  ]],
  ["check --format protobuf", ["--format: has no effect without --scrape"]],
  ["--format protobuf", [
    "--format: is a flag of weir filter and weir analyze and weir check only",
  ]],
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

test("every flag's key is one of the config file", () => {
  const keys = new Set(scalarPaths().map(pathText));
  for (const { name, key, listKey } of FLAGS) {
    if (key !== undefined) equal(keys.has(key), true, `--${name}: ${key}`);
    if (listKey !== undefined) equal(schemaAt([listKey], undefined)?.type, "array", `--${name}`);
  }
});

function configured(config: string): CommandLine {
  return { command: "serve", positionals: [config], flags: { config } };
}

function serving(flags: CommandLine["flags"]): CommandLine {
  return { command: "serve", positionals: [], flags };
}

function words(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}
