import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AGGREGATE_FUNCTIONS } from "../../src/aggregate/aggregate_function.ts";
import { COMMANDS } from "../../src/config/commands.ts";
import { type Flag, FLAGS } from "../../src/config/flags.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { loadConfig } from "../../src/config/load.ts";
import { IGNORED_KEYS } from "../../src/config/schema.ts";
import { ROOT, scalarPaths } from "../../src/config/schema_walk.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { pathText } from "../../src/problems/problem.ts";

const DOCS = readFileSync(new URL("../../docs/configuration.md", import.meta.url).pathname)
  .toString();

test("the table of flags is the flag table", () => {
  deepEqual(tableRows("## Flags"), FLAGS.map(flagRow));
});

test("the table of commands is the command table", () => {
  const rows = COMMANDS.map((row) => [
    `\`weir ${row.name === "serve" ? "[serve]" : row.name}${
      row.arguments && ` ${row.arguments}`
    }\``,
    row.summary,
  ]);
  deepEqual(tableRows("## Commands"), rows);
});

test("every key is documented", () => {
  const documented = [...DOCS.matchAll(/^\| `([a-z_.]+)` /gm)].map(([, key]) => key);
  const lists = [
    "policy_providers",
    "service.resource_attributes",
    "service.labels",
    "upstreams",
    "http_config.http_headers",
    "http_config.redirect_hosts",
    "web.auth_exempt",
    "web.kubernetes_auth",
    "web.kubernetes_auth.audiences",
    "metric_relabel_configs",
    "subsets",
    "aggregation.rules",
    "limits.label_values",
    "limits.shed",
    "routes",
    "max_body_size",
  ];
  const ofProviders = [
    "http_config",
    "path",
    "url",
    "headers",
    "mode",
    "poll_interval_secs",
    "poll_interval",
  ];
  const ofUpstreams = ["url", "labels", "dns_family", "http_config"];
  const ofAggregation = ["match", "function"];
  const ofShedding = ["label", "of", "metric"];
  // What can be said about requests is documented once.
  const paths = scalarPaths().map(pathText).map((path) =>
    path.replace(/(\.http_config)\..*/, "$1")
  );
  const known = [...new Set([...paths, ...lists])];
  const ofEntries = [...ofProviders, ...ofUpstreams, ...ofAggregation, ...ofShedding];
  deepEqual(documented.sort(), [...known, ...ofEntries].sort());
  equal(Object.keys(ROOT.entries ?? {}).every((key) => DOCS.includes(key)), true);
});

