import { explainedText } from "../analyze/preview_text.ts";
import { lineFormatOf } from "../exposition/line_format.ts";
import { NO_BYTE_LIMITS } from "../lines/scrape_run.ts";
import { ConfigError } from "../problems/config_error.ts";
import { explainedSample, metadataFor } from "../scrape/explained_sample.ts";
import type { Settings } from "../scrape/settings.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Flags } from "../config/flags.ts";
import { inputFormat } from "./input_format.ts";
import { offlineRules, policyNotes } from "./offline_rules.ts";
import { openLines } from "./open_scrape.ts";
import type { Outcome } from "./outcome.ts";

export interface ExplainInput {
  readonly flags: Flags;
  readonly version: string;
  readonly runtime: Pick<Runtime, "readFile" | "openFile" | "stdin">;
}

/**
 * Follows the sample of `--explain` through policies and rules. Of the scrape at `where`, if there is
 * one, it reads the metadata. Throws a ConfigError for what is no sample.
 */
export async function explain(
  settings: Settings,
  where: string | undefined,
  { flags, version, runtime }: ExplainInput,
): Promise<Outcome> {
  const line = String(flags.explain).trimEnd();
  const given = inputFormat(flags);
  const { config } = settings;
  const opened = where === undefined
    ? undefined
    : await openLines({ where, format: given, config, version, runtime });
  const format = opened?.format ?? lineFormatOf(given ?? "text");
  const metadata = opened === undefined ? "" : await metadataFor(line, format, opened.body);
  const { rules, policies, counters } = await offlineRules(settings, format, runtime);
  const unlimited = { ...rules, ...NO_BYTE_LIMITS };
  const explained = explainedSample(line, metadata, unlimited, counters);
  if (explained === undefined) {
    const found = JSON.stringify(line.slice(0, 100));
    throw new ConfigError([`--explain: found ${found}, wanted a sample's line`]);
  }
  const stdout = flags.json === true
    ? [JSON.stringify(explained, null, 2)]
    : explainedText(explained);
  return { status: 0, stdout, stderr: policyNotes(policies) };
}
