import type { Context } from "hono";
import { type RuleFile, ruleFiles, type ScrapedTarget } from "../analyze/rule_files.ts";
import { rulesText } from "../analyze/rule_yaml.ts";
import { rulesAsPolicies } from "../analyze/rules_as_policies.ts";
import { ownPath } from "../config/route_path.ts";
import { NO_BYTE_LIMITS, ScrapeRun } from "../lines/scrape_run.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { engineFor } from "../policy/build_engine.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import { messageOf } from "../problems/config_error.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import type { ScrapeSettings } from "../scrape/scrape_context.ts";
import { exampleTests } from "../testing/example_tests.ts";
import { SampleExamples } from "../testing/sample_examples.ts";
import { type DraftRules, draftRules } from "./draft_rules.ts";
import { policiesOf, type PreviewDraft, scrapeOfRequest } from "./preview_draft.ts";
import { chosenRoute } from "./routes.ts";
import { rulesInForce } from "./rules_request.ts";
import type { Route, ServerState } from "./server_state.ts";

/** Plain data: rules on their way to where they are to be in force. */
export interface FilesAnswer {
  readonly files: readonly RuleFile[];
  /** The rules in force and those of the draft, both as Weir writes them. */
  readonly inForce: string;
  readonly drafted: string;
}

/**
 * Returns a draft's rules in every form that takes them, and a test of them with samples of a fresh
 * scrape. Throws a DraftError; where the upstream cannot be scraped, the test alone is missing.
 */
export async function liveFiles(
  state: ServerState,
  draft: PreviewDraft,
  context: Context,
): Promise<FilesAnswer> {
  const route = chosenRoute(state, context);
  const settings = route.context.settings();
  const inForce = rulesInForce(route);
  const text = draft.relabel ?? inForce;
  const drafted = await draftRules(text, settings);
  const entries = await policiesOf(draft, route);
  const lists = new Map([["metric_relabel_configs", drafted.configs], ...drafted.subsets]);
  const written = rulesText(lists);
  return {
    files: [
      ...ruleFiles(text.trim() === "" ? written : text, drafted.configs, targetOf(settings)),
      await policyFile(drafted.configs, draft.policies !== undefined),
      await testFile(drafted, { state, draft, entries, context, route }),
    ],
    inForce,
    drafted: written,
  };
}

/** What a job would scrape without Weir, as far as one address can say it. */
function targetOf({ config, path: route }: ScrapeSettings): ScrapedTarget | undefined {
  const [upstream] = config.upstreams;
  if (config.demo || config.gateway !== undefined || upstream === undefined) return undefined;
  const { protocol, host, pathname } = new URL(upstream.url);
  if (protocol !== "http:" && protocol !== "https:") return undefined;
  const { basePath } = upstream;
  const path = basePath === undefined ? pathname : `${basePath}${ownPath(route)}`;
  return { scheme: protocol.slice(0, -1), address: host, path };
}

async function policyFile(
  rules: readonly RelabelConfig[],
  hasOthers: boolean,
): Promise<RuleFile> {
  const { text, why } = await rulesAsPolicies(rules);
  const notes = why ?? [
    "Policies drop the same samples, in any order",
    ...hasOthers ? ["The editor's own policies are another file, beside these"] : [],
  ];
  return { id: "policies", title: "Policies", name: "policies.json", text, notes };
}

interface Drafted {
  readonly state: ServerState;
  readonly draft: PreviewDraft;
  readonly entries: readonly PolicyEntry[];
  readonly context: Context;
  readonly route: Route;
}

async function testFile(drafted: DraftRules, request: Drafted): Promise<RuleFile> {
  const file = { id: "test", title: "Test", name: "rules_test.yaml" };
  if (drafted.configs.length === 0) {
    return { ...file, text: undefined, notes: ["There is no rule"] };
  }
  try {
    const text = await testText(drafted, request);
    const notes = [
      text === undefined
        ? "No rule drops or changes a sample of this scrape"
        : "Samples of the scrape as it is now, for weir test: look for what should not be kept",
    ];
    return { ...file, text, notes };
  } catch (error) {
    return { ...file, text: undefined, notes: [`The scrape failed: ${messageOf(error)}`] };
  }
}

/** Runs the rules over a scrape, with budgets off: examples may stand anywhere. */
async function testText(
  { rules, configs }: DraftRules,
  { state, draft, entries, context, route }: Drafted,
): Promise<string | undefined> {
  const settings = route.context.settings();
  const { config } = settings;
  const policies = await engineFor(config, entries);
  const { body, format } = await scrapeOfRequest(state, settings, context, draft);
  const examples = new SampleExamples(configs.length, format === "lifted");
  const unlimited = { ...NO_BYTE_LIMITS, saysMissing: false };
  const scrape = { ...config.scrape, ...unlimited, policies, rules, format, watcher: examples };
  const run = new ScrapeRun(scrape, new ScrapeStats(), () => {});
  for await (const chunk of body) run.push(chunk);
  run.end();
  policies?.settle();
  return await exampleTests(examples.rules, {
    rules: configs,
    aggregationRules: config.aggregationRules,
    aggregationDefaults: config.aggregationDefaults,
    format: format === "openmetrics" ? format : "text",
    version: state.version,
  });
}
