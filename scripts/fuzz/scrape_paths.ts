import type { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import type { RulesInForce } from "../../src/lines/rules_in_force.ts";
import { filterChunks, type Options } from "../../test/support/lines/filtered.ts";
import { concat } from "./mutate.ts";

type Chunks = readonly Uint8Array<ArrayBuffer>[];

export interface ScrapeOutcome {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly stats: ScrapeStats;
}

/** One way in which Weir can take a scrape apart. */
export interface ScrapePath {
  readonly name: string;
  /** Each run begins a program of its own, which takes long: a few cuts have to do. */
  readonly isSlow?: boolean;
  run(chunks: Chunks, options: Options): Promise<ScrapeOutcome>;
}

/**
 * All ways that there are. The first is the reference: for every generated exposition, rule set and
 * cut the exposition target wants the same bytes and the same stats of the others. Another way is
 * one more entry here.
 */
export const scrapePaths: readonly ScrapePath[] = [
  {
    name: "nothing learnt",
    run: (chunks, options) => scrape(chunks, { ...options, learns: false }),
  },
  {
    name: "learning",
    isSlow: true,
    run: (chunks, options) => scrape(chunks, { ...options, rules: newRules(options) }),
  },
  {
    name: "the second scrape",
    isSlow: true,
    async run(chunks, options) {
      const again = { ...options, rules: newRules(options) };
      await scrape([concat(...chunks)], again);
      return await scrape(chunks, again);
    },
  },
  // Whatever else was scraped with these rules: other cuts, and the scrapes that learn nothing.
  { name: "a program in use", run: scrape },
];

/** Rules that say the same; a program of theirs has learnt nothing. */
function newRules({ rules }: Options): RulesInForce {
  return rules === undefined ? { ...NO_RULES } : { ...rules };
}

const NO_RULES: RulesInForce = {
  rules: undefined,
  aggregation: undefined,
  limits: undefined,
  mayRename: false,
  reported: new Set(),
};

async function scrape(chunks: Chunks, options: Options): Promise<ScrapeOutcome> {
  const { chunks: out, stats } = await filterChunks(chunks, options);
  return { bytes: concat(...out), stats };
}
