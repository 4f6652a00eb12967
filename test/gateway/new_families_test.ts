/*
 * A target whose families are all new in every scrape is read in every scrape: what is known of those
 * that are gone makes room before one, not in its midst, where the target would be lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedRun } from "../support/gateway/merged_case.ts";

const FAMILIES = 2000;

const sortedLines = (text: string) => text.split("\n").sort();

for (const metadata of [true, false]) {
  test(`families that are new in every scrape, ${metadata ? "with" : "without"} TYPE`, async () => {
    const run = await MergedRun.of({ counters: "raw", ttlSeconds: 20 });
    for (let scrape = 1; scrape <= 30; scrape++) {
      const names = Array.from({ length: FAMILIES }, (_, index) => `f${scrape}_${index}`);
      const changing = names.map((name) => {
        return `${metadata ? `# TYPE ${name} gauge\n` : ""}${name} 1\n`;
      }).join("");
      const { text, unread } = await run.scrape({ answers: { changing, steady: "steady 1\n" } });
      assert.deepEqual(unread, {}, `scrape ${scrape}`);
      assert.deepEqual(sortedLines(text), sortedLines(`${changing}steady 1\n`));
    }
  });
}