test("the ignored keys are documented", () => {
  const sentence = /found: (.*?)\.\n/s.exec(DOCS)?.[1] ?? "";
  deepEqual([...sentence.matchAll(/`([^`]+)`/g)].map(([, key]) => key), [...IGNORED_KEYS]);
});

test("the example is a valid config file", async () => {
  const example = /```json\n(.*?)```/s.exec(DOCS)?.[1] ?? "";
  const config = await load("weir.json", example, {}, {});
  deepEqual([config.listen, config.policyProviders.length], [
    { hostname: "::", port: 9090 },
    2,
  ]);
});

test("the example with rules is a valid config file, and its rules do what they say", async () => {
  const example = /```yaml\n(.*?)```/s.exec(DOCS)?.[1] ?? "";
  const config = await load("weir.yaml", example, {}, { service: "of the environment" });
  equal(config.web.reload, true);
  const rules = await buildRules(config);
  const input = `http_requests_total{uri="/shop/cart",path="/"} 1\n`;
  const { text } = await filterChunks([encode(input)], { rules });
  equal(text, `http_requests_total{service="shop"} 1\n`);
});

test("the example with many targets is a valid config file, and names all that it may", async () => {
  const section = DOCS.slice(DOCS.indexOf("### Many targets"), DOCS.indexOf("### Ignored keys"));
  const example = /```yaml\n(.*?)```/s.exec(section)?.[1] ?? "";
  const env = { POD_NAME: "weir-3" };
  const { upstreams, gateway, warnings } = await load("weir.yaml", example, {}, env);
  deepEqual(upstreams.map(({ fansOut, labels }) => [fansOut, labels]), [
    [true, []],
    [false, [["zone", "basement"]]],
  ]);
  deepEqual([gateway?.shard, gateway?.stateFile, warnings], [
    { index: 3, count: 4 },
    "/var/lib/weir/counters",
    [],
  ]);
  const keys = /effect: (.*?)\. Elsewhere/s.exec(section)?.[1] ?? "";
  const named = [...keys.matchAll(/`([^`]+)`/g)].map(([, key]) => key);
  const flags = { shard: "0/1", "state-file": "s", "target-label": "a", "target-ttl": "1s" };
  const others = { counters: "raw", "target-metrics": "true", "on-target-error": "fail" };
  const idle = await load("weir.yaml", "upstream_url: a:1", {
    ...flags,
    ...others,
    concurrency: "1",
  }, {});
  const flagOf = new Map(FLAGS.map(({ name, key }) => [key, `--${name}`]));
  const warning = `has no effect with one upstream: ${
    named.map((key) => flagOf.get(key)).join(", ")
  }`;
  deepEqual(idle.warnings, [warning]);
});

test("the example of http_config is a valid config file", async () => {
  const section = DOCS.slice(
    DOCS.indexOf("### Requests to upstreams"),
    DOCS.indexOf("### Unix sockets"),
  );
  const example = /```yaml\n(.*?)```/s.exec(section)?.[1] ?? "";
  const { upstreams } = await load("weir.yaml", example, {}, {});
  deepEqual(upstreams.map(({ http }) => [http?.tls?.key, http?.headers]), [
    [{ key: "key_file", file: "/run/secrets/client.key" }, []],
    [undefined, [{
      name: "X-Scope-OrgID",
      value: { key: "http_headers.X-Scope-OrgID", text: "shop" },
    }]],
  ]);
});

test("functions and actions are those that exist", () => {
  for (const word of [...AGGREGATE_FUNCTIONS, "overflow", "drop", "fail"]) {
    equal(DOCS.includes(`\`${word}\``), true, word);
  }
});

test("the metrics exist", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  metrics.configReloaded(true);
  const rendered = metrics.render("text");
  for (const [, name] of DOCS.matchAll(/`(weir_\w+)`/g)) {
    equal(rendered.includes(`\n${name} `), true, name);
  }
});

test("the errors read as documented", async () => {
  const documented = (/```text\n(.*?)```/s.exec(DOCS)?.[1] ?? "").trim().split("\n");
  const file = "upstream_url: a:1\nlisten_port: abc\nprometheus: {max_input_bytes_per_scrap: 1}\n" +
    "metric_relabel_configs: [{action: labeldrop, regex: path}, {action: dorp}]";
  const loaded = load("weir.yaml", file, { "on-limit": "x" }, { TERO_LOG_LEVEL: "loud" });
  const error = await loaded.then(() => undefined, (thrown) => thrown);
  equal(error instanceof ConfigError, true);
  deepEqual(error.problems, documented);
});

function load(
  path: string,
  text: string,
  flags: Record<string, string>,
  env: Record<string, string>,
) {
  return loadConfig({ path, bytes: encode(text), flags, env, version: "0.1.0", instanceId: "i" });
}

function flagRow({ name, short, aliases = [], value, help, key, commands }: Flag): string[] {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  const shorts = short === undefined ? [] : [`-${short}`];
  const spellings = [...shorts, long, ...aliases.map((alias) => `--${alias}`)];
  return [
    spellings.map((spelling) => `\`${spelling}\``).join(", "),
    help,
    key === undefined ? "" : `\`${key}\``,
    commands.length === COMMANDS.length ? "all" : commands.join(", "),
  ];
}

/** Returns the cells of the first table after a heading, without its head. */
function tableRows(heading: string): string[][] {
  const section = DOCS.slice(DOCS.indexOf(`${heading}\n`) + heading.length).split(/^## /m)[0];
  const lines = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
  return lines.map((line) =>
    line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"))
  );
}
