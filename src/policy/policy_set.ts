import { fieldKey, type FieldTier, fieldTier, isOwnName, labelNames } from "./field_tier.ts";
import { LiteralIndex } from "./literal_index.ts";
import { compileMatcher, type Matcher, matchesSample } from "./matcher.ts";
import type { PolicyCounter, PolicyCounters } from "./policy_counters.ts";
import type { Field, FieldReader, PolicySpec } from "./policy.ts";
import type { RegexLibrary } from "./regex.ts";
import { requiredLiterals } from "./required_literals.ts";

/** A policy that is ready to run: its matchers apart by when their fields are known. */
export interface Policy {
  readonly index: number;
  readonly id: string;
  readonly keep: boolean;
  readonly family: readonly Matcher[];
  readonly label: readonly Matcher[];
  readonly number: readonly Matcher[];
  readonly counter: PolicyCounter;
}

/** What the policies say of a sample. Samples with equal outcomes share one object. */
export interface Decision {
  readonly keep: boolean;
  readonly hits: readonly Policy[];
  readonly misses: readonly Policy[];
  /** Samples decided so that are not in the policies' counters yet. */
  samples: number;
}

/** Where evaluation stands when only some of the fields are known. */
export interface Progress {
  /** Policies that have matched. */
  readonly matched: readonly Policy[];
  /** Policies that match if their later matchers do. */
  readonly open: readonly Policy[];
  /** Decisions met before, by which of the open policies matched (one bit each). */
  outcomes?: Map<number, Decision>;
}

/** An index over one field's literals, with the policies that can be found no other way. */
interface Slot {
  readonly field: Field;
  readonly index: LiteralIndex;
}

const NAME: Field = { kind: "metric_field", name: "name" };

/** A double holds so many bits exactly. */
const MAX_OUTCOME_BITS = 52;

/**
 * An immutable set of policies. Evaluation goes in three steps, as the fields of a line become
 * known (`fieldTier`), so that what the name decides is decided once per name. Policies are found
 * through the literals that they require; only those without any are run on every sample.
 */
export class PolicySet {
  readonly policies: readonly Policy[];
  /** True when a matcher reads HELP, TYPE or UNIT. */
  readonly readsMetadata: boolean;
  readonly readsResource: boolean;
  readonly #nameSlot: Slot = { field: NAME, index: new LiteralIndex() };
  readonly #labelSlots = new Map<string, Slot>();
  /** What the policies read that are found by a label. */
  readonly #slotLabels = new Set<string>();
  /** Policies that no literal finds. */
  readonly #always: Policy[] = [];
  readonly #decisions = new Map<string, Decision>();

