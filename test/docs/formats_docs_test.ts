import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inputFormat } from "../../src/cli/input_format.ts";
import { loadConfig } from "../../src/config/load.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { scrapedText } from "../../src/lines/scrape_transform.ts";
import { bodyFormat, formatName } from "../../src/upstream/negotiate.ts";
import { NO_LIMITS } from "../support/analyze/previewed.ts";
import { encode } from "../support/lines/filtered.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";

const DOCS = readFileSync(new URL("../../docs/formats.md", import.meta.url).pathname, "utf8");

const EXAMPLES = [
  ...DOCS.matchAll(
    /^```yaml\n([^]*?)^```\n\n```openmetrics2 input\n([^]*?)^```\n\n```openmetrics2 output\n([^]*?)^```$/gm,
  ),
].map(([, config, input, output]) => ({ config, input, output }));

for (const { config, input, output } of EXAMPLES) {
  test(`example: ${config}`, async () => {
    const document = (await parseConfigText("weir.yaml", encode(config))) as object;
    const loaded = await loadConfig({
      path: "weir.yaml",
      document,
      flags: {},
      env: {},
      version: "1",
      instanceId: "i",
      needsUpstream: false,
    });
    const rules = await buildRules(loaded);
    const options = { ...NO_LIMITS, rules, policies: undefined, format: "openmetrics2" as const };
    assert.equal(scrapedText(input, options, new ScrapeStats()), output);
  });
}

test("every block of OpenMetrics 2.0 is part of an example", () => {
  assert.equal(EXAMPLES.length, 2);
  assert.equal(DOCS.match(/^```openmetrics2 /gm)?.length, 2 * EXAMPLES.length);
});

test("the content types are those that are told apart", () => {
  const types = [...DOCS.matchAll(/^\| [^|]+ \| `([^`]+)`([^|]*)\|/gm)]
    .map(([, type, more]) => {
      const parameters = [...more.matchAll(/`(\w+=[^`]+)`/g)].map(([, parameter]) => parameter);
      return [type, ...parameters].join("; ");
    }).filter((type) => type.includes("/"));
  assert.deepEqual(types.map(bodyFormat), ["protobuf", "openmetrics2", "openmetrics", "text"]);
});

test("the fallback's names are those of the formats", () => {
  const section = /^### A Content-Type that names no format\n([^]*?)^###? /m.exec(DOCS)![1];
  const names = [...section.matchAll(/`((?:Prometheus|OpenMetrics)\w+(?:\.\d)*)`/g)]
    .map(([, name]) => name);
  assert.equal(new Set(names).size, 6);
  assert.ok(names.includes(formatName("application/openmetrics-text; version=2.0.0")!));
});

test("the words of --format are those that are read", () => {
  const [words] = /^`weir filter`, `weir analyze`[^]*?\.$/m.exec(DOCS)!;
  const named = [...words.matchAll(/`(text|openmetrics2?|protobuf)`/g)].map(([, word]) => word);
  assert.equal(named.length, 4);
  for (const format of named) assert.equal(inputFormat({ format }), format);
});
