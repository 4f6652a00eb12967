import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AGGREGATE_FUNCTIONS } from "../../src/aggregate/aggregate_function.ts";
import { DEFAULT_RULES } from "../../src/aggregate/default_rules.ts";
import { loadConfig } from "../../src/config/load.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { countScrape } from "../../src/scrape/scrape_report.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { MergedRun } from "../support/gateway/merged_case.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";

const DOCS = readFileSync(new URL("../../docs/aggregation.md", import.meta.url).pathname)
  .toString();

/** A part of a config file with what it makes of an input, and of Weir's own metrics. */
interface Example {
  readonly heading: string;
  readonly config: string;
  readonly input: string;
  readonly output: string;
  /** Lines of the own metrics; undefined where the document does not say. */
  readonly counted?: string;
}

const EXAMPLES = examples();

for (const { heading, config, input, output, counted = "" } of EXAMPLES) {
  test(`example: ${heading}`, async () => {
    const { text, metrics } = await run(config, input);
    assert.equal(text, output);
    assert.notEqual(text, input, "an example shows a change");
    const lines = metrics.split("\n");
    for (const line of counted.trimEnd().split("\n")) assert.ok(lines.includes(line), line);
  });
}

test("every block is part of an example", () => {
  for (const info of ["yaml", "prom input", "prom output"]) {
    assert.equal(DOCS.match(new RegExp(`^\`\`\`${info}$`, "gm"))?.length, EXAMPLES.length, info);
  }
  const counted = EXAMPLES.filter((example) => example.counted !== undefined);
  assert.equal(DOCS.match(/^```prom counted$/gm)?.length, counted.length);
});

test("the functions are those that exist, each with an example", async () => {
  const rows = [...section("### Rules of your own").matchAll(/^\| (`.*?) \|/gm)]
    .flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assert.deepEqual(rows, [...AGGREGATE_FUNCTIONS]);
  const { config } = EXAMPLES.find(({ heading }) => heading === "Rules of your own")!;
  const used = (await load(config)).aggregationRules.map((rule) => rule.function);
  assert.deepEqual([...used].sort(), [...AGGREGATE_FUNCTIONS].sort());
});

test("the built-in rules are those that exist", () => {
  const rows = [...section("### Built-in rules").matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)]
    .map(([, fn, cell]) => ({
      function: fn,
      endings: [...cell.matchAll(/`(.+?)`/g)].map(([, ending]) => ending),
    }));
  assert.deepEqual(rows, DEFAULT_RULES);
});

test("every rule of an example about functions is needed", async () => {
  const { config, input, output } = EXAMPLES.find((one) => one.heading === "Rules of your own")!;
  const loaded = await load(config);
  for (const index of loaded.aggregationRules.keys()) {
    const aggregationRules = loaded.aggregationRules.toSpliced(index, 1);
    const rules = await buildRules({ ...loaded, aggregationRules });
    const { text, stats } = await filterChunks([encode(input)], { rules });
    assert.ok(text !== output || stats.summedGauges.size > 0, `rule ${index}`);
  }
});

test("aggregation alone changes nothing", async () => {
  const config = "aggregation: {rules: [{match: .*, function: max}]}";
  const input = "a 1\na 2\n";
  assert.equal((await run(config, input)).text, input);
});

test("comments and samples that cannot be processed stand where the document says", async () => {
  const config = "metric_relabel_configs: [{action: labeldrop, regex: p}]";
  const input = '# TYPE a counter\na{p="1"} 1\n# a remark\na{p=2} 5\na{p="3"} 2\nb 1\n';
  const output = "# TYPE a counter\na 3\n# a remark\na{p=2} 5\nb 1\n";
  assert.equal((await run(config, input)).text, output);
});

test("limits that are exceeded drop or fail when asked to", async () => {
  const input = 'a{p="1"} 1\na{p="2"} 2\n';
  const limits = (action: string) => `limits: {series: 1, action: ${action}}`;
  const dropped = await run(limits("drop"), input);
  assert.equal(dropped.text, 'a{p="1"} 1\n');
  assert.match(dropped.metrics, /^weir_limited_samples_total\{family="a",limit="series"\} 1$/m);
  await assert.rejects(run(limits("fail"), input), {
    message: "family a exceeds the limit series",
  });
});

test("the metrics exist", async () => {
  const config = "limits: {series: 1}";
  const { metrics } = await run(config, "a 1\nb 2\n");
  const rows = [...section("## Metrics").matchAll(/^\| `(weir_\w+)(?:\{([^}]*)\})?`/gm)];
  assert.equal(rows.length, 11);
  for (const [, name, labels] of rows) {
    const written = labels?.replaceAll(/(\w+)(?=,|$)/g, '$1="[^"]*"');
    const series = written === undefined ? name : `${name}\\{${written}\\}`;
    assert.match(metrics, new RegExp(`^${series} \\d+$`, "m"));
  }
});

test("the table of counters that fall", async () => {
  const [, a, b, plain, seen, monotonic, increase] = [
    ...section("## Counters that fall").matchAll(/^\| ([^-].*) \|$/gm),
  ].map(([, cells]) => cells.split("|").slice(1).map((cell) => cell.trim()));
  const run = await MergedRun.of({
    rules: [{ action: "labeldrop", regex: "path" }],
    byInput: true,
  });
  const sums: number[] = [];
  for (const at of a.keys()) {
    const line = (path: string, count: string) =>
      count === "" ? "" : `requests_total{path="${path}"} ${count}\n`;
    const answer = `# TYPE requests_total counter\n${line("/a", a[at])}${line("/b", b[at])}`;
    const { text } = await run.scrape({ answers: { target: answer } });
    sums.push(Number(/^requests_total (.*)$/m.exec(text)![1]));
  }
  const increases = (values: number[]) =>
    values.slice(1).map((now, at) => now < values[at] ? now : now - values[at]);
  const total = a.map((count, at) => Number(count) + Number(b[at]));
  const found = [total, ["", ...increases(total)], sums, ["", ...increases(sums)]];
  assert.deepEqual(found.map((row) => row.map(String)), [plain, seen, monotonic, increase]);
});

function load(config: string) {
  return loadConfig({
    path: "weir.yaml",
    bytes: encode(config),
    flags: {},
    env: {},
    version: "0.1.0",
    instanceId: "i",
    needsUpstream: false,
  });
}

async function run(config: string, input: string) {
  const rules = await buildRules(await load(config));
  const openMetrics = input.endsWith("# EOF\n");
  const { text, stats } = await filterChunks([encode(input)], {
    rules,
    format: lineFormat(openMetrics),
  });
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  countScrape(metrics, stats);
  return { text, metrics: metrics.render("text") };
}

/** Config, input and output that follow each other, with the heading above them. */
function examples(): Example[] {
  const found: Example[] = [];
  let heading = "";
  let config = "";
  let input = "";
  for (const [, title, info, text] of DOCS.matchAll(/^#+ (.*)$|^```(\S.*)\n([^]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else if (info === "yaml") config = text;
    else if (info === "prom input") input = text;
    else if (info === "prom output") found.push({ heading, config, input, output: text });
    else if (info === "prom counted") found.push({ ...found.pop()!, counted: text });
  }
  return found;
}

/** The text from a heading to the next one. */
function section(heading: string): string {
  const rest = DOCS.slice(DOCS.indexOf(`${heading}\n`) + heading.length);
  return rest.split(/^#+ /m)[0];
}
