import assert from "node:assert/strict";
import { test } from "node:test";
import { isSeriesRules, type RulesInForce } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { textOf } from "../support/engine/engine_scrape.ts";
import { MergedRun } from "../support/gateway/merged_case.ts";
import {
  dropName,
  encode,
  engineOf,
  filterChunks,
  type PolicyText,
} from "../support/lines/filtered.ts";
import { dropNothing, dropPath, type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

/* What holds whatever is configured: of lines that are new, that are known, and that are not learnt. */

interface Outcome {
  readonly text: string;
  readonly stats: ScrapeStats;
}

/** A way to the output; what it returns takes one scrape after the other. */
type Path = () => Promise<(input: string, learns: boolean) => Promise<Outcome>>;

const filter: RelabelRules = [{ action: "drop", source_labels: ["a"], regex: "gone" }];

function taking(rulesText: RelabelRules, policies: readonly PolicyText[]): Path {
  return async () => {
    const rules = await rulesOf({ rules: rulesText });
    const engine = policies.length === 0 ? undefined : await engineOf(policies);
    return (input, learns) => filterChunks([encode(input)], { rules, policies: engine, learns });
  };
}

/** A subset of a scrape that passes everything. */
const subset: Path = async () => {
  const rules: RulesInForce | undefined = await rulesOf({ rules: dropNothing });
  assert.ok(isSeriesRules(rules));
  return async (input, learns) => {
    const common = {
      policies: undefined,
      format: "text" as const,
      maxLineBytes: 4096,
      maxOutputBytes: 0,
    };
    const scrape = new SubsetScrape({
      ...{ ...common, learns, rules, name: "s", contentType: null, onLimit: "truncate" },
      ...{ scrapedAtMs: 0, timestamps: false },
    });
    const { text } = await filterChunks([encode(input)], { subsets: [scrape], learns });
    assert.equal(text, input);
    return { text: textOf(scrape.snapshot!.chunks), stats: scrape.stats };
  };
};

/** One target that adds a label of its own. */
const gateway: Path = async () => {
  const run = await MergedRun.of({ rules: dropNothing, labels: { t: { zone: "z" } } });
  return async (input) => {
    const { text, stats } = await run.scrape({ answers: { t: input } });
    return { text: text.replaceAll(',zone="z"', ""), stats };
  };
};

const PATHS: readonly (readonly [string, Path])[] = [
  ["policies only", taking([], [dropName("nothing")])],
  ["rules that keep and drop", taking(filter, [])],
  ["rules that keep and drop, and policies", taking(filter, [dropName("nothing")])],
  ["rules that change labels", taking(dropNothing, [])],
  ["rules that change labels, and policies", taking(dropPath, [dropName("nothing")])],
  ["a subset", subset],
  ["a gateway", gateway],
];

const REPEATED = [
  'm{a="1",a="1"} 1',
  'm{a="",a="1"} 1',
  'm{a="1",b="2",a="3"} 1',
  'm{"a"="1",a="2"} 1',
  'm{__name__="n"} 1',
  'm{a="1",a="1"} 2',
  'm{a="1" a="2"} 1',
  'm{a="1",a="2\n"} 1',
  'm{a="1",a=""} 1',
  'm{a="",a=""} 1',
  ' m{ a="1" , a = "2" , }1 5',
  '{"m",a="1",a="2"} 1',
  '{"m","a"="1",b="2","a"="3",} 1',
  '{a="1","m",a="2"} 1',
  '{"m",__name__="n"} 1',
  '{__name__="n","m"} 1',
  '{"m","__name__"=""} 1',
  'm{"k v"="1","k v"="2"} 1',
  String.raw`m{"k\\"="1","k\\"="2"} 1`,
].map((line) => `${line}\n`);

for (const [what, path] of PATHS) {
  test(`a label that is there twice drops its sample, which is counted: ${what}`, async () => {
    const scrape = await path();
    const kept = 'm{a="1"} 7\n';
    for (const learns of [true, true, false, true]) {
      const { text, stats } = await scrape(REPEATED.join("") + kept, learns);
      // What is dropped so is said at the end, where that is not left out.
      assert.equal(text.replace(/# HELP weir_scrape_dropped_samples [^]*$/, ""), kept);
      assert.deepEqual([stats.droppedAsInvalid, stats.inputSamples], [
        REPEATED.length,
        REPEATED.length + 1,
      ]);
      assert.deepEqual([stats.droppedByPolicy, stats.droppedByRules, stats.mergedSamples], [
        0,
        0,
        0,
      ]);
    }
  });
}

test("a policy that drops a sample is asked before its labels are looked at", async () => {
  for (const rules of [[], filter, dropNothing]) {
    const scrape = await taking(rules, [dropName("m")])();
    for (const learns of [true, true, false]) {
      const { text, stats } = await scrape(REPEATED.join(""), learns);
      assert.deepEqual([text, stats.droppedByPolicy, stats.droppedAsInvalid], [
        "",
        REPEATED.length,
        0,
      ]);
    }
  }
});

const TIMESTAMPS = ["0", "1700000000000", "0017", "9007199254740993", "9223372036854775807"];

/** A gateway compares the timestamps of many targets, and writes numbers. */
for (const [what, path] of PATHS.filter(([, path]) => path !== gateway)) {
  test(`a timestamp keeps the text that it came with: ${what}`, async () => {
    const scrape = await path();
    const lines = TIMESTAMPS.map((stamp, i) => `m{a="${i}"} 1 ${stamp}\n`);
    for (const learns of [true, true, false, true]) {
      for (const input of [lines.join(""), lines.toReversed().join("")]) {
        assert.equal((await scrape(input, learns)).text, input);
      }
    }
    // Another one each time.
    for (const stamp of TIMESTAMPS) {
      const input = `m{a="0"} 1 ${stamp}\nm{a="1"} 1\n`;
      assert.equal((await scrape(input, true)).text, input);
    }
  });
}

/** Samples that collide, and the timestamp that stays. */
const MERGED: readonly (readonly [what: string, stamps: readonly string[], stays: string])[] = [
  ["the newest keeps its text", ["1700000000000", "1800000000000", "0017"], "1800000000000"],
  ["of equal ones the last keeps its text", ["17", "00017", "0017"], "0017"],
  [
    "the longest after a short one",
    ["1", "0000000000000001700000000000"],
    "0000000000000001700000000000",
  ],
  ["a short one after a longest", ["0000000000000000000000000005", "7"], "7"],
  ["one that no double holds", ["9007199254740992", "9007199254740993"], "9007199254740993"],
  ["none after one: now", ["5", "", ""], ""],
  ["none before one: now", ["", "", "5"], ""],
  ["none between two: now", ["7", "", "5"], ""],
  ["none at all", ["", ""], ""],
];

for (const [what, stamps, stays] of MERGED) {
  test(`of timestamps of samples that collide, ${what}`, async () => {
    const scrape = await taking(dropPath, [])();
    const lines = stamps.map((stamp, i) => `m{path="${i}"} 1 ${stamp}`.trimEnd() + "\n");
    const expected = `m ${stamps.length} ${stays}`.trimEnd() + "\n";
    for (const learns of [true, true, false, true]) {
      assert.equal((await scrape(lines.join(""), learns)).text, expected);
    }
    // What the last scrape said of it is over.
    assert.equal((await scrape('m{path="0"} 1\n', true)).text, "m 1\n");
  });
}

test("OpenMetrics: seconds keep their decimals, and an exemplar's timestamp too", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const input = 'm{a="0"} 1 1700000000.500 # {id="x"} 1.0 1699999999.90\n# EOF\n';
  for (const learns of [true, true, false, true]) {
    const options = { rules, learns, format: "openmetrics" as const };
    assert.equal((await filterChunks([encode(input)], options)).text, input);
  }
});
