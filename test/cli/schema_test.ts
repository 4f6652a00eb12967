/** `weir schema`, held to what Weir takes by a validator that is not ours. */
import { Ajv } from "ajv";
import { deepEqual, equal, rejects } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseAllDocuments } from "@std/yaml";
import { keyDescriptions } from "../../scripts/build_key_descriptions.ts";
import { schema } from "../../src/cli/schema.ts";
import { loadConfig } from "../../src/config/load.ts";

const ROOT = new URL("../../", import.meta.url);

// Draft 07 knows no more than Ajv does by default; unions of types are ours.
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });

async function validator(kind?: string) {
  const { stdout } = await schema(kind);
  return ajv.compile(JSON.parse(stdout.join("\n")));
}

const config = await validator();
const relabel = await validator("relabel");
const tests = await validator("test");

function read(path: string): string {
  return readFileSync(new URL(path, ROOT).pathname).toString();
}

/** What a text holds, as editors read it. */
function parsed(text: string): unknown[] {
  return parseAllDocuments(text, { schema: "core" }).map((document) => document.toJS());
}

function holdValid(validate: typeof config, value: unknown): void {
  equal(validate(value), true, JSON.stringify(validate.errors?.slice(0, 5), null, 1));
}

/** Every config file in the ConfigMaps of deploy/. */
function deployed(): [name: string, text: string][] {
  const folders = ["deploy/", "deploy/gateway/"];
  return folders.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT).pathname).filter((file) => file.endsWith(".yaml")).flatMap((
      file,
    ) =>
      parsed(read(folder + file)).flatMap((manifest) => {
        const { kind, data = {} } = Object(manifest);
        if (kind !== "ConfigMap") return [];
        return ["config.json", "weir.yaml", "weir.json"].flatMap((key) =>
          key in data ? [[`${folder}${file}: ${key}`, data[key]] as [string, string]] : []
        );
      })
    )
  );
}

