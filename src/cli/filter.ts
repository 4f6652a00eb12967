import { lintRules } from "../lint/lints.ts";
import { placeText } from "../problems/problem.ts";
import { ruleSetsOf, type Settings } from "../scrape/settings.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { scrapeTransform } from "../lines/scrape_transform.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { isTerminal, writeMessage } from "../telemetry/standard_streams.ts";
import { openScrape } from "./open_scrape.ts";
import { offlineRules, policyNotes } from "./offline_rules.ts";
import { NO_PROGRESS, progress, watched } from "./progress.ts";

export interface FilterInput {
  /** A path or a URL; undefined or `-`: standard input. */
  readonly file: string | undefined;
  /** Undefined: what the answer to a URL says, and the first bytes of a file as far as they tell. */
  readonly format: BodyFormat | undefined;
  readonly version: string;
}

/**
 * Runs an exposition from a file, a URL or standard input through the pipeline that serves scrapes, to
 * standard output in the same format, with a summary on standard error. Returns the exit status: 0, or 1 when a budget
 * ended the output early or a policy is not in force. Throws a ConfigError for a policy file or an
 * input that cannot be read.
 */
export async function filter(
  settings: Settings,
  runtime: Runtime,
  { file: where = "-", format, version }: FilterInput,
): Promise<number> {
  const { config } = settings;
  const input = await openScrape({ where, format, config, version, runtime });
  const offline = await offlineRules(settings, input.format, runtime);
  const stats = new ScrapeStats();
  // Beside an output that goes to the terminal itself it would only be in the way.
  const shown = isTerminal(1) ? NO_PROGRESS : progress();
  const output = watched(input.body, shown).pipeThrough(scrapeTransform(offline.rules, stats));
  try {
    for await (const bytes of output) await runtime.writeStdout(bytes);
  } finally {
    shown.end();
  }
  const lines = [
    ...policyNotes(offline.policies),
    ...nameNotes(settings),
    summary(stats, input.format),
  ];
  writeMessage(lines.map((line) => `${line}\n`).join(""));
  return stats.truncatedBy !== undefined || offline.policies.notInForce.length > 0 ? 1 : 0;
}

/** Says of rules that take names, which come back. */
function nameNotes(settings: Settings): string[] {
  return ruleSetsOf(settings).flatMap((rules) => lintRules(rules))
    .filter(({ code }) => code === "takes-name")
    .map(({ place, message }) => `${placeText(place)}: ${message}`);
}

function summary(stats: ScrapeStats, format: BodyFormat): string {
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
    lines.push(
      `the first of these  ${stats.firstUnreadable}${formatHint(stats.firstUnreadable, format)}`,
    );
  }
  if (stats.truncatedBy !== undefined) {
    lines.push(`truncated: the ${stats.truncatedBy} budget is exceeded`);
  }
  return lines.join("\n");
}

/** What else it may be that was read as this format. */
function formatHint(line: string, format: BodyFormat): string {
  if (format !== "text" && format !== "openmetrics") return "";
  const as = format === "text" ? "text" : "OpenMetrics 1.0";
  if (OF_OPENMETRICS_2.test(line)) return `, read as ${as}: 2.0 needs --format openmetrics2`;
  return format === "text" ? `, read as ${as}: OpenMetrics needs --openmetrics` : "";
}

/** A composite value, or a start time. */
const OF_OPENMETRICS_2 = / \{(?:count|sum):| st@/;
