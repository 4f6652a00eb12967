import { deepEqual, equal } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import * as bounds from "../../src/bounds.ts";
import { pathText } from "../../src/problems/problem.ts";
import { scalarPaths } from "../../src/config/schema_walk.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const DOCS = readFileSync(`${root}/docs/security.md`, "utf8");
const POLICY = readFileSync(`${root}/SECURITY.md`, "utf8");
const BOUNDS = /^## Bounds\n(.*?)^## /ms.exec(DOCS)![1];

/** The cells of each row of the tables of bounds. */
const rows = [...BOUNDS.matchAll(/^\| (`.*) \|$/gm)].map(([, row]) => row.split(/\s+\|\s+/));

test("every bound stands in the tables, once, and nothing else does", () => {
  const named = rows.flatMap(([first]) =>
    [...first.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name)
  );
  deepEqual(named.sort(), Object.keys(bounds).sort());
});

test("of every bound it is told what it protects and what happens there", () => {
  for (const row of rows) {
    deepEqual([row.length, row.every((cell) => cell.trim() !== "")], [3, true], row[0]);
  }
});

test("the metrics exist, with the reasons and results that are named", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  metrics.configReloaded(true);
  metrics.webConfigReloaded(true);
  metrics.declareProvider("server");
  metrics.policyLoaded("server", true);
  metrics.limitedSamples.with("family", "series");
  const rendered = metrics.render("text");
  const found = [...DOCS.matchAll(/`(weir_\w+)(?:\{(\w+="\w+")\})?`/g)];
  for (const [, name, label] of found.filter(([, name]) => name !== "weir_overflow")) {
    equal(rendered.includes(`# TYPE ${name} `), true, name);
    const samples = rendered.split("\n").filter((line) => line.startsWith(`${name}{`));
    if (label) equal(samples.some((line) => line.includes(label)), true, `${name}{${label}}`);
  }
});

test("the keys that are to be set or left off exist", () => {
  const known = new Set(scalarPaths().map(pathText));
  const [hardening] = /^## Hardening\n.*?^## /ms.exec(DOCS)!;
  for (const [, key] of hardening.matchAll(/`((?:web|scrape|limits)\.\w+|passthrough)`/g)) {
    equal(known.has(key), true, key);
  }
});

test("the files that are named exist", () => {
  for (const [text, folder] of [[DOCS, "docs"], [POLICY, "."]]) {
    for (const [, path] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      equal(existsSync(resolve(root, folder, path)), true, path);
    }
  }
});
