import { equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

// That its commands print what it shows: test/e2e/shown_pages_test.ts.
const README = readFileSync(resolve(import.meta.dirname!, "../../README.md"), "utf8");

test("it is read in a minute or two", () => ok(README.split("\n").length <= 150));

test("what is shown after the rules is the sum of what is shown before them", () => {
  const values = [...README.matchAll(/^nginx_\S+requests_total\{\S* (\d+)$/gm)]
    .map(([, value]) => Number(value));
  equal(values.length, 6);
  equal(values.slice(0, 5).reduce((sum, value) => sum + value), values[5]);
});

test("the share that is saved is that of the samples that are shown", () => {
  const samples = (way: string) =>
    Number(new RegExp(`^weir_${way}_samples_total (\\d+)$`, "m").exec(README)![1]);
  const saved = Math.round(100 * (1 - samples("output") / samples("input")));
  equal(Number(/^(\d+) % fewer series/m.exec(README)?.[1]), saved);
});
