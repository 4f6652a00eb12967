/** What Weir says without serving: help, version, and what is wrong with the configuration. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { GO_VERSION, UNICODE_VERSION } from "../../src/relabel/unicode_tables.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

const packageFile = resolve(import.meta.dirname!, "..", "..", "package.json");

test("--version, -v and version print the version of package.json", async () => {
  const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
  for (const flag of ["--version", "-v", "version"]) {
    const run = await runWeir([flag]);
    assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
    const [first, ...rest] = run.stdout.toString().trimEnd().split("\n");
    assert.equal(first, `weir ${version}`);
    const patterns = [
      /^ {2}revision: {4}(?:[0-9a-f]{40}(?:-dirty)?|unknown)$/,
      /^ {2}build date: {2}(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|unknown)$/,
      /^ {2}runtime: {5}bun \d+\.\d+\.\d+$/,
      /^ {2}platform: {4}linux\/(?:x64|arm64)$/,
    ];
    assert.equal(rest.length, patterns.length);
    for (const [index, pattern] of patterns.entries()) assert.match(rest[index], pattern);
  }
});

test("--version --verbose tells which Unicode rules follow", async () => {
  const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
  const run = await runWeir(["--version", "--verbose"]);
  const lines = run.stdout.toString().trimEnd().split("\n");
  assert.deepEqual([run.exitCode, lines[0], lines.at(-1)], [
    0,
    `weir ${version}`,
    `  Unicode:     ${UNICODE_VERSION} in rules, as in ${GO_VERSION}`,
  ]);
});

interface Wrong {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of a config file, given as the first argument. */
  readonly config?: string;
  readonly message: RegExp;
}

const wrong: readonly Wrong[] = [
  {
    name: "an unknown flag",
    args: ["--upstraem", "localhost:1"],
    message: /^--upstraem: unknown flag \(did you mean --upstream\?\)\n$/,
  },
  {
    name: "a command that is mistyped",
    args: ["filtr"],
    message: /^filtr: unknown command \(did you mean weir filter\?\)\n$/,
  },
  {
    name: "a command that is mistyped, with a file",
    args: ["analyse", "scrape.prom"],
    message: /^analyse: unknown command \(did you mean weir analyze\?\)\n$/,
  },
  {
    name: "a word that is neither a command nor a file",
    args: ["start", "--port", "0"],
    message: /^start: is neither a command nor a file; weir help lists the commands\n$/,
  },
  {
    name: "an unknown flag that is like no other",
    args: ["filter", "--recursive"],
    message: /^--recursive: unknown flag \(weir help filter lists those that there are\)\n$/,
  },
  {
    name: "two config files",
    args: ["a.yaml", "--config", "b.yaml"],
    message: /^--config: found "b\.yaml" beside the argument "a\.yaml", wanted one config file\n$/,
  },
  {
    name: "a runtime without SIMD",
    args: ["--demo"],
    env: { BUN_JSC_useWasmSIMD: "0" },
    message: /^this runtime has no WebAssembly with SIMD, which Weir needs\n$/,
  },
  {
    name: "a port that is none",
    args: ["-p", "70000"],
    message: /^--port: found 70000, wanted an integer from 0 to 65535\n$/,
  },
  {
    name: "a variable that is wrong",
    args: [],
    env: { TERO_LISTEN_PORT: "many" },
    message: /^TERO_LISTEN_PORT: found "many", wanted an integer from 0 to 65535\n$/,
  },
  {
    name: "a config file that is missing",
    args: ["/nonexistent/weir.yaml"],
    message: /^\/nonexistent\/weir\.yaml: .+\n$/,
  },
  {
    name: "a config file that is missing, by flag",
    args: ["--config", "/nonexistent/weir.yaml"],
    message: /^\/nonexistent\/weir\.yaml: .+\n$/,
  },
  {
    name: "a config file without an extension, called like a word",
    args: ["serve", "start"],
    message: /^start: .+\n$/,
  },
  {
    name: "an unknown key",
    args: [],
    config: "upstream_url: localhost:1\nlog_levle: debug\n",
    message: /weir\.yaml:2:1: log_levle: .*log_level/,
  },
  {
    name: "a file without an upstream",
    args: [],
    config: "listen_port: 0\n",
    message: /weir\.yaml:1:1: upstream_url: found nothing, wanted the URL of the metrics endpoint/,
  },
  {
    name: "a file that is no YAML",
    args: [],
    config: "upstream_url: [\n",
    message: /weir\.yaml/,
  },
];

for (const { name, args, env, config, message } of wrong) {
  test(`${name}: exit 2 with the message, before listening`, async (t) => {
    const path = join(temporaryFolder(t), "weir.yaml");
    if (config !== undefined) writeFileSync(path, config);
    const run = await runWeir(config === undefined ? args : [path, ...args], { env });
    assert.match(run.stderr, message);
    assert.equal(run.exitCode, 2);
    assert.equal(run.stdout.length, 0);
    assert.doesNotMatch(run.stderr, /listening/);
  });
}

test("an error never shows what a variable holds", async (t) => {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, "upstream_url: http://a/\nlog_level: ${API_KEY}\n");
  const run = await runWeir([path], { env: { API_KEY: "s3cr3t" } });
  assert.equal(run.exitCode, 2);
  assert.match(run.stderr, /log_level: found .*\$\{API_KEY\}/);
  assert.doesNotMatch(run.stderr, /s3cr3t/);
});

test("the config file by argument and by flag, in every command that reads one", async (t) => {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, "upstream_url: http://a:1/metrics\nlog_levle: debug\n");
  const lines = [
    [path],
    ["serve", path],
    ["--config", path],
    ["--config.file", path],
    [path, "--config", path],
    ["check", path],
    ["check", "--config", path],
    ["filter", "--config", path],
    ["analyze", "-", "--config", path],
    ["--file", "-", "--config", path],
  ];
  for (const args of lines) {
    const run = await runWeir(args);
    assert.equal(run.exitCode, 2, args.join(" "));
    assert.equal(
      run.stderr,
      `${path}:2:1: log_levle: unknown key (did you mean "log_level"?)\n`,
      args.join(" "),
    );
  }
});
