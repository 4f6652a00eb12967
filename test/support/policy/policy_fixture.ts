import assert from "node:assert/strict";
import { Families } from "../../../src/exposition/families.ts";
import { readPolicies } from "../../../src/policy/providers/parse_policies.ts";
import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import { PolicyEngine } from "../../../src/policy/policy_engine.ts";
import { PolicySet } from "../../../src/policy/policy_set.ts";
import type { MatcherSpec, PolicySpec } from "../../../src/policy/policy.ts";
import { loadRegexLibrary } from "../../../src/policy/regex.ts";
import { ResourceAttributes } from "../../../src/policy/resource_attributes.ts";
import type { SampleDecider, Verdict } from "../../../src/policy/sample_decider.ts";
import type { CacheBounds } from "../../../src/policy/signature_cache.ts";

export const regexLibrary = await loadRegexLibrary();

/** A policy document's entry with one matcher, or several. */
export function policy(match: unknown, keep = false, id = "p"): Record<string, unknown> {
  return { id, name: id, metric: { match: Array.isArray(match) ? match : [match], keep } };
}

/** The specs of a document all of whose policies are expected to be good. */
export async function specsOf(document: unknown): Promise<PolicySpec[]> {
  return (await readPolicies(document)).map((entry) => {
    return entry.state === "active" ? entry.spec : assert.fail(JSON.stringify(entry));
  });
}

/** The one matcher of a document, read. */
export async function matcherOf(match: unknown): Promise<MatcherSpec> {
  return (await specsOf(policy(match)))[0].matchers[0];
}

/** The errors of a document's policies, in order. */
export async function errorsOf(document: unknown): Promise<string[]> {
  const entries = await readPolicies(document);
  return entries.flatMap((entry) => entry.state === "invalid" ? entry.errors : []);
}

export interface ScrapeOptions {
  readonly openMetrics?: boolean;
  readonly resource?: ResourceAttributes;
  readonly bounds?: CacheBounds;
}

/** Policies in force over expositions, scrape after scrape. */
export class Filter {
  readonly counters = new PolicyCounters();
  readonly engine: PolicyEngine;
  readonly #openMetrics: boolean;

  constructor(specs: readonly PolicySpec[], options: ScrapeOptions = {}) {
    const set = new PolicySet(specs, regexLibrary, this.counters);
    const resource = options.resource ?? new ResourceAttributes([]);
    this.engine = new PolicyEngine(set, resource, options.bounds);
    this.#openMetrics = options.openMetrics ?? false;
  }

  /** The verdict on each line of one scrape that is no comment. */
  verdicts(exposition: string): Verdict[] {
    const families = new Families(this.engine.readsMetadata);
    const decider = this.engine.decider(families, this.#openMetrics);
    return exposition.split("\n").flatMap((line) => decideText(line, decider, families));
  }

  /** `[hits, misses]` of each policy so far. */
  counts(): Record<string, [number, number]> {
    this.engine.settle();
    const entries = [...this.counters.entries()];
    return Object.fromEntries(entries.map(([id, { hits, misses }]) => [id, [hits, misses]]));
  }
}

const encoder = new TextEncoder();

/** Decides one line behind some padding, so that offsets do not begin at 0; none for a comment. */
export function decideText(line: string, decider: SampleDecider, families: Families): Verdict[] {
  const bytes = encoder.encode(`xx${line}\n`);
  const end = bytes.length - 1;
  if (line === "" || (line.startsWith("#") && families.hold(bytes, 2, end, end + 1))) return [];
  if (line.startsWith("#")) return [];
  return [decider.decide(bytes, 2, end)];
}

/** Whether a matcher matches the last sample of an exposition. */
export async function matches(
  match: unknown,
  exposition: string,
  options: ScrapeOptions = {},
): Promise<boolean> {
  const verdict = new Filter(await specsOf(policy(match)), options).verdicts(exposition).at(-1);
  assert.ok(verdict === "keep" || verdict === "drop", String(verdict));
  return verdict === "drop";
}
