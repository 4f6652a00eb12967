import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  MAX_ANALYZED_METRICS,
  MAX_LISTED_VALUE_BYTES,
  MAX_LISTED_VALUES,
} from "../../src/bounds.ts";
import { analyze } from "../../src/cli/analyze.ts";
import { explain } from "../../src/cli/explain.ts";
import { FLAGS } from "../../src/config/flags.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { readSettings } from "../../src/scrape/settings.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";

const DOCS = readFileSync(new URL("../../docs/analyze.md", import.meta.url).pathname).toString();

const FILES = { "scrape.prom": block("prom"), "rules.yaml": block("yaml") };

const EXAMPLES = [...DOCS.matchAll(/^```console\n\$ weir (.*)\n([^]*?)^```$/gm)]
  .map(([, line, said]) => ({ line, said }));

for (const { line, said } of EXAMPLES) {
  test(`example: weir ${line}`, async () => {
    assert.equal(await run(words(line)), said);
  });
}

test("every example is run", () => {
  assert.equal(EXAMPLES.length, DOCS.match(/^```console$/gm)?.length);
  assert.equal(EXAMPLES.length > 4, true);
});

test("the flags are those of the table of flags", () => {
  const rows = [...DOCS.matchAll(/^\| `--([a-z-]+)/gm)].map(([, name]) => name);
  const known = FLAGS.filter(({ commands }) => commands.includes("analyze"))
    .map(({ name }) => name);
  assert.equal(rows.every((name) => known.includes(name)), true);
  for (const name of ["top", "metric", "json", "max-series", "svg"]) {
    assert.equal(rows.includes(name), true, name);
  }
});

test("the bounds are those of the program", () => {
  const text = DOCS.replace(/\s+/g, " ");
  assert.match(text, new RegExp(`beyond ${MAX_LISTED_VALUES} of one label`));
  assert.match(text, new RegExp(`longer than ${MAX_LISTED_VALUE_BYTES} bytes`));
  assert.match(text, new RegExp(`beyond ${MAX_ANALYZED_METRICS.toLocaleString("en-US")}\\)`));
});

test("the keys of the JSON document are documented", async () => {
  const report = JSON.parse(
    await run("analyze scrape.prom --json --relabel-file rules.yaml".split(" ")),
  );
  for (const key of Object.keys(report)) assert.match(DOCS, new RegExp(`\`${key}\``));
});

async function run(args: readonly string[]): Promise<string> {
  const { command, positionals: [where], flags } = parseCommandLine(args);
  const runtime = { ...memoryFiles(FILES), replaceFile: () => Promise.resolve() };
  const input = {
    path: undefined,
    flags,
    env: {},
    version: "0.1.0",
    instanceId: "i",
    needsUpstream: false,
  };
  const { stdout, stderr } = command === "analyze"
    ? await analyze(input, where, runtime)
    : await explain(await readSettings(input, runtime), where, {
      flags,
      version: "0.1.0",
      runtime,
    });
  return [...stdout, ...stderr].map((line) => `${line}\n`).join("");
}

/** The words of a command line as a shell reads them, single quotes aside. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

function block(info: string): string {
  return new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\`$`, "m").exec(DOCS)?.[1] ?? "";
}
