import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { SHORTFALL_KEYS } from "../../src/lines/shortfall.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

const DOCS = readFileSync(resolve(import.meta.dirname!, "../../docs/scraping.md"), "utf8");
const SECTION = /^## Less than the whole\n(.*?)^## /ms.exec(DOCS)![1];
const rows = [...SECTION.matchAll(/^\| (.*) \|$/gm)].slice(2)
  .map(([, row]) => row.split("|").map((cell) => cell.trim()));

test("the table of what makes a 200 less than the whole has all that a response can say", () => {
  const said = rows.flatMap(([, response]) =>
    [...response.matchAll(/`(weir_scrape_\w+(?:\{.*?\})?)`/g)].map(([, key]) => key)
  );
  deepEqual([...new Set(said)].sort(), [...SHORTFALL_KEYS].sort());
});

test("what it says to be counted is", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  metrics.declareProvider("server");
  metrics.policyLoaded("server", true);
  metrics.limitedSamples.with("family", "series");
  for (const state of ["up", "down"]) metrics.targets.with(state).set(0);
  const rendered = metrics.render("text");
  const counted = rows.flatMap(([, , counter]) =>
    [...counter.matchAll(/`(weir_\w+)(\{.*?\})?`/g)].map(([, name, labels]) => [name, labels])
  );
  ok(counted.length > 10);
  for (const [name, labels] of counted) {
    ok(rendered.includes(`\n${name}${labels ?? ""}`), `${name}${labels ?? ""}`);
  }
});
