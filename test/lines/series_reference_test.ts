import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules, type RuleSet } from "../../src/relabel/rule_set.ts";
import { chunksOf, encode, filterChunks } from "../support/lines/filtered.ts";
import { random } from "../support/random.ts";
import { dropPath, type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { randomFamilies, randomRules } from "../support/lines/series_random.ts";
import { referenceSeries, seriesIn } from "../support/lines/series_reference.ts";

const ruleSet = async (rules: RelabelRules): Promise<RuleSet> =>
  await compileRules(readRelabelConfigs(rules, placeOf("rules"), "utf8").configs);

test("random rules over random families give what a plain reading of them gives", async () => {
  let samples = 0;
  for (let seed = 0; seed < 250; seed++) {
    const next = random(seed);
    const rules = [...randomRules(next, "changes"), ...dropPath];
    // The same rules meet several scrapes, as they do in service.
    const inForce = await rulesOf({ rules });
    for (let scrape = 0; scrape < 4; scrape++) {
      const input = randomFamilies(next);
      const { text } = await filterChunks(chunksOf(encode(input), 1 + next(400)), {
        rules: inForce,
      });
      const expected = referenceSeries(input, await ruleSet(rules));
      assert.deepEqual(seriesIn(text), expected, JSON.stringify({ seed, rules, input }));
      assertBlocks(text);
      samples += expected.size;
    }
  }
  assert.ok(samples > 10_000);
});

/** Metadata stands once, and directly before samples. */
function assertBlocks(text: string): void {
  const metadata = text.match(/^# \w+ \w+/gm) ?? [];
  assert.equal(new Set(metadata).size, metadata.length, text);
  assert.doesNotMatch(text, /^# TYPE .*\n(?!\w)/m);
}

test("rules that keep and drop give what naive filtering gives, without a copy", async () => {
  for (let seed = 0; seed < 200; seed++) {
    const next = random(1000 + seed);
    const rules = randomRules(next, "filters");
    const inForce = await rulesOf({ rules });
    assert.ok(inForce !== undefined && inForce.aggregation === undefined);
    const set = await ruleSet(rules);
    const input = randomFamilies(next);
    const { text } = await filterChunks(chunksOf(encode(input), 1 + next(400)), { rules: inForce });
    assert.equal(text, naivelyFiltered(input, set), JSON.stringify({ seed, rules, input }));
  }
});

/** Each line is looked at alone, with the TYPE lines so far; metadata waits for a kept sample. */
function naivelyFiltered(input: string, rules: RuleSet): string {
  let types = "";
  let held = "";
  let output = "";
  for (const line of input.split(/(?<=\n)/)) {
    if (line.startsWith("#")) {
      held = line.startsWith("# HELP") ? line : held + line;
      if (line.startsWith("# TYPE")) types += line;
      continue;
    }
    const family = /^# TYPE (\S+)/m.exec(held)?.[1];
    if (family !== undefined && !line.startsWith(family)) held = "";
    if (referenceSeries(types + line, rules).size === 0) continue;
    output += held + line;
    held = "";
  }
  return output;
}

test("what rules that keep and drop leave of a chunk is copied, a chunk that passes whole is not", async () => {
  const line = (i: number) => `c{path="/${i}",pad="${"x".repeat(100)}"} ${i}\n`;
  const input = encode(Array.from({ length: 200 }, (_, i) => line(i)).join(""));
  const rules = await rulesOf({
    rules: [{ action: "drop", source_labels: ["path"], regex: "/100" }],
  });
  const whole = encode(Array.from({ length: 200 }, (_, i) => line(200 + i)).join(""));
  const { chunks, text } = await filterChunks([input, whole], { rules });
  assert.equal(text.split("\n").length, 400);
  assert.ok(chunks.some((chunk) => chunk.buffer === whole.buffer && chunk.length === whole.length));
  // After the line that is dropped comes one range, to the chunk's end.
  const parts = chunks.filter((chunk) => chunk.buffer === input.buffer);
  assert.deepEqual(parts.map(({ byteOffset, length }) => byteOffset + length), [input.length]);
});

test("sums of integers are exact as long as doubles are", async () => {
  const next = random(5);
  const sums = new Map<string, bigint>();
  let input = "# TYPE c counter\n";
  for (let i = 0; i < 20_000; i++) {
    const series = `c{m="${next(99)}"}`;
    // 200 of these are below 2^53; some have so many digits that they are read as text.
    const value = BigInt(next(2 ** 31 - 1)) * BigInt(next(8000));
    sums.set(series, (sums.get(series) ?? 0n) + value);
    input += `${series.slice(0, -1)},path="/${i}"} ${value}${next(9) === 0 ? ".000" : ""}\n`;
  }
  assert.ok([...sums.values()].every((sum) => sum < 2n ** 53n));
  const { text } = await filterChunks([encode(input)], {
    rules: await rulesOf({ rules: dropPath }),
  });
  assert.deepEqual(
    seriesIn(text),
    new Map([...sums].map(([series, sum]) => [series, String(sum)])),
  );
});
