import { MAX_LABEL_NAME_BYTES, MAX_LABEL_NAMES } from "../bounds.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { TextCache } from "../exposition/text_cache.ts";
import { isLabel, labelName } from "../exposition/wanted_label.ts";
import { exportedName, NO_TARGET_LABELS } from "../aggregate/target_labels.ts";
import type { Matcher } from "../policy/matcher.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { Decision, Progress } from "../policy/policy_set.ts";
import { bareCounter, bareNames } from "../lint/counter_names.ts";
import { NO, UNSURE, YES } from "../regex/lazy_dfa.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import { Observations } from "../relabel/observations.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { KnownHits, type RuleHits } from "../relabel/rule_hits.ts";
import { withCanonicalBounds } from "../relabel/sample_labels.ts";
import type { RuleEffects } from "../relabel/sample_watcher.ts";
import type { EditPlan } from "../aggregate/edit_plan.ts";
import { type Aggregation, outputFamily, seriesPlan } from "../aggregate/series_plan.ts";
import type { SampleLine } from "./sample_line.ts";
import type { SignatureBounds } from "../memory_bounds.ts";
import { type ShapeReads, Signatures } from "./signatures.ts";

/** Why a sample is not in the output. */
export type DropReason = "policy" | "rule" | "no_name" | "bad_name" | "duplicate_label";

/**
 * What becomes of a sample: its line passes, it is dropped, or its series is put together by a plan.
 * `failed`: a policy could not be evaluated, so nothing may be done to it.
 */
export type Outcome = "keep" | "failed" | DropReason | EditPlan;

export interface Planned {
  readonly outcome: Outcome;
  /** What policies say of it; undefined when they say nothing that is counted. */
  readonly decision: Decision | undefined;
  /** The rules that did something to it; undefined where none did. */
  readonly hits: RuleHits | undefined;
  /**
   * Offsets in `spans.labels` of the labels whose values this rests on: it holds for all lines of the
   * same shape and the same values. Undefined when it holds for this line alone.
   */
  readonly reads: readonly number[] | undefined;
  /** Policies failed at it. */
  readonly isFailed?: boolean;
  /** What rules did to it, where somebody watches. */
  readonly effects?: RuleEffects;
}

/** What becomes of all samples of a name, whatever else they say. */
export interface NameFate {
  readonly outcome: "keep" | "policy" | "rule";
  /** As in `Planned`. */
  readonly decision: Decision | undefined;
  readonly hits: RuleHits | undefined;
}

export interface PlannerRules {
  readonly policies: PolicyEngine | undefined;
  readonly rules: RuleSet | undefined;
  /** Samples become series of a table; undefined where their lines pass as they are. */
  readonly aggregation: Aggregation | undefined;
  /** False: another planner counts what policies decide. */
  readonly countsPolicies?: boolean;
  /** Somebody wants to know what each rule does to each sample. */
  readonly isWatched?: boolean;
  readonly bounds?: SignatureBounds;
}

/** Labels beyond this that rules turn out to read make all labels count as read. */
const MAX_FOUND_READS = 64;

interface Shape extends ShapeReads {
  /** Names of the labels, in the line's order. */
  readonly names: readonly string[];
  /** All offsets of labels that are read, also those that are only observed. */
  readonly reads: readonly number[];
  readonly isObserved: boolean;
  /** What policies make of the name; undefined when that failed. */
  readonly progress: Progress | undefined;
  /** The same label is there twice. */
  readonly isRepeated: boolean;
}

/** What is known of all lines with one signature. */
interface Known {
  /** What policies decide, or the ones that have to look at each line's numbers. */
  readonly decided: Decision | Progress | undefined;
  /** What rules make of the samples that policies keep; worked out by the first. */
  kept: Outcome | undefined;
  hits: RuleHits | undefined;
  effects: RuleEffects | undefined;
}

/*
 *   line ─▶ signature known? ─▶ its outcome
 *              │ no
 *              └─▶ policies ─▶ rules ─▶ aggregation ─▶ outcome, and what it rests on
 */

/**
 * Works out what becomes of a sample, once per signature. Lives as long as the rules and the policies
 * that it is made from, and is shared by their scrapes.
 */