/** The config files among the examples of docs/: those that name their upstream. */
function documented(): [name: string, text: string][] {
  return readdirSync(new URL("docs", ROOT).pathname).filter((file) => file.endsWith(".md")).flatMap(
    (file) =>
      [...read(`docs/${file}`).matchAll(/^```(?:yaml|json)\n([^]*?)^```$/gm)]
        .map(([, text], index): [string, string] => [`docs/${file}, example ${index + 1}`, text])
        .filter(([, text]) =>
          /^(?:\{\s*)?"?(?:upstream_url|upstreams|metrics_url|routes)"?:/m.test(text)
        ),
  );
}

const EXAMPLES = [...deployed(), ...documented()];

test("there are examples to hold it to", () => {
  equal(deployed().length >= 3 && documented().length >= 5, true, String(EXAMPLES.length));
});

for (const [name, text] of EXAMPLES) {
  test(`valid: ${name}`, () => holdValid(config, parsed(text)[0]));
}

test("valid: the examples of files, and Edge's form", () => {
  holdValid(config, parsed(read("docs/examples/deployed/weir.yaml"))[0]);
  holdValid(relabel, parsed(read("docs/examples/deployed/rules.yaml"))[0]);
  holdValid(tests, parsed(read("docs/examples/rules_test.yaml"))[0]);
  holdValid(tests, parsed(read("docs/examples/deployed/deployed_test.yaml"))[0]);
  holdValid(tests, (parsed(read("docs/examples/rules_test.yaml"))[0] as { tests: unknown }).tests);
  holdValid(config, {
    $schema: "weir.schema.json",
    upstream_url: "http://a",
    listen_port: "9090",
    log_level: "Err",
    worker_count: 4,
    tap_enabled: true,
    max_body_size: 1048576,
    pretty_print_json: false,
    service: { name: "edge", supported_stages: ["x"] },
    policy_providers: [
      { id: "a", type: "http", url: "${URL}", headers: [{ name: "x", value: "${TOKEN}" }] },
      { id: "b", type: "file", path: "p.json", poll_interval_secs: null },
    ],
  });
});

const UP = { upstream_url: "http://a" };

/** What no config file may say, and where an editor marks it. */
const WRONG: readonly (readonly [name: string, value: object, at: string])[] = [
  ["an unknown key", { ...UP, relable_file: "x" }, ""],
  ["an unknown key below another", { ...UP, web: { reloud: true } }, "/web"],
  ["a port that is none", { ...UP, listen_port: 70_000 }, "/listen_port"],
  ["a port that is a word", { ...UP, listen_port: "http" }, "/listen_port"],
  ["a duration that is none", { ...UP, scrape: { timeout: "soon" } }, "/scrape/timeout"],
  ["a negative duration", { ...UP, scrape: { timeout: -1 } }, "/scrape/timeout"],
  ["a size that is none", { ...UP, scrape: { max_line_bytes: "ten" } }, "/scrape/max_line_bytes"],
  ["a word that is none", { ...UP, compression: "brotli" }, "/compression"],
  ["a level that is none", { ...UP, log_level: "loud" }, "/log_level"],
  ["a switch that is a word", { ...UP, coalesce: "yes" }, "/coalesce"],
  ["a map in place of a list", { ...UP, policy_providers: {} }, "/policy_providers"],
  ["a list in place of a map", { ...UP, web: [] }, "/web"],
  ["a URL that is a number", { upstream_url: 5 }, "/upstream_url"],
  ["an upstream without a URL", { upstreams: [{ labels: { a: "b" } }] }, "/upstreams/0"],
  ["a provider of another type", {
    ...UP,
    policy_providers: [{ id: "a", type: "ftp" }],
  }, "/policy_providers/0/type"],
  ["a rule's unknown key", {
    ...UP,
    metric_relabel_configs: [{ regx: "a" }],
  }, "/metric_relabel_configs/0"],
  ["a rule's unknown action", {
    ...UP,
    subsets: { a: [{ action: "dorp" }] },
  }, "/subsets/a/0/action"],
  ["a subset's name", { ...UP, subsets: { "a/b": [] } }, "/subsets"],
  ["labels that are no list", {
    ...UP,
    routes: [{ path: "/metrics", metric_relabel_configs: [{ source_labels: "a" }] }],
  }, "/routes/0/metric_relabel_configs/0/source_labels"],
  ["an aggregate function", {
    ...UP,
    aggregation: { rules: [{ match: "a", function: "median" }] },
  }, "/aggregation/rules/0/function"],
  ["an http_config's unknown key", {
    ...UP,
    http_config: { bearer_token: "x" },
  }, "/http_config"],
];

for (const [name, value, at] of WRONG) {
  test(`wrong: ${name}, as Weir finds too`, async () => {
    equal(config(value), false);
    const paths = (config.errors ?? []).map(({ instancePath }) => instancePath);
    equal(paths.includes(at), true, paths.join(" "));
    const bytes = new TextEncoder().encode(JSON.stringify({ listen: ":1", ...value }));
    const input = { path: "w.json", bytes, flags: {}, env: {}, version: "1", instanceId: "i" };
    await rejects(loadConfig({ ...input, strict: true }));
  });
}

test("wrong relabel files and tests", () => {
  for (const value of [{ some: [] }, "x", [{ acton: "drop" }], { metric_relabel_configs: {} }]) {
    equal(relabel(value), false, JSON.stringify(value));
  }
  const one = { name: "a", input: "", expect: "" };
  const wrong = [
    {},
    { tests: {} },
    [{ name: "a" }],
    [{ ...one, x: 1 }],
    [{ ...one, format: "protobuf" }],
    [{ ...one, limits: { serie: 1 } }],
    [{ ...one, input: 5 }],
  ];
  for (const value of wrong) equal(tests(value), false, JSON.stringify(value));
});

test("keys have the descriptions of the documentation", async () => {
  const written = read("src/config/key_descriptions.ts");
  const plain = (source: string) => source.replace(/\s+/g, " ");
  equal(plain(written), plain(keyDescriptions(read("docs/configuration.md"))));
  const { properties } = JSON.parse((await schema()).stdout.join("\n"));
  equal(
    /longest time for one upstream request/.test(properties.scrape.properties.timeout.description),
    true,
  );
  const provider = properties.policy_providers.items.oneOf[0].properties;
  equal(
    provider.path.description,
    "policy file, watched and read again when it changes",
  );
  const undescribed = Object.entries<{ description?: string; properties?: object }>(properties)
    .filter(([, { description, properties }]) => description === undefined && !properties);
  deepEqual(undescribed.map(([key]) => key), []);
});

test("another word is refused with those that there are", async () => {
  await rejects(schema("policies"), {
    message: 'weir schema: found "policies", wanted config, relabel, test or nothing',
  });
});
