import { deepEqual, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { SHORTFALL_KEYS } from "../../src/lines/shortfall.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

const root = resolve(import.meta.dirname!, "../..");
const DOCS = readFileSync(`${root}/docs/scraping.md`, "utf8");
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
  metrics.shedActive.with("label path").set(0);
  metrics.shedChanges.with("label path", "taken");
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

/** The declarations of Weir's own metrics: some are rendered once something has happened only. */
const DECLARED = new Map(
  ["weir_metrics.ts", "shadow_metrics.ts"].flatMap((file) => [
    ...readFileSync(`${root}/src/telemetry/${file}`, "utf8")
      .matchAll(/^ +"((?:weir|process)_\w+)",$.*?;/gms),
  ]).map(([text, name]) => [name, text]),
);

test("each of Weir's own metrics stands in a page of the documentation", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const rendered = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage }).render("text");
  const atStart = [...rendered.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
  deepEqual(atStart.filter((name) => !DECLARED.has(name)), []);
  const pages = readdirSync(`${root}/docs`).filter((name) => name.endsWith(".md"))
    .map((name) => readFileSync(`${root}/docs/${name}`, "utf8")).join("");
  const documented = new Set(
    [...pages.matchAll(/^\| .*$|^- .*$/gm)].flatMap(([line]) =>
      [...line.matchAll(/`((?:weir|process)_\w+)[`{]/g)].map(([, name]) => name)
    ),
  );
  deepEqual([...DECLARED.keys()].filter((name) => !documented.has(name)), []);
});

test("the table of own metrics has all of them, with their labels", () => {
  const section = DOCS.slice(DOCS.indexOf("## Own metrics")).match(/^\| .*$/gm)!.join("\n");
  const named = [...section.matchAll(/`((?:weir|process)_\w+)(?:\{([\w,]+)\})?`/g)];
  ok(named.length > 20);
  deepEqual(named.map(([, name]) => name).sort(), [...DECLARED.keys()].sort());
  for (const [, name, labels] of named) {
    const list = labels === undefined ? "" : `["${labels.replaceAll(",", '", "')}"]`;
    ok(DECLARED.get(name)?.includes(list), `${name} ${list}`);
  }
});
