import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { cutAtRandom } from "../support/engine/engine_scrape.ts";
import { MergedRun } from "../support/gateway/merged_case.ts";
import {
  groupsIn,
  type Histograms,
  randomHistograms,
  unionOf,
} from "../support/lines/random_histograms.ts";
import { rulesOf } from "../support/lines/series_case.ts";
import { random } from "../support/random.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";

/*
 * Histograms of unlike bounds that come to be one are their union, whatever the order of their lines,
 * in front of one target and in a gateway: a plain reading of all of them says what that is.
 */

const dropQ = [{ action: "labeldrop", regex: "q" }];

test("histograms of unlike bounds in one target become their union", async () => {
  const rules = await rulesOf({ rules: dropQ });
  for (let seed = 0; seed < 1500; seed++) {
    const next = random(seed);
    const histograms = randomHistograms(next);
    const { text, openMetrics } = histograms;
    const once = await filterChunks(cutAtRandom(next, encode(text)), {
      rules,
      format: lineFormat(openMetrics),
    });
    assertUnion(once.text, histograms, seed);
    // What is known by then is the kernel's; and nothing is known here.
    const again = await filterChunks(cutAtRandom(next, encode(text)), {
      rules,
      format: lineFormat(openMetrics),
    });
    assert.equal(again.text, once.text);
    const plain = await filterChunks([encode(text)], {
      rules,
      format: lineFormat(openMetrics),
      learns: false,
    });
    assert.equal(plain.text, once.text);
  }
});

test("the same histograms in a gateway are the same, within one target and between two", async () => {
  for (let seed = 0; seed < 150; seed++) {
    const histograms = randomHistograms(random(seed));
    const { text } = histograms;
    const lines = text.split("\n").filter((line) => line !== "");
    const of = (which: (q: number) => boolean) =>
      lines.filter((line) => line.startsWith("#") || which(Number(/q="m(\d)"/.exec(line)![1])))
        .join("\n") + "\n";
    const splits: Record<string, string>[] = [
      { a: text },
      { a: of((q) => q % 2 === 0), b: of((q) => q % 2 === 1) },
      { b: of((q) => q === 0), a: of((q) => q > 0) },
    ];
    for (const answers of splits) {
      const run = await MergedRun.of({ rules: dropQ, counters: "raw" });
      for (let scrape = 0; scrape < 2; scrape++) {
        const { text } = await run.scrape({ answers });
        assertUnion(text, histograms, seed);
      }
    }
  }
});

function assertUnion(text: string, histograms: Histograms, seed: number): void {
  const what = JSON.stringify({ seed, input: histograms.text, output: text });
  const groups = groupsIn(text);
  for (const group of new Set(histograms.histograms.map((one) => one.group))) {
    const members = histograms.histograms.filter((one) => one.group === group);
    const found = groups.get(group)!;
    // Alone it passes as it is.
    if (members.length === 1) continue;
    const expected = unionOf(histograms, group);
    assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()), what);
    const bounds = [...found.keys()].filter((key) => key.startsWith("bucket"));
    const counts = bounds.sort((a, b) => Number(a.slice(7)) - Number(b.slice(7)))
      .map((key) => found.get(key)!);
    assert.deepEqual([...counts].sort((a, b) => a - b), counts, what);
  }
}
