import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { commandText, flagsOf, overviewText } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/config/commands.ts";
import { FLAG_GROUPS, FLAGS, namesOf } from "../../src/config/flags.ts";
import { argumentsOf } from "../support/cli/shell_words.ts";

test("the overview fits a terminal of 24 lines and 80 columns", () => {
  equal(
    overviewText(),
    `Weir stands between Prometheus and a metrics endpoint and filters what passes.

Serve:
  serve [CONFIG]            filter what Prometheus scrapes (also without serve)

Try rules and look at scrapes:
  filter [FILE|URL|-]       filter a scrape from a file, a URL or standard input
  analyze FILE|URL|-        say where the series of a scrape are
  check [CONFIG]            validate configuration, rules and policies
  usage FILE|URL|-...       find what alerts, dashboards and queries read
  test FILE...              run unit tests of rules and policies

Shell and help:
  schema [KIND]             print a JSON Schema of files, for editors
  completion bash|zsh|fish  print what completes command lines in a shell
  man                       print the man page
  help [COMMAND]            say what there is, or what a command takes
  version                   print version, revision, build date and runtime

To begin with (weir --demo has a built-in sample):
  weir --upstream localhost:9100/metrics --policies policies.json

weir help COMMAND tells of a command, its flags and examples.
`,
  );
  ok(overviewText().split("\n").length <= 24);
});

test("the help of a command", () => {
  equal(
    commandText("check").split("Listening:")[0],
    `weir check: validate configuration, rules and policies

Usage: weir check [CONFIG] [flags]

Takes the command line of a deployment as it is, reads all that weir would start
with, and prints the settings in force. Status 1: there are doubts, or a policy
is not in force; 2: something is invalid.

Examples:
  Check a file before it is rolled out:
    weir check weir.yaml
  Check rules by running them on a scrape:
    weir check --relabel-file rules.yaml --scrape scrape.prom
  Fail where they take what an alert or a dashboard reads:
    weir check --relabel-file rules.yaml --scrape scrape.prom --used used.json

Upstream:
  -H, --upstream URL              metrics endpoint, http:// if it has no scheme,
                                  or unix:PATH; repeatable; dns+URL fans out
  -t, --scrape-timeout DURATION   longest time for one upstream request (default
                                  15s)
      --scrape-protocols LIST     formats to request from the upstream, with
                                  commas between: PrometheusText0.0.4 is text
                                  alone
      --fallback-protocol NAME    format of upstreams whose Content-Type names
                                  none, as fallback_scrape_protocol says it
      --demo                      scrape a built-in sample exporter
      --demo-ingresses N          size of the sample exporter (default 20)

`,
  );
});

for (const { name, examples } of COMMANDS) {
  test(`the help of ${name} has all of its flags, no others, and examples`, () => {
    const text = commandText(name);
    const listed = [...text.matchAll(/^ {2}(?:-\w,| {3}) --([\w.-]+)/gm)].map(([, flag]) => flag);
    deepEqual(listed.toSorted(), flagsOf(name).map((flag) => flag.name).toSorted());
    for (const flag of flagsOf(name)) {
      for (const spelling of namesOf(flag)) match(text, new RegExp(`--${spelling}\\b`));
    }
    ok(examples.length >= 2);
    for (const line of text.split("\n").filter((line) => !line.startsWith("    weir"))) {
      ok(line.length <= 80, line);
    }
  });
}

for (const { name, examples } of COMMANDS) {
  for (const { line } of examples) {
    test(`the example "${line}" is one of weir ${name}`, () => {
      const weirs = line.includes("<(") ? /<\((.*)\)/.exec(line)![1] : line;
      equal(parseCommandLine(argumentsOf(weirs)).command, name);
    });
  }
}

test("every flag has a group and a command that there are", () => {
  const names = new Set<string>(COMMANDS.map(({ name }) => name));
  for (const { name, group, commands } of FLAGS) {
    ok(FLAG_GROUPS.includes(group), name);
    ok(commands.length > 0 && commands.every((command) => names.has(command)), name);
  }
});

test("no two flags have a name in common", () => {
  const names = FLAGS.flatMap(namesOf);
  equal(new Set(names).size, names.length);
  const shorts = FLAGS.flatMap(({ short }) => short ?? []);
  equal(new Set(shorts).size, shorts.length);
});
