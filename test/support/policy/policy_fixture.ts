import assert from "node:assert/strict";
import { NO_TARGET_LABELS } from "../../../src/aggregate/target_labels.ts";
import { Planner } from "../../../src/engine/planner.ts";
import type { SignatureBounds } from "../../../src/memory_bounds.ts";
import { Families } from "../../../src/exposition/families.ts";
import { lineFormat } from "../../../src/exposition/line_format.ts";
import { SampleSpans } from "../../../src/exposition/sample_spans.ts";
import { scanSample } from "../../../src/exposition/scan_sample.ts";
import { decodeQuoted } from "../../../src/exposition/text.ts";
import { readPolicies } from "../../../src/policy/providers/parse_policies.ts";
import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import { PolicyEngine } from "../../../src/policy/policy_engine.ts";
import { PolicySet } from "../../../src/policy/policy_set.ts";
import type { MatcherSpec, PolicySpec } from "../../../src/policy/policy.ts";
import { loadRegexLibrary } from "../../../src/policy/regex.ts";
import { ResourceAttributes } from "../../../src/policy/resource_attributes.ts";

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

/** What becomes of a line; "invalid" for a sample with a label twice. */
export type Verdict = "keep" | "drop" | "failed" | "unparseable" | "invalid";

export interface ScrapeOptions {
  readonly openMetrics?: boolean;
  readonly resource?: ResourceAttributes;
  /** Of signatures, and so many decisions. */
  readonly bounds?: SignatureBounds;
}

/** Policies in force over expositions, scrape after scrape. */
export class Filter {
  readonly counters = new PolicyCounters();
  readonly engine: PolicyEngine;
  readonly #planner: Planner;
  readonly #openMetrics: boolean;

  constructor(specs: readonly PolicySpec[], options: ScrapeOptions = {}) {
    const { bounds, resource = new ResourceAttributes([]), openMetrics = false } = options;
    const set = new PolicySet(specs, regexLibrary, this.counters);
    this.engine = new PolicyEngine(set, resource, bounds?.signatures);
    const policies = this.engine;
    this.#planner = new Planner({ policies, rules: undefined, aggregation: undefined, bounds });
    this.#openMetrics = openMetrics;
  }

  /** Begins one scrape. */
  decider(families = new Families(this.engine.readsMetadata)): Decider {
    return new Decider(this.#planner, families, this.#openMetrics);
  }

  /** The verdict on each line of one scrape that is no comment. */
  verdicts(exposition: string): Verdict[] {
    const decider = this.decider();
    return exposition.split("\n").flatMap((line) => decider.decide(line));
  }

  /** `[hits, misses]` of each policy so far. */
  counts(): Record<string, [number, number]> {
    this.engine.settle();
    const entries = [...this.counters.entries()];
    return Object.fromEntries(entries.map(([id, { hits, misses }]) => [id, [hits, misses]]));
  }
}

const encoder = new TextEncoder();

/** Decides the lines of one scrape by a planner of policies alone. */
export class Decider {
  readonly #planner: Planner;
  readonly #families: Families;
  readonly #openMetrics: boolean;
  readonly #spans = new SampleSpans();

  constructor(planner: Planner, families: Families, openMetrics = false) {
    this.#planner = planner;
    this.#families = families;
    this.#openMetrics = openMetrics;
  }

  /** The line lies after some padding, so that offsets do not begin at 0; none for a comment. */
  decide(line: string): Verdict[] {
    const bytes = encoder.encode(`xx${line}\n`);
    const end = bytes.length - 1;
    if (line.startsWith("#")) this.#families.take(bytes, 2, end);
    if (line === "" || line.startsWith("#")) return [];
    if (!scanSample(bytes, 2, end, this.#spans, lineFormat(this.#openMetrics))) {
      return ["unparseable"];
    }
    const name = decodeQuoted(bytes, this.#spans.nameStart, this.#spans.nameEnd);
    const { outcome, decision } = this.#planner.plan({
      bytes,
      spans: this.#spans,
      name,
      family: this.#families.ofSample(name),
      format: lineFormat(this.#openMetrics),
      start: 2,
      ofTarget: NO_TARGET_LABELS,
    });
    if (decision !== undefined) decision.samples++;
    switch (outcome) {
      case "keep":
      case "failed":
        return [outcome];
      case "policy":
        return ["drop"];
      case "duplicate_label":
        return ["invalid"];
      default:
        assert.fail(`policies alone made of a line: ${JSON.stringify(outcome)}`);
    }
  }
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