  /** Throws when a pattern is not RE2, or is there and `regex` is undefined. */
  constructor(
    specs: readonly PolicySpec[],
    regex: RegexLibrary | undefined,
    counters: PolicyCounters,
  ) {
    this.policies = specs.map((spec, index) => compilePolicy(spec, index, regex, counters));
    for (const policy of this.policies) this.#place(policy, regex);
    this.#nameSlot.index.build();
    for (const slot of this.#labelSlots.values()) slot.index.build();
    const fields = specs.flatMap((spec) => spec.matchers.map((matcher) => matcher.field));
    this.readsMetadata = fields.some(isMetadata);
    this.readsResource = fields.some((field) => field.kind === "resource_attribute");
  }

  /** The first step: everything that goes with the sample's name. */
  decideFamily(reader: FieldReader): Progress {
    const name = reader.read(NAME);
    const found = typeof name === "string"
      ? this.#nameSlot.index.candidates(name).map((index) => this.policies[index])
      : [];
    if (found.length === 0 && this.#always.length === 0) return NOTHING;
    return progress([...found, ...this.#always], "family", reader);
  }

  /** The decision, if policies drop the sample whatever its labels are. */
  decideName(reader: FieldReader): Decision | undefined {
    const { matched } = this.decideFamily(reader);
    return matched.some(({ keep }) => !keep) ? this.#decision(matched) : undefined;
  }

  /** The second step: what the labels say. */
  decideLabels(before: Progress, reader: FieldReader): Progress {
    const found: Policy[] = [];
    for (const { field, index } of this.#labelSlots.values()) {
      const value = reader.read(field);
      if (typeof value !== "string") continue;
      for (const candidate of index.candidates(value)) {
        const policy = this.policies[candidate];
        if (matchesSample(policy.family, reader)) found.push(policy);
      }
    }
    if (found.length === 0 && before.open.length === 0) return before;
    const after = progress([...before.open, ...found], "label", reader);
    return { ...after, matched: [...before.matched, ...after.matched] };
  }

  /** The last step: the decision, with the policies that read the sample's numbers. */
  decideNumbers(before: Progress, reader: FieldReader): Decision {
    if (before.open.length === 0) return this.#decision(before.matched);
    const matched: Policy[] = [];
    let outcome = 0;
    for (const policy of before.open) {
      const matches = matchesSample(policy.number, reader);
      if (matches) matched.push(policy);
      outcome = outcome * 2 + (matches ? 1 : 0);
    }
    if (before.open.length > MAX_OUTCOME_BITS) {
      return this.#decision([...before.matched, ...matched]);
    }
    const outcomes = before.outcomes ??= new Map();
    let decision = outcomes.get(outcome);
    if (decision === undefined) {
      decision = this.#decision([...before.matched, ...matched]);
      outcomes.set(outcome, decision);
    }
    return decision;
  }

  /** All steps at once. */
  decide(reader: FieldReader): Decision {
    return this.decideNumbers(this.decideLabels(this.decideFamily(reader), reader), reader);
  }

  /**
   * The matchers that read a label each, if regexes on its value are all that reads it and they are
   * few: what they say can then stand for the value.
   */
  get observable(): ReadonlyMap<string, readonly Matcher[]> {
    return this.#observable ??= observableLabels(this.policies);
  }
  #observable: ReadonlyMap<string, readonly Matcher[]> | undefined;

  /** The labels to be read for it: their values are the sample's signature. */
  labelsRead(family: Progress): readonly string[] {
    if (this.#slotLabels.size === 0 && family.open.length === 0) return [];
    const labels = new Set(this.#slotLabels);
    for (const policy of family.open) addLabels(policy, labels);
    return [...labels];
  }

  /** How many outcomes are remembered. */
  get outcomes(): number {
    return this.#decisions.size;
  }

  /** Adds what was decided since the last call to the policies' counters. */
  settle(): void {
    for (const decision of this.#decisions.values()) {
      if (decision.samples === 0) continue;
      for (const policy of decision.hits) policy.counter.hits += decision.samples;
      for (const policy of decision.misses) policy.counter.misses += decision.samples;
      decision.samples = 0;
    }
  }

  /** Forgets the outcomes met so far; decisions handed out before must not be counted on. */
  forget(): void {
    this.settle();
    this.#decisions.clear();
  }

  #place(policy: Policy, regex: RegexLibrary | undefined): void {
    for (const matcher of [...policy.family, ...policy.label]) {
      const isName = matcher.field.kind === "metric_field" && matcher.field.name === "name";
      if (!isName && labelNames(matcher.field).length === 0) continue;
      const factors = requiredLiterals(matcher.spec, regex);
      if (factors.length === 0) continue;
      const slot = isName ? this.#nameSlot : this.#labelSlot(matcher.field);
      slot.index.add(policy.index, factors);
      if (!isName) addLabels(policy, this.#slotLabels);
      return;
    }
    this.#always.push(policy);
  }

  #labelSlot(field: Field): Slot {
    const key = fieldKey(field);
    let slot = this.#labelSlots.get(key);
    if (slot === undefined) {
      slot = { field, index: new LiteralIndex() };
      this.#labelSlots.set(key, slot);
    }
    return slot;
  }

  /** Policies are unordered: any that says `keep: false` drops the sample. */
  #decision(matched: readonly Policy[]): Decision {
    if (matched.length === 0) return this.#decisionOf("", NO_POLICIES);
    const ordered = [...matched].sort((a, b) => a.index - b.index);
    return this.#decisionOf(ordered.map((policy) => policy.index).join(), ordered);
  }

  #decisionOf(key: string, ordered: readonly Policy[]): Decision {
    let decision = this.#decisions.get(key);
    if (decision === undefined) {
      const drops = ordered.filter((policy) => !policy.keep);
      decision = drops.length === 0 ? { keep: true, hits: ordered, misses: [], samples: 0 } : {
        keep: false,
        hits: drops,
        misses: ordered.filter((policy) => policy.keep),
        samples: 0,
      };
      this.#decisions.set(key, decision);
    }
    return decision;
  }
}

function compilePolicy(
  spec: PolicySpec,
  index: number,
  regex: RegexLibrary | undefined,
  counters: PolicyCounters,
): Policy {
  const matchers = spec.matchers.map((matcher) => compileMatcher(matcher, regex));
  const tier = (wanted: FieldTier) =>
    matchers.filter((matcher) => fieldTier(matcher.field) === wanted);
  return {
    index,
    id: spec.id,
    keep: spec.keep,
    family: tier("family"),
    label: tier("label"),
    number: tier("number"),
    counter: counters.of(spec.id),
  };
}

/** The name tells nothing, and no policy is left to ask. */
const NOTHING: Progress = { matched: [], open: [] };
const NO_POLICIES: readonly Policy[] = [];

const LATER: Readonly<Record<"family" | "label", readonly FieldTier[]>> = {
  family: ["label", "number"],
  label: ["number"],
};

/** Runs one step's matchers and parts the policies that pass into done and open. */
function progress(
  policies: readonly Policy[],
  tier: "family" | "label",
  reader: FieldReader,
): Progress {
  const passed = policies.filter((policy) => matchesSample(policy[tier], reader));
  const isOpen = (policy: Policy) => LATER[tier].some((later) => policy[later].length > 0);
  return {
    matched: passed.filter((policy) => !isOpen(policy)),
    open: passed.filter(isOpen),
  };
}

/** So many matchers of one label are observed: beyond, a look-up of the value costs less. */
const MOST_OBSERVED = 16;

function observableLabels(policies: readonly Policy[]): Map<string, readonly Matcher[]> {
  const byLabel = new Map<string, Matcher[]>();
  const others = new Set<string>();
  for (const policy of policies) {
    for (const matcher of [...policy.label, ...policy.number]) {
      const names = labelNames(matcher.field);
      const isPlain = names.length === 1 && !isOwnName(matcher.field) &&
        !/[\\"\n\ufffd]/.test(names[0]);
      const isObservable = isPlain && matcher.bytes !== undefined;
      for (const name of names) {
        if (!isObservable) others.add(name);
        else if (byLabel.has(name)) byLabel.get(name)!.push(matcher);
        else byLabel.set(name, [matcher]);
      }
    }
  }
  for (const [name, matchers] of byLabel) {
    if (others.has(name) || matchers.length > MOST_OBSERVED) byLabel.delete(name);
  }
  return byLabel;
}

function addLabels(policy: Policy, labels: Set<string>): void {
  for (const matcher of [...policy.label, ...policy.number]) {
    for (const name of labelNames(matcher.field)) labels.add(name);
  }
}

function isMetadata(field: Field): boolean {
  if (field.kind === "metric_type" || field.kind === "aggregation_temporality") return true;
  return field.kind === "metric_field" && (field.name === "description" || field.name === "unit");
}
