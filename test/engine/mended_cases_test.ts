import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "../../src/engine/engine.ts";
import * as layout from "../../src/engine/layout.ts";
import { programOf } from "../../src/engine/program.ts";
import type { CardinalityLimits } from "../../src/aggregate/cardinality_guard.ts";
import { MergedRun } from "../support/gateway/merged_case.ts";
import { encode, filterChunks, type Options } from "../support/lines/filtered.ts";
import { dropPath, rulesOf, type RulesText, testSeries } from "../support/lines/series_case.ts";

test("a target that cannot be read leaves nothing of its samples, and takes no other's", async () => {
  const run = await MergedRun.of({});
  const both = "g 1\nh 1\n";
  await run.scrape({ answers: { a: both, b: both } });
  const { text } = await run.scrape({
    answers: { a: "g 100\nh 7\nbroken line here\n", b: "h 2\ng 2\n" },
  });
  assert.equal(text, "g 2\nh 2\n");
});

for (const order of [["a", "b"], ["b", "a"]]) {
  test(`what a target's lines taught is not applied to other label names, ${order} read`, async () => {
    const run = await MergedRun.of({
      rules: [{ action: "labeldrop", regex: "queue" }],
      labels: { a: { zone: "basement" } },
    });
    const answers = {
      a: 'jobs{queue="x"} 3\njobs{queue="y"} 4\n',
      b: 'jobs{queue="x"} 5\njobs{queue="y"} 6\n',
    };
    for (let scrape = 0; scrape < 3; scrape++) {
      const { text } = await run.scrape({ answers, arrival: order });
      const lines = text.split("\n").sort().filter((line) => line !== "");
      assert.deepEqual(lines, ["jobs 11", 'jobs{zone="basement"} 7'], `scrape ${scrape + 1}`);
    }
  });
}

testSeries([
  {
    what: "an attribute of the resource that changes in the midst decides the lines after it",
    policies: [{
      match: [
        { metric_field: "name", equals: "a" },
        { resource_attribute: "x", equals: "1" },
      ],
      keep: false,
    }],
    input: 'target_info{x="1"} 1\na 1\na 2\ntarget_info{x="2"} 1\na 3\n',
    expected: 'target_info{x="1"} 1\ntarget_info{x="2"} 1\na 3\n',
  },
  {
    what: "a value that rules make longer than the limit folds",
    limits: { labelValueLength: 5 },
    rules: [{ source_labels: ["a"], target_label: "b", replacement: "long-$1" }],
    input: 'm{a="x"} 1\n',
    expected: 'm{a="x",b="weir_overflow"} 1\n',
  },
]);

/** Scrapes of one program, one after the other. */
async function scrapes(
  text: RulesText,
  ...inputs: (readonly [input: string | Uint8Array<ArrayBuffer>, options?: Options])[]
) {
  const rules = await rulesOf(text);
  const found = [];
  for (const [input, options] of inputs) {
    const chunk = typeof input === "string" ? encode(input) : input;
    found.push(await filterChunks([chunk], { rules, ...options }));
  }
  return found;
}

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");

test("a scrape that ended at its budget does not count against the next one's limits", async () => {
  const limits: Partial<CardinalityLimits> = { series: 8 };
  const series = (count: number) => lines(count, (i) => `m{a="${i}",path="x"} 1`);
  const [, second] = await scrapes(
    { rules: dropPath, limits },
    [`${series(4)}n 1\n`, { maxOutputBytes: 20 }],
    [series(6)],
  );
  assert.equal(second.text, lines(6, (i) => `m{a="${i}"} 1`));
  assert.equal(second.stats.limitedSamples.size, 0);
});

for (const learns of [true, false]) {
  test(`the line that the output budget refuses counts as input, learns: ${learns}`, async () => {
    const input = lines(5, (i) => `m{a="y"} ${i}`);
    const drop = { rules: [{ action: "drop", source_labels: ["a"], regex: "x" }] };
    const options = { learns, maxOutputBytes: 25 };
    for (const { text, stats } of await scrapes(drop, [input, options], [input, options])) {
      assert.equal(text, lines(2, (i) => `m{a="y"} ${i}`));
      assert.deepEqual([stats.inputLines, stats.inputSamples, stats.outputLines], [3, 3, 2]);
      assert.equal(stats.truncatedBy, "output");
    }
  });
}

test("bytes that are no UTF-8 beside an escape have one spelling, whoever takes the line", async () => {
  const line = Uint8Array.from('m{a="q\\"\xff",path="p"} 1\n', (char) => char.charCodeAt(0));
  const found = await scrapes(
    { rules: dropPath },
    [line, { learns: false }],
    [line],
    [line],
    [line],
  );
  const bytes = found.map(({ chunks }) => chunks.map((chunk) => [...chunk]).flat().join());
  assert.equal(new Set(bytes).size, 1, bytes.join("\n"));
});

const CHAINS = [
  layout.NAME_CHAINS,
  layout.SIGNATURE_CHAINS,
  layout.LINE_CHAINS,
  layout.SHAPE_CHAINS,
];

/** How many entries are looked at in the worst case. */
function longestChain({ kernel }: Engine): number {
  const memory = new DataView(kernel.bytes.buffer);
  const word = (at: number) => memory.getUint32(at, true);
  let longest = 0;
  for (const chains of CHAINS) {
    const [heads, mask, link] = [word(chains), word(chains + 4), word(chains + 8)];
    for (let chain = 0; chain <= mask; chain++) {
      let length = 0;
      for (let at = word(heads + chain * 4); at !== 0; at = word(at + link)) length++;
      longest = Math.max(longest, length);
    }
  }
  return longest;
}

/** With how many bytes more each line is learnt. */
const MANY: readonly (readonly [string, line: (i: number) => string, bytesALine: number])[] = [
  ["values with escapes that are none", (i) => `m{path="C:\\Windows\\x${i}"} 1`, 0],
  ["label sets that are never the same", (i) => `m{label_${i}="1"} 1`, 256],
];

for (const [what, line, bytesALine] of MANY) {
  test(`${what}: a line costs as much after thousands of them as at first`, async () => {
    const rules = await rulesOf({
      rules: [{ action: "drop", source_labels: ["other"], regex: "x" }],
    });
    const input = lines(16_000, line);
    const { text } = await filterChunks([encode(input)], { rules });
    assert.equal(text, input);
    const engine = programOf(rules, undefined).take();
    const learnt = engine.kernel.exports.learntBytes();
    assert.ok(learnt <= layout.SEGMENT_BYTES + 16_000 * bytesALine, String(learnt));
    assert.ok(longestChain(engine) < 16, String(longestChain(engine)));
  });
}

test("lines that pass before a family's series stay before it, wherever # EOF stands", async () => {
  const input = '# a note\nunreadable{ 1\nm{path="a"} 1\nm{path="b"} 2\n# EOF\nm{path="c"} 4\n';
  const [{ text }] = await scrapes({ rules: dropPath }, [input]);
  assert.equal(text, "# a note\nunreadable{ 1\nm 7\n# EOF\n");
});
