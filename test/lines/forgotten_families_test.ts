/** Whatever is forgotten in the midst of a scrape: what comes out is the same. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type MemoryBounds, setBounds } from "../../src/memory_bounds.ts";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { dropPath, type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

afterEach(() => setBounds({}));

/** Families whose samples are read otherwise without their TYPE. */
const FAMILIES = Array.from({ length: 12 }, (_, i) =>
  `# TYPE h${i} histogram
# HELP h${i} Text of h${i}.
h${i}_bucket{path="1",le="1"} 1
h${i}_bucket{path="1",le="+Inf"} 2
h${i}_count{path="1"} 2
h${i}_bucket{path="2",le="1"} 3
h${i}_bucket{path="2",le="+Inf"} 3
h${i}_count{path="2"} 3
# TYPE g${i} gauge
g${i}{path="1"} 1
g${i}{path="2"} 2
untyped${i}{path="1"} 1
untyped${i}{path="2"} 2
`);
const INPUT = FAMILIES.join("");

const rename = (regex: string, replacement: string): RelabelRules => [
  { source_labels: ["__name__"], target_label: "__name__", regex, replacement },
];

const RULES: readonly (readonly [what: string, rules: RelabelRules])[] = [
  ["series are added up", dropPath],
  ["labels are added", [{ target_label: "fixed", replacement: "x" }]],
  ["names change", [...rename("(.*)", "p_$1"), ...dropPath]],
  ["families come together", [...rename("[hg]\\d+(.*)", "all$1"), ...dropPath]],
  ["one comes together without metadata", [...rename("g1|untyped9", "one"), ...dropPath]],
  ["samples are dropped", [{ action: "drop", source_labels: ["path"], regex: "1" }]],
];

const BOUNDS: readonly Partial<MemoryBounds>[] = [
  ...[0, 300, 1_000, 3_000].flatMap((knownBytes) => [
    { knownBytes },
    ...[0, 200, 1_000].map((learntBytes) => ({ knownBytes, learntBytes })),
  ]),
  { signatures: { signatures: 1, bytes: 1 << 20 }, learntBytes: 0 },
];

for (const [what, rules] of RULES) {
  test(`${what}: the same whatever is forgotten`, async () => {
    const input = encode(INPUT);
    const { text } = await filterChunks([input], { rules: await rulesOf({ rules }) });
    for (const bounds of BOUNDS) {
      setBounds(bounds);
      const inForce = await rulesOf({ rules });
      for (const learns of [false, true, true]) {
        const again = await filterChunks([input], { rules: inForce, learns });
        assert.equal(again.text, text, `${JSON.stringify(bounds)}, learns: ${learns}`);
      }
    }
  });
}

test("small bounds are reached: a family that comes back ends the scrape", async () => {
  const input = [encode(`${INPUT}h0_sum{path="1"} 1\n`)];
  setBounds({ knownBytes: 300 });
  const rules = await rulesOf({ rules: dropPath });
  await assert.rejects(filterChunks(input, { rules }), AggregationError);
  await filterChunks(input, { rules });
});
