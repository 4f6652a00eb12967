import type { Rule } from "../relabel/compile_rule.ts";
import { type Firing, firingOf, joinedValues, matchedBy } from "./joined_values.ts";
import { wordsOf } from "./regex_words.ts";
import { ValueSet } from "./value_set.ts";

/** What is known of one label at some point of a rule list, whatever the samples are. */
export interface LabelState {
  readonly values: ValueSet;
  /** The rule that last narrowed or set the values; undefined: they are as the upstream sent them. */
  readonly by: number | undefined;
  /** A rule may have removed the label: it depends on a regex that is not understood here. */
  readonly doubt: boolean;
}

/** What one rule can do where it stands. */
interface Reach {
  /** The rule that keeps every sample from getting here. */
  readonly blockedBy: number | undefined;
  readonly firing: Firing;
}

const NAME = "__name__";

/**
 * Follows what rules make of the labels of any sample at all: for each label that some rule names,
 * the values that it can have. The sets hold at least what is possible, so that "never" is certain.
 */
export class LabelStates {
  readonly #states = new Map<string, LabelState>();
  #blockedBy: number | undefined;

  /** `areAbsent` tells the labels that no upstream sends. */
  constructor(rules: readonly Rule[], areAbsent: (label: string) => boolean) {
    for (const label of [NAME, ...rules.flatMap(labelsNamed)]) {
      const values = areAbsent(label) ? ValueSet.empty : ValueSet.any;
      this.#states.set(label, { values, by: undefined, doubt: false });
    }
    this.#states.set(NAME, { values: ValueSet.nonEmpty, by: undefined, doubt: false });
  }

  /** The rule that drops every sample, as far as rules were applied. */
  get blockedBy(): number | undefined {
    return this.#blockedBy;
  }

  get(label: string): LabelState {
    return this.#states.get(label)!;
  }

  labels(): Iterable<readonly [string, LabelState]> {
    return this.#states.entries();
  }

  /** Takes the next rule, number `index`, into account; tells what it can do. */
  apply(rule: Rule, index: number): Reach {
    const blockedBy = this.#blockedBy;
    if (blockedBy !== undefined) return { blockedBy, firing: "never" };
    return { blockedBy, firing: this.#applyReachable(rule, index) };
  }

  #applyReachable(rule: Rule, index: number): Firing {
    const { effect, test } = rule.traits;
    switch (effect) {
      case "filter":
        return test === "equality" ? this.#compare(rule, index) : this.#filter(rule, index);
      case "delete":
        return this.#delete(rule, index);
      case "copy":
        return this.#copy(rule, index);
      case "set":
        return this.#set(rule, index);
    }
  }

