/** Histograms with other bounds that become one, and a sample of one that stands there twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedRun } from "../support/gateway/merged_case.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { dropPath, rulesOf } from "../support/lines/series_case.ts";

const bucket = (path: string, le: string, value: number) =>
  `f_bucket{path="${path}",le="${le}"} ${value}`;
const count = (path: string, value: number) => `f_count{path="${path}"} ${value}`;

const WHOLE = [bucket("k", "1", 1), bucket("k", "2.5", 1), bucket("k", "+Inf", 6), count("k", 6)];
const ANOTHER = [bucket("x", "1", 0), bucket("x", "2.5", 3), bucket("x", "+Inf", 5), count("x", 5)];
const OTHER_BOUNDS = [bucket("y", "1", 1), count("y", 3)];
const LINES = [...WHOLE, ...ANOTHER, ...OTHER_BOUNDS];

const HEAD = "# TYPE f histogram\n";
const textOf = (lines: readonly string[]) => `${HEAD}${lines.join("\n")}\n`;
const RIGHT = `${HEAD}f_bucket{le="1.0"} 2
f_bucket{le="2.5"} 5
f_bucket{le="+Inf"} 14
f_count 14
`;

/** What a gateway with this one target answers, with all new, and with all known. */
async function merged(lines: readonly string[]): Promise<string[]> {
  const run = await MergedRun.of({ rules: dropPath, counters: "raw" });
  const texts: string[] = [];
  for (let scrape = 0; scrape < 3; scrape++) {
    texts.push((await run.scrape({ answers: { a: textOf(lines) } })).text);
  }
  return texts;
}

for (const [index, line] of LINES.entries()) {
  // With another value than the first time.
  const again = line.replace(/\d+$/, "99");
  test(`${again} repeats a sample, wherever it stands behind that`, async () => {
    const rules = await rulesOf({ rules: dropPath });
    for (let at = index + 1; at <= LINES.length; at++) {
      const lines = LINES.toSpliced(at, 0, again);
      for (const text of await merged(lines)) assert.equal(text, RIGHT, `gateway, at ${at}`);
      for (const learns of [false, true, true]) {
        const { text } = await filterChunks([encode(textOf(lines))], { rules, learns });
        assert.equal(text, RIGHT, `sidecar, at ${at}, learns: ${learns}`);
      }
    }
  });
}

test("a bucket that comes to a whole histogram is none: what not all have is left out", async () => {
  const late = bucket("k", "2", 1);
  const lines = [...WHOLE, ...ANOTHER, late, ...OTHER_BOUNDS];
  const wanted = `${HEAD}f_bucket{le="1.0"} 2\nf_count 14\n`;
  for (const text of await merged(lines)) assert.equal(text, wanted);
});
