import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf, encode, filterChunks } from "../support/lines/filtered.ts";
import { random } from "../support/random.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { referenceSeries, seriesIn } from "../support/lines/series_reference.ts";

const RULES: readonly (readonly [string, RelabelRules])[] = [
  ["a part of the value", [
    { source_labels: ["path"], regex: "/([^/]+)/.*", target_label: "area" },
    { action: "labeldrop", regex: "path" },
  ]],
  ["the value rewritten", [
    {
      source_labels: ["path"],
      regex: "/(.+)/[0-9]+(.*)",
      target_label: "path",
      replacement: "$1$2",
    },
  ]],
  ["many outputs, and some that are dropped", [
    { action: "drop", source_labels: ["m", "path"], regex: "x;.*[13579]" },
    { source_labels: ["path"], regex: ".*/([0-9]+).*", target_label: "id", replacement: "i$1" },
    { action: "labeldrop", regex: "path" },
  ]],
  ["a hash, and a value in upper case", [
    { action: "hashmod", source_labels: ["path"], modulus: 5, target_label: "shard" },
    { action: "uppercase", source_labels: ["path"], target_label: "path" },
    { source_labels: ["path"], regex: "/(.).*", target_label: "path" },
  ]],
];

/** More values than there are plans, few of them at first, and some not in ASCII or with escapes. */
function manyValues(): string {
  const next = random(77);
  let input = "# TYPE c counter\n";
  for (let line = 0; line < 4_000; line++) {
    const area = ["users", "shops", "é", "a\\\\b", 'q\\"', ""][next(line < 2_000 ? 1 : 5)];
    const id = line < 500 ? next(9) : line;
    input += `c_total{path="/${area}/${id}${["", "/x"][next(1)]}",m="${"xy"[next(1)]}"} ${line}\n`;
  }
  return input;
}

for (const [what, rules] of RULES) {
  test(`${what}: the same with the kernel, without, and in the plainest way`, async () => {
    const input = manyValues();
    const inForce = await rulesOf({ rules });
    const expected = referenceSeries(input, inForce!.rules!);
    for (const learns of [true, false]) {
      // Twice: what is known of the first scrape serves the second.
      for (let scrape = 0; scrape < 2; scrape++) {
        const { text } = await filterChunks(chunksOf(encode(input), 4_096), {
          rules: inForce,
          learns,
        });
        assert.deepEqual(seriesIn(text), expected);
      }
    }
  });
}
