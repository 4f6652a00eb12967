import type { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { filterChunks, type Options } from "../../test/support/pipeline/filtered.ts";
import { concat } from "./mutate.ts";

export interface ScrapeOutcome {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly stats: ScrapeStats;
}

/** One way in which Weir can take a scrape apart. */
export interface ScrapePath {
  readonly name: string;
  run(chunks: readonly Uint8Array<ArrayBuffer>[], options: Options): Promise<ScrapeOutcome>;
}

/**
 * All ways that there are. The first is the reference: for every generated exposition, rule set and
 * cut the exposition target wants the same bytes and the same stats of the others. Another way is
 * one more entry here.
 */
export const scrapePaths: readonly ScrapePath[] = [
  pathThat("typescript", false),
  pathThat("kernel", true),
];

function pathThat(name: string, learns: boolean): ScrapePath {
  return {
    name,
    async run(chunks, options) {
      const { chunks: out, stats } = await filterChunks(chunks, { ...options, learns });
      return { bytes: concat(...out), stats };
    },
  };
}
