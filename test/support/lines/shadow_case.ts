import type { AggregationRuleConfig } from "../../../src/aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../../../src/aggregate/cardinality_guard.ts";
import type { BodyFormat } from "../../../src/exposition/line_format.ts";
import { isComposite } from "../../../src/exposition/line_format.ts";
import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import type { PolicyEngine } from "../../../src/policy/policy_engine.ts";
import { dropName, encode, engineOf, type PolicyText } from "./filtered.ts";
import { bodyOf } from "./composite_body.ts";
import { randomFamilies, randomRules } from "./series_random.ts";
import type { RelabelRules } from "./series_case.ts";
import { randomLine, randomRule } from "../relabel/random_rules.ts";

type Next = (largest: number) => number;

/** Rules, limits and policies, of which some are in shadow. */
export interface ShadowCase {
  readonly rules: RelabelRules;
  readonly aggregation: readonly AggregationRuleConfig[];
  readonly limits: Partial<CardinalityLimits> | undefined;
  readonly policies: readonly PolicyText[];
  readonly shadow: {
    readonly rules: boolean;
    readonly limits: boolean;
    /** By the numbers of the policies. */
    readonly policies: ReadonlySet<number>;
  };
  readonly lines: string;
}

export interface CasePolicies {
  readonly policies: PolicyEngine | undefined;
  readonly counters: PolicyCounters;
}

const NEVER = dropName("^no_such_name$");

/** All of its policies, or those that are not in shadow, numbered as they are in all of them. */
export async function policiesInForce(
  { policies, shadow }: ShadowCase,
  isWhole: boolean,
): Promise<CasePolicies> {
  const counters = new PolicyCounters();
  const inForce = policies.map((policy, index) =>
    isWhole || !shadow.policies.has(index) ? policy : NEVER
  );
  const isNone = inForce.every((policy) => policy === NEVER);
  return { policies: isNone ? undefined : await engineOf(inForce, undefined, counters), counters };
}

const POLICIES: readonly PolicyText[] = [
  dropName("^f0"),
  dropName("_total$|_sum$"),
  dropName("^(m|g)$"),
  { match: [{ datapoint_attribute: "a", exists: true }], keep: false },
  { match: [{ datapoint_attribute: "b", equals: "x" }], keep: false },
  { match: [{ datapoint_attribute: "path", starts_with: "/1" }], keep: true },
  { match: [{ metric_type: "gauge" }], keep: false },
  { match: [{ datapoint_attribute: "value", gt: 1 }], keep: false },
];

/** At least one part is in shadow. */
export function randomShadowCase(next: Next, format: BodyFormat): ShadowCase {
  const pick = <Item>(items: readonly Item[]): Item => items[next(items.length - 1)];
  const ofFamilies = !isComposite(format) && next(2) > 0;
  const rules = next(4) === 0
    ? []
    : ofFamilies
    ? randomRules(next, next(2) === 0 ? "filters" : "changes")
    : Array.from({ length: 1 + next(3) }, () => randomRule(next));
  const policies = POLICIES.filter(() => next(5) === 0);
  const limits = next(3) > 0 ? undefined : {
    seriesPerFamily: next(1) * (1 + next(8)),
    series: next(1) * (1 + next(20)),
    labelValues: new Map([["a", 1 + next(3)], ["path", 1 + next(3)]]),
    labelValueLength: next(1) * (1 + next(3)),
    action: pick(["overflow", "overflow", "drop", "drop", "fail"] as const),
  };
  const aggregation = next(3) > 0 ? [] : [{
    match: pick(["f0.*", ".*_sum", ".*"]),
    function: pick(["sum", "max", "last", "drop"] as const),
  }];
  const shadow = {
    rules: next(2) > 0,
    limits: next(1) === 0,
    policies: new Set(policies.keys().filter(() => next(1) === 0)),
  };
  const isAny = shadow.rules || shadow.limits || shadow.policies.size > 0;
  const eof = format === "openmetrics" ? "# EOF\n" : "";
  return {
    rules,
    aggregation,
    limits,
    policies,
    shadow: isAny ? shadow : { ...shadow, rules: true },
    lines: (ofFamilies ? randomFamilies(next) : distinctLines(next)) + eof,
  };
}

function distinctLines(next: Next): string {
  const lines = Array.from({ length: 30 }, () => `${randomLine(next)}\n`);
  const families = ["f0", "g", "h"].map((name) =>
    `# TYPE ${name} gauge\n${name}{a="${next(3)}"} 1\n${name}{b="x"} 2\n`
  );
  return ["# TYPE m gauge\n", ...new Set(lines), ...families].join("");
}

export function bodyIn(lines: string, format: BodyFormat): Uint8Array<ArrayBuffer> {
  return isComposite(format) ? bodyOf(lines, format) : encode(lines);
}
