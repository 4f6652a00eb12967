import { KernelPool } from "../../src/kernel/kernel_pool.ts";
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
  withKernels(
    "typescript",
    new KernelPool(() => {}, () => {
      throw new Error("none here");
    }),
  ),
  withKernels(
    "kernel",
    new KernelPool((error) => {
      throw error;
    }),
  ),
];

function withKernels(name: string, kernels: KernelPool): ScrapePath {
  return {
    name,
    async run(chunks, options) {
      const { chunks: out, stats } = await filterChunks(chunks, { ...options, kernels });
      return { bytes: concat(...out), stats };
    },
  };
}