  #sources({ config }: Rule): ValueSet[] {
    return config.sourceLabels.map((label) => this.get(label).values);
  }

  #filter(rule: Rule, index: number): Firing {
    const { sourceLabels } = rule.config;
    const keeps = rule.traits.onMatch === "keep";
    const firing = firingOf(rule, this.#sources(rule));
    if (firing === (keeps ? "never" : "always")) this.#blockedBy = index;
    if (firing !== "maybe" || sourceLabels.length === 0) return firing;
    const [label] = sourceLabels;
    const matched = sourceLabels.length === 1 ? matchedBy(rule, this.get(label).values) : undefined;
    if (matched === undefined) {
      for (const source of sourceLabels) this.#change(source, { doubt: true });
      return firing;
    }
    const { values } = this.get(label);
    this.#narrow(label, keeps ? matched : values.minus(matched), index);
    return firing;
  }

  #compare(rule: Rule, index: number): Firing {
    const { sourceLabels, separator, targetLabel } = rule.config;
    const keeps = rule.traits.onMatch === "keep";
    const joined = joinedValues(this.#sources(rule), separator);
    const target = this.get(targetLabel).values;
    const source = sourceLabels.length === 1
      ? this.get(sourceLabels[0]).values
      : joined === undefined
      ? ValueSet.any
      : ValueSet.of(joined);
    const common = target.intersect(source);
    const isSame = sourceLabels.length === 1 && sourceLabels[0] === targetLabel;
    const single = target.list?.length === 1 && source.list?.length === 1;
    const firing = common.isNothing ? "never" : isSame || single ? "always" : "maybe";
    if (firing === (keeps ? "never" : "always")) this.#blockedBy = index;
    if (firing !== "maybe") return firing;
    if (keeps) {
      this.#narrow(targetLabel, common, index);
      if (sourceLabels.length === 1) this.#narrow(sourceLabels[0], common, index);
    }
    for (const label of [targetLabel, ...sourceLabels]) this.#change(label, { doubt: true });
    return firing;
  }

  #delete({ config, traits, regex }: Rule, index: number): Firing {
    const drops = traits.onMatch === "drop";
    const words = wordsOf(config.regex);
    const isIdle = drops && words !== undefined && [...words].every((word) => this.#isAbsent(word));
    for (const [label, { values }] of this.#states) {
      if (regex.test(label) !== drops || values.isAbsent) continue;
      this.#states.set(label, { values: ValueSet.empty, by: index, doubt: false });
    }
    return isIdle ? "never" : "maybe";
  }

  #copy({ config, regex, replacement }: Rule, index: number): Firing {
    const words = wordsOf(config.regex);
    if (words === undefined) {
      for (const label of this.#states.keys()) {
        if (replacement.canExpandTo(label)) {
          this.#states.set(label, { values: ValueSet.any, by: index, doubt: true });
        }
      }
      return "maybe";
    }
    const present = [...words].filter((word) => !this.#isAbsent(word));
    for (const word of present) {
      const target = regex.replaceAll(word, replacement);
      if (!this.#states.has(target)) continue;
      const values = this.get(target).values.union(this.get(word).values);
      this.#states.set(target, { values, by: index, doubt: this.get(target).doubt });
    }
    return present.length === 0 ? "never" : "maybe";
  }

  #set(rule: Rule, index: number): Firing {
    const { config: { targetLabel, sourceLabels }, traits } = rule;
    const firing = traits.test === "values" ? firingOf(rule, this.#sources(rule)) : "always";
    if (firing === "never") return firing;
    if (traits.target === "template" && !rule.target.isConstant) {
      for (const label of this.#states.keys()) {
        if (rule.target.canExpandTo(label)) {
          this.#states.set(label, { values: ValueSet.any, by: index, doubt: true });
        }
      }
      return firing;
    }
    const results = this.#results(rule);
    const before = this.get(targetLabel);
    if (firing === "always") {
      this.#states.set(targetLabel, { values: results, by: index, doubt: false });
      return firing;
    }
    const overItself = sourceLabels.length === 1 && sourceLabels[0] === targetLabel;
    const matched = overItself ? matchedBy(rule, before.values) : undefined;
    const rest = matched === undefined ? before.values : before.values.minus(matched);
    const doubt = before.doubt || (matched === undefined && results.has(""));
    this.#states.set(targetLabel, { values: rest.union(results), by: index, doubt });
    return firing;
  }

  /** The values that a rule gives to its target where it fires. */
  #results(rule: Rule): ValueSet {
    const { config, traits, regex, replacement, shortcut, mapText } = rule;
    const sources = this.#sources(rule);
    // Some number.
    if (traits.needsModulus) return ValueSet.nonEmpty;
    if (shortcut === "copy") return sources[0];
    if (mapText === undefined && replacement.isConstant) return ValueSet.of([replacement.text]);
    const joined = joinedValues(sources, config.separator);
    if (joined === undefined) return ValueSet.any;
    if (mapText !== undefined) return ValueSet.of(joined.map(mapText));
    const matches = joined.flatMap((text) => regex.match(text) ?? []);
    return ValueSet.of(matches.map((groups) => replacement.expand(groups)));
  }

  #narrow(label: string, values: ValueSet, index: number): void {
    const state = this.get(label);
    if (values.isNothing) this.#blockedBy = index;
    if (!values.equals(state.values)) this.#states.set(label, { ...state, values, by: index });
  }

  #change(label: string, change: Partial<LabelState>): void {
    this.#states.set(label, { ...this.get(label), ...change });
  }

  #isAbsent(label: string): boolean {
    return this.get(label).values.isAbsent;
  }
}

/** The labels that a rule names, in its keys or as the words of its regex. */
function labelsNamed({ config, traits, regex, target, replacement }: Rule): string[] {
  if (traits.test === "names") {
    const words = [...wordsOf(config.regex) ?? []];
    if (traits.effect !== "copy") return words;
    return [...words, ...words.map((word) => regex.replaceAll(word, replacement))];
  }
  const isAnyTarget = traits.target === "template" && !target.isConstant;
  return isAnyTarget ? config.sourceLabels.slice() : [...config.sourceLabels, config.targetLabel];
}
