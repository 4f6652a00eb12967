import type { Context } from "hono";
import type { PolicyEntry } from "../policy/policy_document.ts";
import { type LiveScrape, openLiveScrape } from "../scrape/live_scrape.ts";
import type { ScrapeSettings } from "../scrape/scrape_context.ts";
import { draftPolicies } from "./draft_rules.ts";
import type { Route, ServerState } from "./server_state.ts";

/** What to try. What is left out is what is in force. */
export interface PreviewDraft {
  /** YAML: relabel rules in metric-gate's form, or a bare list. */
  readonly relabel?: string;
  /** JSON or YAML: a policy document. */
  readonly policies?: string;
  /** A sample's line, to be followed. */
  readonly sample?: string;
  /** What `weir usage` wrote. */
  readonly used?: unknown;
}

/** The draft's policies, or those in force. Throws a DraftError. */
export async function policiesOf(
  { policies }: PreviewDraft,
  route: Route,
): Promise<readonly PolicyEntry[]> {
  return policies === undefined ? route.policyEntries() : await draftPolicies(policies);
}

/** Scrapes what the request names, for a draft or to look at it. Throws as `openLiveScrape` does. */
export async function scrapeOfRequest(
  { collectGarbage, memory }: ServerState,
  settings: ScrapeSettings,
  context: Context,
  { relabel = "", policies = "" }: PreviewDraft = {},
): Promise<LiveScrape> {
  return await openLiveScrape(settings, {
    target: context.req.query("target") || undefined,
    signal: context.req.raw.signal,
    draftLength: relabel.length + policies.length,
    collectGarbage,
    checkMemory: () => memory?.check(),
  });
}