export class Planner {
  /** Rises when what was planned no longer holds, or rests on more values than was known. */
  version = 0;
  readonly aggregation: Aggregation | undefined;
  readonly readsMetadata: boolean;
  readonly #policies: PolicyEngine | undefined;
  readonly #rules: RuleSet | undefined;
  readonly #bareNames: ReadonlySet<string>;
  readonly #counts: boolean;
  readonly #isWatched: boolean;
  readonly #signatures: Signatures<Shape, Known>;
  readonly #labelNames = new TextCache(MAX_LABEL_NAMES, MAX_LABEL_NAME_BYTES);
  #reads: Set<string> | undefined;
  readonly #mostReads: number;
  #observations: Observations | undefined;
  readonly #hits = new KnownHits();
  #observes = false;
  #resourceVersion = 0;
  #outcomesEpoch = 0;

  constructor(options: PlannerRules) {
    const { policies, rules, aggregation, countsPolicies, isWatched, bounds } = options;
    this.#policies = policies;
    this.#rules = rules;
    this.#bareNames = new Set(rules?.rules.flatMap((rule) => [...bareNames(rule)]));
    this.aggregation = aggregation;
    this.#counts = countsPolicies ?? true;
    this.#isWatched = isWatched ?? false;
    this.readsMetadata = policies?.readsMetadata ?? false;
    this.#resourceVersion = policies?.resourceVersion ?? 0;
    this.#outcomesEpoch = policies?.epoch ?? 0;
    this.#reads = new Set(rules?.reads ?? []);
    this.#mostReads = this.#reads.size + MAX_FOUND_READS;
    // Whether a rule changes a label can depend on a value that is not observed.
    if (rules !== undefined && !this.#isWatched) {
      const observations = new Observations(rules);
      if (observations.labels.size > 0) this.#observations = observations;
    }
    this.#signatures = new Signatures(
      (line) => this.#makeShape(line),
      bounds,
    );
  }

  /** True when no line is changed or dropped, whatever it is, and nobody asks. */
  get passesAll(): boolean {
    return !this.#isWatched && this.#policies === undefined && this.#rules === undefined &&
      this.aggregation === undefined;
  }

  /** The name's lines tell of the resource, whose attributes policies read. */
  isResource(name: string): boolean {
    return name === "target_info" && (this.#policies?.readsResource ?? false);
  }

  /** The counter's name where a rule looks for it, and the line's sample has a `_total` more. */
  bareCounter({ name, family }: SampleLine): string | undefined {
    return bareCounter(this.#bareNames, name, family);
  }

  /** What becomes of the line. `gathersFailed`: where policies fail, rules are applied all the same. */
  plan(line: SampleLine, gathersFailed = false): Planned {
    this.#refresh();
    const signatures = this.#signatures;
    let shape = signatures.shapeOf(line);
    let known = signatures.find(shape, line);
    if (known === undefined) {
      if (this.#mayObserve && signatures.hasMany) this.#observe();
      else if (this.#policies?.makeRoom()) this.#forget();
      shape = signatures.shapeOf(line);
      known = this.#know(line, shape);
      if (known !== undefined) signatures.add(known, shape, line);
    }
    return this.#planned(line, shape, known, gathersFailed);
  }

  /**
   * The same for a line that is to be learnt, so that it is not remembered here; undefined where that
   * cannot be, because it would not hold for others.
   */
  planOnce(line: SampleLine): Planned | undefined {
    this.#refresh();
    if (this.#policies?.makeRoom()) this.#forget();
    const shape = this.#makeShape(line);
    const known = this.#know(line, shape);
    if (known === undefined || shape.isObserved || this.#isOpen(known)) return undefined;
    return this.#planned(line, shape, known, false);
  }

  /**
   * What becomes of a line of which the name is known, and no more: it is dropped where that alone
   * decides, whatever else the line has.
   */
  planName(line: SampleLine): Planned {
    const none = { decision: undefined, hits: undefined, reads: undefined };
    try {
      const decision = this.#policies?.decideName(line);
      if (decision !== undefined) {
        return { ...none, outcome: "policy", decision: this.#counts ? decision : undefined };
      }
    } catch {
      return { ...none, outcome: "keep" };
    }
    const droppedBy = this.#rules?.dropsName(line.name) ?? -1;
    if (droppedBy < 0) return { ...none, outcome: "keep" };
    return { ...none, outcome: "rule", hits: this.#hits.of([droppedBy]) };
  }

  /** `version`, once what has become of policies meanwhile was looked at. */
  get currentVersion(): number {
    this.#refresh();
    return this.version;
  }

  /**
   * What becomes of all samples of the name that can be read and have no label twice; undefined where that
   * rests on more than the name. Holds for this version.
   */
  fateOf(name: string): NameFate | undefined {
    const policies = this.#policies;
    const readsNames = this.aggregation === undefined && !this.#isWatched &&
      !this.readsMetadata && policies?.readsResource !== true &&
      [...this.#rules?.reads ?? []].every((label) => label === NAME);
    if (!readsNames) return undefined;
    let decision: Decision | undefined;
    if (policies !== undefined) {
      try {
        const progress = policies.decideFamily(lineOf(name));
        if (progress.open.length > 0 || policies.labelsRead(progress).length > 0) return undefined;
        decision = policies.decideNumbers(progress, lineOf(name));
      } catch {
        return undefined;
      }
    }
    const counted = this.#counts ? decision : undefined;
    if (decision?.keep === false) {
      return { outcome: "policy", decision: counted, hits: undefined };
    }
    const applied: number[] = [];
    const isDropped = this.#rules !== undefined &&
      this.#rules.apply(new LabelBuilder([[NAME, name]]), undefined, applied) >= 0;
    const hits = this.#hits.of(applied);
    return { outcome: isDropped ? "rule" : "keep", decision: counted, hits };
  }

  /** What policies make of the line's labels; undefined when they failed. */
  #know(line: SampleLine, { progress }: Shape): Known | undefined {
    const policies = this.#policies;
    if (policies === undefined) return newlyKnown(undefined);
    try {
      return progress && newlyKnown(policies.decideLabels(progress, line));
    } catch {
      return undefined;
    }
  }

  /** Whether policies have to look at each line's numbers. */
  #isOpen({ decided }: Known): boolean {
    return decided !== undefined && !("keep" in decided);
  }

  #planned(
    line: SampleLine,
    shape: Shape,
    known: Known | undefined,
    gathersFailed: boolean,
  ): Planned {
    const decision = known === undefined ? "failed" : this.#decision(known, line);
    if (decision === "failed") {
      if (!gathersFailed) return FAILED;
      const failed = newlyKnown(undefined);
      const outcome = this.#keptOutcome(line, shape, failed);
      const { hits, effects } = failed;
      return { outcome, decision: undefined, hits, reads: undefined, isFailed: true, effects };
    }
    const tellsOfResource = this.isResource(line.name);
    if (tellsOfResource) {
      this.#policies!.learnResource(line);
      this.#refresh();
    }
    const counted = this.#counts ? decision : undefined;
    const isFixed = !this.#isOpen(known!) && !shape.isObserved && !tellsOfResource;
    if (decision?.keep === false) {
      const reads = isFixed ? shape.reads : undefined;
      return { outcome: "policy", decision: counted, hits: undefined, reads };
    }
    const before = this.version;
    const outcome = known!.kept ??= this.#keptOutcome(line, shape, known!);
    // What was learnt meanwhile makes what is known of the shape too little.
    const reads = isFixed && this.version === before ? shape.reads : undefined;
    const { hits, effects } = known!;
    return { outcome, decision: counted, hits, reads, effects };
  }

  #decision(known: Known, line: SampleLine): Decision | undefined | "failed" {
    if (!this.#isOpen(known)) return known.decided as Decision | undefined;
    try {
      return this.#policies!.decideNumbers(known.decided as Progress, line);
    } catch {
      return "failed";
    }
  }

  #refresh(): void {
    const policies = this.#policies;
    if (policies === undefined) return;
    if (
      policies.resourceVersion === this.#resourceVersion && policies.epoch === this.#outcomesEpoch
    ) {
      return;
    }
    this.#resourceVersion = policies.resourceVersion;
    this.#outcomesEpoch = policies.epoch;
    this.#forget();
  }

  get #mayObserve(): boolean {
    return !this.#observes &&
      (this.#observations !== undefined || (this.#policies?.observable.size ?? 0) > 0);
  }

  #observe(): void {
    this.#observes = true;
    this.#signatures.clear();
  }

  /** What was planned, here and wherever it was learnt, holds no longer. */
  #forget(): void {
    this.version++;
    this.#signatures.clear();
  }

  #makeShape(line: SampleLine): Shape {
    const { bytes, spans: { labels, labelCount }, family, ofTarget } = line;
    let progress: Progress | undefined;
    let isFailed = false;
    try {
      progress = this.#policies?.decideFamily(line);
    } catch {
      isFailed = true;
    }
    const ofPolicies = progress === undefined
      ? []
      : this.#policies!.labelsRead(progress).map(labelName);
    const names: string[] = [];
    let isRepeated = false;
    const reads: number[] = [];
    const observes = this.#observes && !isFailed && ofTarget.names.length === 0;
    const observations = observes && this.#reads !== undefined && this.#mayObserveIn(line)
      ? this.#observations
      : undefined;
    const fields: number[] = [];
    const regexes: { readonly at: number; readonly matchers: readonly Matcher[] }[] = [];
    for (let at = 0; at < labelCount * 4; at += 4) {
      const name = this.#labelNames.quoted(bytes, labels[at], labels[at + 1]);
      if (names.includes(name) || name === NAME) isRepeated = true;
      names.push(name);
      // An empty label is an absent one.
      if (labels[at + 2] === labels[at + 3]) continue;
      const isOfPolicies = ofPolicies.some((wanted) =>
        isLabel(wanted, bytes, labels[at], labels[at + 1])
      );
      const isOfRules = this.#isRead(name, family?.type);
      if (!isOfPolicies && !isOfRules) continue;
      reads.push(at);
      const matchers = isOfPolicies && observes ? this.#policies!.observable.get(name) : undefined;
      if (matchers !== undefined) regexes.push({ at, matchers });
      const needsValue = (isOfPolicies && matchers === undefined) ||
        (isOfRules && !observations?.labels.has(name));
      if (needsValue) fields.push(at);
    }
    for (const [index, name] of ofTarget.names.entries()) {
      if (this.#isRead(name, family?.type)) fields.push(-1 - index);
    }
    // Without observed labels a signature is as good as the values.
    const isObserved = fields.length < reads.length;
    const places = isObserved ? observations?.placesIn(bytes, line.spans) : undefined;
    return {
      names,
      reads,
      fields,
      isObserved,
      observe: isObserved
        ? (key: LineBuffer, { bytes, spans }: SampleLine) => {
          if (places !== undefined) observations!.put(key, bytes, spans, places);
          for (const { at, matchers } of regexes) {
            putAnswers(key, matchers, bytes, spans.labels[at + 2], spans.labels[at + 3]);
          }
        }
        : undefined,
      progress,
      isRepeated,
    };
  }

  /** A bound that is read as a number is not observed as text. */
  #mayObserveIn({ family }: SampleLine): boolean {
    return ![...this.#observations?.labels ?? []].some((name) => isBoundLabel(name, family?.type));
  }

  /** Whether rules read the label's value, or write it another way. */
  #isRead(name: string, type: FamilyType | undefined): boolean {
    if (this.#rules !== undefined && (this.#reads?.has(name) ?? true)) return true;
    return (this.aggregation !== undefined || this.#isWatched) && isBoundLabel(name, type);
  }

  #keptOutcome(line: SampleLine, shape: Shape, known: Known): Outcome {
    if (shape.isRepeated) return "duplicate_label";
    if (this.#rules === undefined && this.aggregation === undefined) return "keep";
    const builder = this.#builder(line, shape.names, shape.isObserved);
    const applied: number[] = [];
    const found = this.#isWatched ? builder.result() : [];
    const droppedBy = this.#rules === undefined ? -1 : applyRules(this.#rules, builder, applied);
    known.hits = this.#hits.of(applied);
    if (this.#isWatched && this.#rules !== undefined) {
      known.effects = effectsOn(line, builder, { found, droppedBy, hits: applied });
    }
    const dropped = droppedBy >= 0;
    if (shape.isObserved && this.#observations !== undefined) this.#forgetObserved(line, builder);
    const outcome = dropped ? "rule" : this.aggregation === undefined ? "keep" : seriesPlan(
      line,
      shape.names,
      builder,
      this.aggregation,
      shape.isObserved ? this.#observations?.made : undefined,
    );
    this.#learnReads(line, builder);
    return outcome;
  }

  /** The sample's labels, those that are not read as references. */
  #builder(line: SampleLine, names: readonly string[], isObserved: boolean): LabelBuilder {
    const { bytes, spans: { labels, labelCount }, family, ofTarget } = line;
    const observed = isObserved ? this.#observations : undefined;
    const base: LabelEntry[] = [[NAME, line.name]];
    const valueOf = (index: number) =>
      index < labelCount
        ? decodeQuoted(bytes, labels[index * 4 + 2], labels[index * 4 + 3])
        : ofTarget.texts[index - labelCount];
    for (let index = 0; index < labelCount; index++) {
      const at = index * 4;
      if (labels[at + 2] === labels[at + 3]) continue;
      const name = names[index];
      if (!this.#isRead(name, family?.type) || observed?.labels.has(name)) base.push([name, index]);
      else if (isBoundLabel(name, family?.type)) base.push([name, canonicalBound(valueOf(index))]);
      else base.push([name, valueOf(index)]);
    }
    const own = exportedLabels(base, ofTarget.names);
    for (const [index, name] of ofTarget.names.entries()) {
      const isRead = this.#isRead(name, family?.type);
      own.push([name, isRead ? ofTarget.texts[index] : labelCount + index]);
    }
    // References beyond the labels stand for what rules make.
    return new LabelBuilder(own, valueOf, (rule) => {
      const made = observed?.madeBy(rule);
      return made === undefined ? undefined : labelCount + made;
    });
  }

  /** Rules have read observed labels in no other way than was observed. */
  #forgetObserved({ bytes, spans: { labels } }: SampleLine, builder: LabelBuilder): void {
    for (const index of [...builder.reads]) {
      const name = decodeQuoted(bytes, labels[index * 4], labels[index * 4 + 1]);
      if (this.#observations!.labels.has(name)) builder.reads.delete(index);
    }
  }

  /** Labels that rules read unforeseen, through a copy, are part of signatures from now on. */
  #learnReads(line: SampleLine, builder: LabelBuilder): void {
    if (builder.reads.size === 0) return;
    const { bytes, spans: { labels, labelCount }, ofTarget } = line;
    for (const index of builder.reads) {
      const name = index < labelCount
        ? decodeQuoted(bytes, labels[index * 4], labels[index * 4 + 1])
        : ofTarget.names[index - labelCount];
      // A value that was to be observed only was read in another way.
      if (this.#observations?.labels.has(name)) this.#observations = undefined;
      if (this.#reads === undefined) continue;
      this.#reads.add(name);
      if (this.#reads.size > this.#mostReads) this.#reads = undefined;
    }
    this.#forget();
  }
}

/** What rules did to the sample, with the labels that they left. */
function effectsOn(
  line: SampleLine,
  builder: LabelBuilder,
  applied: Pick<RuleEffects, "found" | "droppedBy" | "hits">,
): RuleEffects {
  const { type, suffix } = outputFamily(line, builder.get(NAME));
  const left = withCanonicalBounds(builder.result(), type, (label) => builder.get(label));
  return { ...applied, left, type, suffix };
}

/**
 * Returns the index of the rule that drops the sample, or -1. A sample that rules leave without a name
 * has its own again, as with metric-gate: Prometheus would take no sample of the scrape.
 */
function applyRules(
  rules: RuleSet,
  labels: LabelBuilder,
  hits: number[],
): number {
  const droppedBy = rules.apply(labels, undefined, hits);
  if (droppedBy < 0 && labels.value(NAME) === "") labels.set(NAME, labels.original(NAME));
  return droppedBy;
}

/** Puts what regexes say of a value into a signature. */
function putAnswers(
  key: LineBuffer,
  matchers: readonly Matcher[],
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  for (const matcher of matchers) {
    const answer = matcher.bytes!.test(bytes, start, end);
    if (answer !== UNSURE) key.putByte(answer);
    else {
      const matches = matcher.test(decodeQuoted(bytes, start, end)) !== matcher.spec.negate;
      key.putByte(matches ? YES : NO);
    }
  }
}

function newlyKnown(decided: Known["decided"]): Known {
  return { decided, kept: undefined, hits: undefined, effects: undefined };
}

const NAME = "__name__";

/** A sample of which no more is known than its name. */
function lineOf(name: string): SampleLine {
  const bytes = new Uint8Array(0);
  const spans = new SampleSpans();
  return {
    bytes,
    spans,
    start: 0,
    name,
    family: undefined,
    format: "lifted",
    ofTarget: NO_TARGET_LABELS,
  };
}
const FAILED: Planned = {
  outcome: "failed",
  decision: undefined,
  hits: undefined,
  reads: undefined,
};

/** The sample's labels, those renamed whose names its target's labels take. */
function exportedLabels(labels: readonly LabelEntry[], own: readonly string[]): LabelEntry[] {
  if (own.length === 0) return [...labels];
  const taken = new Set([...own, ...labels.map(([name]) => name)]);
  return labels.map(([name, value]): LabelEntry => {
    if (!own.includes(name)) return [name, value];
    const exported = exportedName(name, (candidate) => taken.has(candidate));
    taken.add(exported);
    return [exported, value];
  });
}
