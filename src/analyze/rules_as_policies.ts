import { escapedRegex } from "../regex/escaped.ts";
import type { Field, Match, MatcherSpec, PolicySpec } from "../policy/policy.ts";
import { policyText } from "../policy/policy_text.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import { alternativesOf, namePattern } from "./name_pattern.ts";

/** Rules as policies, or why they cannot be. */
export type AsPolicies =
  | { readonly text: string; readonly why?: undefined }
  | { readonly text?: undefined; readonly why: readonly string[] };

/**
 * Returns a policy file that keeps and drops what the rules do. Policies see samples as they come and
 * change nothing, so all the rules have to be such as drop what they came with.
 */
export async function rulesAsPolicies(rules: readonly RelabelConfig[]): Promise<AsPolicies> {
  const policies: PolicySpec[] = [];
  const why: string[] = [];
  for (const [index, rule] of rules.entries()) {
    const made = await policiesOf(rule);
    if (typeof made === "string") why.push(`Rule ${index + 1} (${rule.action}): ${made}`);
    else {
      policies.push(...made.map((matchers, part) => ({
        id: `rule-${index + 1}${made.length > 1 ? `-${part + 1}` : ""}`,
        name: `${rule.action} by ${rule.sourceLabels.join(" and ")}`,
        keep: false,
        matchers,
      })));
    }
  }
  if (why.length > 0) return { why };
  return { text: policyText(policies.map((spec) => ({ state: "active", spec }))) };
}

/** The matchers of each policy that a rule becomes; else why it becomes none. */
async function policiesOf(rule: RelabelConfig): Promise<readonly MatcherSpec[][] | string> {
  const { action, sourceLabels, regex } = rule;
  if (action !== "drop" && action !== "keep") {
    return action === "keepequal" || action === "dropequal"
      ? "a policy does not compare two labels"
      : "policies keep and drop samples, they change no label";
  }
  const odd = sourceLabels.find((name) => !SIMPLE.test(name) || SPECIAL.has(name));
  if (odd !== undefined) return `a policy reads ${JSON.stringify(odd)} in another way`;
  if (sourceLabels.length === 0) return "it reads no label";
  if (action === "keep") {
    if (sourceLabels.join() !== NAME) return "a policy cannot drop what lacks a label";
    return [[matcher(NAME, regex, true)]];
  }
  if (sourceLabels.length > 1) return splitPolicies(rule);
  const takesNone = sourceLabels[0] !== NAME && (await compileRuleRegex(regex)).test("");
  return takesNone ? LACKS : [[matcher(sourceLabels[0], regex)]];
}

const NAME = "__name__";
const LACKS = "its regex takes samples without the label, which a policy's does not";

/** Names that a policy looks up as they are, and those of which it has a meaning of its own. */
const SIMPLE = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const SPECIAL = new Set(["value", "timestamp", "labels"]);

/** Of several labels: a policy for each combination of all but the last one. */
function splitPolicies({ sourceLabels, separator, regex }: RelabelConfig) {
  const { literals, others } = alternativesOf(regex);
  const parts = literals.map((text) => text.split(separator));
  if (others.length > 0 || separator === "") {
    return "its regex is of several labels at once, and no list of their values";
  }
  if (parts.some((values) => values.length !== sourceLabels.length)) {
    return "a separator stands in a value";
  }
  if (parts.some((values) => values.includes(""))) return LACKS;
  const groups = Map.groupBy(parts, (values) => JSON.stringify(values.slice(0, -1)));
  return [...groups.values()].map((members) =>
    sourceLabels.map((name, at) =>
      at < sourceLabels.length - 1
        ? matcher(name, escapedRegex(members[0][at]))
        : matcher(name, namePattern(members.map((values) => values[at])))
    )
  );
}

function matcher(name: string, regex: string, negate: boolean = false): MatcherSpec {
  const field: Field = name === NAME
    ? { kind: "metric_field", name: "name" }
    : { kind: "datapoint_attribute", path: [name] };
  return { field, match: matchOf(regex), negate, caseInsensitive: false };
}

/** A rule's regex is anchored, a policy's is not. */
function matchOf(regex: string): Match {
  const { literals, others } = alternativesOf(regex);
  if (literals.length === 1 && others.length === 0) return { kind: "equals", value: literals[0] };
  const prefix = regex.endsWith(".*") ? alternativesOf(regex.slice(0, -2)) : undefined;
  return prefix?.others.length === 0 && prefix.literals.length === 1 && !/\|/.test(regex)
    ? { kind: "starts_with", text: prefix.literals[0] }
    : { kind: "regex", text: `^(?s:${regex})$` };
}
