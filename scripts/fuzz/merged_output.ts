import { lineFormat } from "../../src/exposition/line_format.ts";
import { TargetLabels } from "../../src/aggregate/target_labels.ts";
import { mergedText } from "../../src/gateway/merged_text.ts";
import { TargetScrape } from "../../src/gateway/target_scrape.ts";
import type { SeriesRules } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { MergedTable } from "../../src/merge/merged_table.ts";
import { streamOf } from "../../test/support/lines/filtered.ts";
import { concat } from "./mutate.ts";

/** What a gateway without memory of counters makes of targets with these bodies, `times` in a row. */
export async function mergedOutput(
  bodies: readonly Uint8Array<ArrayBuffer>[],
  rules: SeriesRules,
  openMetrics: boolean,
  times: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const table = new MergedTable({ monotonic: false, targetTtlMs: 300_000 });
  const outputs: Uint8Array<ArrayBuffer>[] = [];
  for (let scrape = 0; scrape < times; scrape++) {
    table.begin(1_000_000 + 30_000 * scrape, false);
    const stats = new ScrapeStats();
    for (const [rank, body] of bodies.entries()) {
      const target = new TargetScrape({
        outputs: [{ rules, table, stats }],
        policies: undefined,
        format: lineFormat(openMetrics),
        labels: new TargetLabels([]),
        rank,
        maxInputBytes: 0,
        onLimit: "truncate",
      });
      try {
        await target.read(streamOf([body]));
        target.fold(`target:${rank}`);
      } finally {
        target.close();
      }
    }
    table.end();
    const format = lineFormat(openMetrics);
    const options = { format, timestamp: undefined, own: undefined, maxOutputBytes: 0 };
    // Of what is missing nothing is said in it.
    const said = new ScrapeStats();
    outputs.push(concat(...await mergedText(table, { ...options, onLimit: "truncate" }, said)));
  }
  return outputs;
}
