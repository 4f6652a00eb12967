import type { Context } from "hono";
import { MAX_LISTED_TAKEN } from "../bounds.ts";
import { type PreviewReport, previewReport } from "../analyze/preview_report.ts";
import type { ExplainedSample } from "../analyze/sample_trace.ts";
import { explainedSample, SampleMetadata } from "../scrape/explained_sample.ts";
import { previewedScrape } from "../scrape/previewed_scrape.ts";
import type { ScrapeSettings } from "../scrape/scrape_context.ts";
import { NO_BYTE_LIMITS, type ScrapeRules } from "../lines/scrape_run.ts";
import { engineFor } from "../policy/build_engine.ts";
import { PolicyCounters } from "../policy/policy_counters.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import { problemText } from "../problems/problem.ts";
import { lintRules } from "../lint/lints.ts";
import type { Problem } from "./analysis_failure.ts";
import { cardinalityReport } from "../analyze/cardinality_report.ts";
import { compileAggregation } from "../lines/rules_in_force.ts";
import { UsedGuard } from "../lines/used_guard.ts";
import { type DraftUsage, draftUsage, draftUsed } from "./draft_used.ts";
import { chosenRoute } from "./routes.ts";
import type { ServerState } from "./server_state.ts";
import { DraftError, type DraftRules, draftRules } from "./draft_rules.ts";
import { policiesOf, type PreviewDraft, scrapeOfRequest } from "./preview_draft.ts";

/** Plain data. */
export interface PreviewAnswer {
  readonly preview: PreviewReport;
  /** Where a sample was given. */
  readonly explained?: ExplainedSample;
  /** Where a document of uses was given. */
  readonly usage?: DraftUsage;
  /** What is doubtful about the rules. */
  readonly warnings: readonly Problem[];
}

/**
 * Runs a draft's rules and policies over a scrape of the upstream, with the aggregation, the limits
 * and the budgets in force. Throws a DraftError, and what scraping throws.
 */
export async function livePreview(
  state: ServerState,
  draft: PreviewDraft,
  context: Context,
): Promise<PreviewAnswer> {
  const route = chosenRoute(state, context);
  const settings = route.context.settings();
  const drafted = await rulesOf(draft, settings);
  const advice = draft.used === undefined ? undefined : {
    used: await draftUsed(draft.used),
    isKept: () => false,
    aggregation: await compileAggregation(settings.config),
  };
  const entries = await policiesOf(draft, route);
  const { body, format } = await scrapeOfRequest(state, settings, context, draft);
  const counters = new PolicyCounters();
  const rules: ScrapeRules = {
    ...settings.config.scrape,
    policies: await engineFor(settings.config, entries, counters),
    rules: drafted.rules,
    format,
    collectGarbage: state.collectGarbage,
  };
  const sample = draft.sample?.trim() || undefined;
  const metadata = sample === undefined ? undefined : new SampleMetadata(sample, format);
  // Its policies count for nobody.
  const guard = advice && new UsedGuard(advice.used, {
    ...rules,
    policies: await engineFor(settings.config, entries),
  });
  const counts = await previewedScrape(body, {
    rules,
    counters,
    followsLabels: advice !== undefined,
    seen: (chunk) => {
      metadata?.push(chunk);
      guard?.push(chunk);
    },
  });
  guard?.end();
  const answer = {
    preview: previewReport(counts),
    warnings: [...await lintsOf(drafted), ...await lossesOf(guard, drafted)],
    ...guard && advice
      ? {
        usage: draftUsage(guard, advice, cardinalityReport(counts.before, advice).recommendations),
      }
      : {},
  };
  if (sample === undefined) return answer;
  const followed = { sample, metadata: metadata?.end() ?? "", rules, entries };
  return { ...answer, explained: await explained(followed, settings) };
}

async function rulesOf(draft: PreviewDraft, settings: ScrapeSettings): Promise<DraftRules> {
  if (draft.relabel !== undefined) return await draftRules(draft.relabel, settings);
  const located: DraftRules["located"] = (problems) =>
    Promise.resolve(problems.map((problem) => ({ message: problemText(problem) })));
  return {
    rules: settings.rules,
    configs: settings.rules?.rules?.rules.map(({ config }) => config) ?? [],
    subsets: new Map(),
    located,
  };
}

async function lintsOf({ rules, located }: DraftRules): Promise<Problem[]> {
  if (rules?.rules === undefined) return [];
  return await located(lintRules(rules.rules).map(({ place, message: text }) => ({ place, text })));
}

/** What is read and taken away, at the lines of the rules that do it. */
async function lossesOf(guard: UsedGuard | undefined, { located }: DraftRules): Promise<Problem[]> {
  const lints = guard?.lints().slice(0, MAX_LISTED_TAKEN) ?? [];
  const ofRules = lints.filter(({ rule }) => rule >= 0);
  const others = lints.filter(({ rule }) => rule < 0);
  return [
    ...await located(ofRules.map(({ place, message: text }) => ({ place, text }))),
    ...others.map(({ place, message: text }) => ({ message: problemText({ place, text }) })),
  ];
}

interface Followed {
  readonly sample: string;
  readonly metadata: string;
  readonly rules: ScrapeRules;
  readonly entries: readonly PolicyEntry[];
}

async function explained(
  { sample, metadata, rules, entries }: Followed,
  { config }: ScrapeSettings,
): Promise<ExplainedSample> {
  const counters = new PolicyCounters();
  const policies = await engineFor(config, entries, counters);
  const unlimited = { ...rules, policies, ...NO_BYTE_LIMITS };
  const explained = explainedSample(sample, metadata, unlimited, counters);
  if (explained !== undefined) return explained;
  const found = JSON.stringify(sample.slice(0, 100));
  throw new DraftError([{ message: `sample: found ${found}, wanted a sample's line` }]);
}
