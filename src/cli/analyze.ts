import { Cardinality } from "../analyze/cardinality.ts";
import { countText } from "../analyze/figure_text.ts";
import { type PreviewReport, previewReport } from "../analyze/preview_report.ts";
import { previewText } from "../analyze/preview_text.ts";
import { cardinalityReport } from "../analyze/cardinality_report.ts";
import type { UsageAdvice } from "../analyze/usage_recommendations.ts";
import type { CardinalityReport } from "../analyze/report.ts";
import { reportText, totalsText } from "../analyze/report_text.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { previewedScrape } from "../scrape/previewed_scrape.ts";
import { readSettings, type Settings, type SettingsInput } from "../scrape/settings.ts";
import { compileRuleRegex, type RuleRegex } from "../relabel/rule_regex.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { explain } from "./explain.ts";
import type { Flags } from "../config/flags.ts";
import { inputFormat } from "./input_format.ts";
import { offlineRules, policyNotes } from "./offline_rules.ts";
import { openLines } from "./open_scrape.ts";
import type { Outcome } from "./outcome.ts";
import { adviceNotes, readAdvice, writeRules } from "./usage_advice.ts";
import { progress } from "./progress.ts";

export type AnalyzeRuntime = Pick<Runtime, "readFile" | "openFile" | "stdin" | "replaceFile">;

interface Analysis {
  readonly report: CardinalityReport;
  /** Where rules, policies or limits are in force. */
  readonly preview: PreviewReport | undefined;
  readonly notes: readonly string[];
}

/** Metrics that the text lists unless `--top` says otherwise. */
const DEFAULT_TOP = 20;

/**
 * Says where the series of a scrape are, and what the rules and policies of the settings make of it.
 * The status is 1 when there are more series than `--max-series`. Throws a ConfigError for flags,
 * settings, and a scrape that cannot be read.
 */
export async function analyze(
  input: SettingsInput,
  where: string | undefined,
  runtime: AnalyzeRuntime,
): Promise<Outcome> {
  const { flags } = input;
  const options = await readOptions(flags);
  const settings = await readSettings(input, runtime);
  if (flags.explain !== undefined) {
    return await explain(settings, where, { flags, version: input.version, runtime });
  }
  const advice = await readAdvice(flags, settings.config, runtime);
  const analysis = await analyzed(settings, where!, { ...input, advice }, runtime);
  const { report, preview } = analysis;
  const notes = [...analysis.notes, ...adviceNotes(advice)];
  const rulesPath = flags["write-rules"];
  if (typeof rulesPath === "string") await writeRules(rulesPath, report.recommendations, runtime);
  if (typeof flags.svg === "string") await writeSvg(flags.svg, report, runtime);
  const series = preview?.after.series ?? report.series;
  const isTooMany = series > options.maxSeries;
  const excess = `${countText(series)} series, --max-series allows ${countText(options.maxSeries)}`;
  return {
    status: isTooMany ? 1 : 0,
    stdout: flags.json === true ? json(analysis, options) : text(analysis, options),
    stderr: [...settings.warnings, ...notes, ...isTooMany ? [excess] : []],
  };
}

interface Options {
  /** Infinity where the flag is absent or 0. */
  readonly top: number | undefined;
  readonly maxSeries: number;
  readonly metric: RuleRegex | undefined;
}

/** Throws a ConfigError with every problem. */
async function readOptions(flags: Flags): Promise<Options> {
  const problems: string[] = [];
  const number = (name: string) => {
    const found = flags[name];
    if (typeof found !== "string") return undefined;
    if (/^[0-9]{1,15}$/.test(found)) return Number(found);
    problems.push(`--${name}: found ${JSON.stringify(found)}, wanted a whole number`);
  };
  const top = number("top");
  const maxSeries = number("max-series") ?? Infinity;
  let metric;
  try {
    if (typeof flags.metric === "string") metric = await compileRuleRegex(flags.metric);
  } catch {
    problems.push(`--metric: found ${JSON.stringify(flags.metric)}, wanted an RE2 pattern`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { top: top === 0 ? Infinity : top, maxSeries, metric };
}

async function analyzed(
  settings: Settings,
  where: string,
  { flags, version, advice }: SettingsInput & { readonly advice: UsageAdvice | undefined },
  runtime: AnalyzeRuntime,
): Promise<Analysis> {
  const shown = progress();
  try {
    const { config } = settings;
    const given = inputFormat(flags);
    const { body, format } = await openLines({ where, format: given, config, version, runtime });
    const offline = await offlineRules(settings, format, runtime);
    const { rules, policies, counters } = offline;
    const notes = policyNotes(policies);
    if (rules.policies === undefined && rules.rules === undefined) {
      const cardinality = new Cardinality({ format });
      for await (const chunk of body) {
        cardinality.push(chunk);
        shown.at(cardinality.bytes);
      }
      cardinality.end();
      return { report: cardinalityReport(cardinality, advice), preview: undefined, notes };
    }
    const counts = await previewedScrape(body, {
      rules,
      counters,
      progress: shown.at,
    });
    const report = cardinalityReport(counts.before, advice);
    return { report, preview: previewReport(counts), notes };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([messageOf(error)]);
  } finally {
    shown.end();
  }
}

async function writeSvg(path: string, report: CardinalityReport, runtime: AnalyzeRuntime) {
  const { reportSvg } = await import("../analyze/svg.ts");
  try {
    await runtime.replaceFile(path, [new TextEncoder().encode(reportSvg(report))]);
  } catch (error) {
    throw new ConfigError([`--svg: ${messageOf(error)}`]);
  }
}

function json({ report, preview }: Analysis, { top, metric }: Options): string[] {
  const listed = listedBy(report, metric);
  const document = { ...listed, metrics: listed.metrics.slice(0, top), preview };
  return [JSON.stringify(document, null, 2)];
}

function text({ report, preview }: Analysis, { top = DEFAULT_TOP, metric }: Options): string[] {
  const lines = reportText(listedBy(report, metric), top);
  lines[0] = totalsText(report);
  if (preview === undefined) return lines;
  return [...previewText(preview, top), "", "The scrape as it came:", ...lines];
}

/** The report with the metrics that are asked for; its totals and rules stay those of the scrape. */
function listedBy(report: CardinalityReport, metric: RuleRegex | undefined): CardinalityReport {
  if (metric === undefined) return report;
  const metrics = report.metrics.filter(({ name, family }) =>
    metric.test(name) || metric.test(family)
  );
  const families = report.families.filter(({ name, metrics }) =>
    metric.test(name) || metrics.some((member) => metric.test(member))
  );
  return { ...report, metrics, families };
}
