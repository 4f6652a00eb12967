import { placeOf } from "../../../src/problems/problem.ts";
import { type PreviewReport, previewReport } from "../../../src/analyze/preview_report.ts";
import { previewedScrape } from "../../../src/scrape/previewed_scrape.ts";
import { buildRules, type RulesConfig } from "../../../src/lines/rules_in_force.ts";
import type { ScrapeRules } from "../../../src/lines/scrape_run.ts";
import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import { readRelabelConfigs } from "../../../src/relabel/read_relabel_configs.ts";
import { chunksOf, encode, engineOf, type PolicyText, streamOf } from "../lines/filtered.ts";

export interface Previewed {
  readonly rules?: readonly unknown[];
  readonly policies?: readonly PolicyText[];
  readonly limits?: RulesConfig["limits"];
  readonly options?: Partial<ScrapeRules>;
  /** Bytes of a chunk. */
  readonly size?: number;
}

/** The preview of rules and policies on an exposition. */
export async function previewed(
  input: string | Uint8Array<ArrayBuffer>,
  given: Previewed,
): Promise<PreviewReport> {
  const bytes = typeof input === "string" ? encode(input) : input;
  const counters = new PolicyCounters();
  const { policies = [], size = 65_536 } = given;
  return previewReport(
    await previewedScrape(streamOf(chunksOf(bytes, size)), {
      rules: {
        ...NO_LIMITS,
        rules: await rulesOf(given),
        policies: policies.length === 0 ? undefined : await engineOf(policies, undefined, counters),
        ...given.options,
      },
      counters,
    }),
  );
}

/** The rules, compiled. Throws when one is invalid. */
export async function rulesOf({ rules = [], limits }: Previewed) {
  const { configs, problems } = readRelabelConfigs(rules, placeOf("rules"), "utf8");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return await buildRules({ relabelConfigs: configs, aggregationRules: [], limits });
}

export const NO_LIMITS = {
  format: "text" as const,
  maxLineBytes: 4096,
  maxInputBytes: 0,
  maxOutputBytes: 0,
  onLimit: "truncate",
} as const;
