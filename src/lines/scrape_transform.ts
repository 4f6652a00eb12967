import { type ScrapeRules, ScrapeRun } from "./scrape_run.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** A `ScrapeRun` as a stream: the upstream's exposition goes in, what Weir answers with comes out. */
export function scrapeTransform(
  rules: ScrapeRules,
  stats: ScrapeStats,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let run: ScrapeRun;
  return new TransformStream({
    start(controller) {
      run = new ScrapeRun(rules, stats, (bytes) => controller.enqueue(bytes));
    },
    transform(chunk, controller) {
      if (!run.push(chunk)) controller.terminate();
    },
    flush() {
      run.end();
    },
  });
}

/** What a whole exposition becomes. Throws what a scrape fails of. */
export function scrapedText(exposition: string, rules: ScrapeRules, stats: ScrapeStats): string {
  const decoder = new TextDecoder();
  let text = "";
  const run = new ScrapeRun(
    rules,
    stats,
    (bytes) => text += decoder.decode(bytes, { stream: true }),
  );
  if (run.push(new TextEncoder().encode(exposition))) run.end();
  return text + decoder.decode();
}
