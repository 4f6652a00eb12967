import type { LastScrape } from "../../../src/scrape/last_scrapes.ts";

/** Of a scrape in which nothing keeps a sample out. */
export const NOTHING_DROPPED: LastScrape["dropped"] = {
  policy: 0,
  relabel: 0,
  limit: 0,
  invalid: 0,
  duplicate: 0,
  unmergeable: 0,
  unreadable: 0,
  format: 0,
};
