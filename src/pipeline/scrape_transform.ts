import { LineBlocks } from "../exposition/line_blocks.ts";
import { LineOutput } from "./line_output.ts";
import { EOF_LINE, type LineRules, ScrapeLines } from "./scrape_lines.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

export interface ScrapeRules extends LineRules {
  /** Bytes; 0 is no limit. */
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
}

/*
 * One scrape:
 *
 *   upstream body ─▶ input budget ─▶ line blocks ─▶ lines: metadata held,   ─▶ output budget ─▶ out
 *     (decoded)      counts, cuts     whole lines      samples decided          views, gathered
 *                                                      by the policies          short ranges
 *
 * All of it is synchronous inside one TransformStream. Whatever ends it early says so: a truncated
 * output is terminated validly and recorded in `stats.truncatedBy`; where the transfer has to break
 * (`on_limit: fail`, or a cut inside a line that is partly out), `stats.broken` says that too, and
 * whoever sends the output must not end it cleanly.
 */

/** The stream that turns an upstream's exposition into the one that Weir answers with. */
export function scrapeTransform(
  rules: ScrapeRules,
  stats: ScrapeStats,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const maxInput = rules.maxInputBytes === 0 ? Infinity : rules.maxInputBytes;
  let controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const output = new LineOutput(rules.maxOutputBytes, (bytes) => controller.enqueue(bytes));
  const lines = new ScrapeLines(rules, output, stats);
  const blocks = new LineBlocks(lines);

  /** Ends the scrape at a budget, in the way that the configuration asks for. */
  function stop(limit: "input" | "output"): void {
    stats.truncatedBy = limit;
    stats.broken = rules.onLimit === "fail" || lines.brokenLine;
    if (rules.openMetrics && !stats.broken && !lines.terminated) {
      output.write(EOF_LINE, 0, EOF_LINE.length);
    }
    output.flush();
    stats.outputBytes = output.bytesWritten;
    controller.terminate();
  }

  return new TransformStream({
    start(started) {
      controller = started;
    },
    transform(chunk) {
      const exceeded = stats.inputBytes + chunk.length > maxInput;
      const taken = exceeded ? chunk.subarray(0, maxInput - stats.inputBytes) : chunk;
      stats.inputBytes += taken.length;
      blocks.push(taken);
      if (lines.full) return stop("output");
      if (exceeded) return stop("input");
      output.flush();
      stats.outputBytes = output.bytesWritten;
    },
    flush() {
      blocks.end();
      if (lines.full) return stop("output");
      output.flush();
      stats.outputBytes = output.bytesWritten;
    },
  });
}
