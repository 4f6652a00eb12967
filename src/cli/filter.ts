import type { Settings } from "../scrape/settings.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { scrapeTransform } from "../lines/scrape_transform.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { openScrape } from "./open_scrape.ts";
import { offlineRules, policyNotes } from "./offline_rules.ts";

export interface FilterInput {
  /** A path or a URL; undefined or `-`: standard input. */
  readonly file: string | undefined;
  /** Nothing in the input's first bytes tells OpenMetrics from the text format; a URL's answer does. */
  readonly openMetrics: boolean;
  readonly version: string;
}

/**
 * Runs an exposition from a file, a URL or standard input through the pipeline that serves scrapes, to
 * standard output, with a summary on standard error. Returns the exit status: 0, or 1 when a budget
 * ended the output early or a policy is not in force. Throws a ConfigError for a policy file or an
 * input that cannot be read.
 */
export async function filter(
  settings: Settings,
  runtime: Runtime,
  { file = "-", openMetrics, version }: FilterInput,
): Promise<number> {
  const input = await openScrape(file, settings.config, version, runtime);
  const format = openMetrics ? "openmetrics" : input.format;
  const offline = await offlineRules(settings, format, runtime);
  const stats = new ScrapeStats();
  const output = input.body.pipeThrough(scrapeTransform(offline.rules, stats));
  for await (const bytes of output) await runtime.writeStdout(bytes);

  for (const note of policyNotes(offline.policies)) console.error(note);
  console.error(summary(stats, openMetrics));
  return stats.truncatedBy !== undefined || offline.policies.notInForce.length > 0 ? 1 : 0;
}

function summary(stats: ScrapeStats, openMetrics: boolean): string {
  const lines = [
    `samples  ${stats.inputSamples} in, ${stats.outputSamples} out, ` +
    `${stats.droppedByPolicy} dropped by policies, ${stats.droppedByRules} by rules, ` +
    `${stats.mergedSamples} merged`,
    `bytes    ${stats.inputBytes} in, ${stats.outputBytes} out`,
  ];
  const passed = stats.overlongLines + stats.unparseableLines + stats.failedEvaluations;
  if (passed > 0) {
    lines.push(
      `unfiltered lines  ${stats.overlongLines} over-long, ` +
        `${stats.unparseableLines} unparseable, ${stats.failedEvaluations} failed`,
    );
  }
  if (stats.droppedAsInvalid + stats.droppedBeyondLimits > 0) {
    lines.push(
      `dropped besides   ${stats.droppedAsInvalid} invalid, ` +
        `${stats.droppedBeyondLimits} beyond limits`,
    );
  }
  if (stats.droppedUnreadable > 0) {
    lines.push(`dropped lines  ${stats.droppedUnreadable} that cannot be read`);
  }
  if (stats.firstUnreadable !== undefined) {
    const hint = openMetrics ? "" : ", read as text: OpenMetrics needs --openmetrics";
    lines.push(`the first of these  ${stats.firstUnreadable}${hint}`);
  }
  if (stats.truncatedBy !== undefined) {
    lines.push(`truncated: the ${stats.truncatedBy} budget is exceeded`);
  }
  return lines.join("\n");
}
