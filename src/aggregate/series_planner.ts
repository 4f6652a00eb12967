import { MAX_PLAN_BYTES, MAX_PLANS } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import type { Family } from "../exposition/families.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { type AggregationRule, functionFor, isGaugeSum } from "./aggregate_function.ts";
import { type EditPlan, isBoundLabel, type OutputFamilyName, planSeries } from "./edit_plan.ts";
import { LineBuffer } from "./line_buffer.ts";

/** Why a sample is not in the output: a rule dropped it, or left it without a valid name. */
export type DropReason = "rule" | "no_name" | "duplicate_label";

export type Planned = EditPlan | DropReason;

const NAME = "__name__";

/** Labels beyond this that rules turn out to read make all labels count as read. */
const MAX_FOUND_READS = 64;

/**
 * Works out what rules make of a sample, once per signature: its name, its family's type, which
 * labels it has, and the values of those that the rules read. Lives as long as the rule set and is
 * shared by its scrapes; its cache is emptied whole when it is full.
 */
export class SeriesPlanner {
  readonly #rules: RuleSet | undefined;
  readonly #aggregation: readonly AggregationRule[];
  readonly #cache = new ByteTable(MAX_PLANS, MAX_PLAN_BYTES);
  #plans: Planned[] = [];
  readonly #key = new LineBuffer();
  /** Labels whose values are part of the signature, as bytes; undefined: all of them. */
  #reads: Uint8Array[] | undefined = [];
  readonly #readNames = new Set<string>();

  constructor(rules: RuleSet | undefined, aggregation: readonly AggregationRule[]) {
    this.#rules = rules;
    this.#aggregation = aggregation;
    for (const name of rules?.reads ?? []) this.#addRead(name);
  }

  /** What becomes of the line that `spans` lie in; `family` is the one that it belongs to. */
  plan(bytes: Uint8Array, spans: SampleSpans, family: Family | undefined): Planned {
    this.#putSignature(bytes, spans, family);
    const key = this.#key;
    const known = this.#cache.find(key.bytes, 0, key.length);
    if (known >= 0) return this.#plans[known];
    const planned = this.#workOut(bytes, spans, family);
    if (!this.#cache.hasRoom(key.length)) this.#forget();
    this.#plans[this.#cache.add(key.bytes, 0, key.length)] = planned;
    return planned;
  }

  #putSignature(bytes: Uint8Array, spans: SampleSpans, family: Family | undefined): void {
    const key = this.#key;
    const type = family?.type;
    key.reset();
    key.putByte(type === undefined ? 0 : TYPES.indexOf(type) + 1);
    // A name and its family's differ by a suffix, whose length tells the family.
    key.putByte(
      family === undefined
        ? 255
        : Math.max(0, spans.nameEnd - spans.nameStart - family.name.length) & 127,
    );
    putField(key, bytes, spans.nameStart, spans.nameEnd);
    const { labels, labelCount } = spans;
    for (let at = 0; at < labelCount * 4; at += 4) {
      putField(key, bytes, labels[at], labels[at + 1]);
      if (labels[at + 2] === labels[at + 3]) key.putByte(EMPTY);
      else if (!this.#isRead(bytes, labels[at], labels[at + 1], type)) key.putByte(UNREAD);
      else {
        key.putByte(READ);
        putField(key, bytes, labels[at + 2], labels[at + 3]);
      }
    }
  }

  #isRead(
    bytes: Uint8Array,
    start: number,
    end: number,
    type: FamilyType | undefined,
  ): boolean {
    if (this.#reads === undefined) return true;
    const length = end - start;
    for (const name of this.#reads) {
      if (name.length === length && startsWith(bytes, start, name)) return true;
    }
    if (length === LE.length && startsWith(bytes, start, LE)) return isBoundLabel("le", type);
    return length === QUANTILE.length && startsWith(bytes, start, QUANTILE) &&
      isBoundLabel("quantile", type);
  }

  #workOut(bytes: Uint8Array, spans: SampleSpans, family: Family | undefined): Planned {
    const builder = this.#builder(bytes, spans, family?.type);
    if (builder === undefined) return "duplicate_label";
    const dropped = this.#rules !== undefined && this.#rules.apply(builder) >= 0;
    const sampleName = dropped ? "" : builder.get(NAME);
    if (this.#learnReads(bytes, spans, builder)) this.#putSignature(bytes, spans, family);
    if (dropped) return "rule";
    if (sampleName === "") return "no_name";

    const type = family?.type;
    const labels = builder.result().filter(([name]) => name !== NAME);
    const hasQuantile = labels.some(([name]) => name === "quantile");
    const output = outputFamily(
      decodeQuoted(bytes, spans.nameStart, spans.nameEnd),
      sampleName,
      family,
    );
    const outputType = output.hasMetadata ? type : undefined;
    const fn = functionFor(sampleName, outputType, hasQuantile, this.#aggregation);
    return planSeries({
      sampleName,
      family: output,
      labels,
      type: outputType,
      fn,
      isGaugeSum: isGaugeSum(fn, outputType, sampleName, this.#aggregation),
    });
  }

  /** The sample's labels, those that are not read as references. Undefined when one is there twice. */
  #builder(
    bytes: Uint8Array,
    spans: SampleSpans,
    type: FamilyType | undefined,
  ): LabelBuilder | undefined {
    const { labels, labelCount } = spans;
    const base: LabelEntry[] = [[NAME, decodeQuoted(bytes, spans.nameStart, spans.nameEnd)]];
    const names = new Set<string>([NAME]);
    const valueOf = (index: number) =>
      decodeQuoted(bytes, labels[index * 4 + 2], labels[index * 4 + 3]);
    for (let index = 0; index < labelCount; index++) {
      const at = index * 4;
      const name = decodeQuoted(bytes, labels[at], labels[at + 1]);
      if (names.has(name)) return undefined;
      names.add(name);
      if (labels[at + 2] === labels[at + 3]) continue;
      const isRead = this.#isRead(bytes, labels[at], labels[at + 1], type);
      base.push([name, isRead ? valueOf(index) : index]);
    }
    return new LabelBuilder(base, valueOf);
  }

  /** Takes labels that were read unforeseen into the signature. True when there were any. */
  #learnReads(bytes: Uint8Array, spans: SampleSpans, builder: LabelBuilder): boolean {
    if (builder.reads.size === 0) return false;
    for (const index of builder.reads) {
      const at = index * 4;
      this.#addRead(decodeQuoted(bytes, spans.labels[at], spans.labels[at + 1]));
    }
    this.#forget();
    return true;
  }

  #addRead(name: string): void {
    if (name === NAME || this.#reads === undefined || this.#readNames.has(name)) return;
    this.#readNames.add(name);
    const found = this.#readNames.size - (this.#rules?.reads.size ?? 0);
    // A name that a line may write in more than one way is not told by its bytes.
    if (found > MAX_FOUND_READS || /[\\"\n\ufffd]/.test(name)) this.#reads = undefined;
    else this.#reads.push(encoder.encode(name));
  }

  #forget(): void {
    this.#cache.clear();
    this.#plans = [];
  }
}

/**
 * The family that a sample is written in. It follows the sample's new name as long as that ends as
 * the old one did (`a_bucket` of `a` becomes `b_bucket` of `b`); otherwise the sample stands for
 * itself, without metadata.
 */
function outputFamily(
  oldName: string,
  newName: string,
  family: Family | undefined,
): OutputFamilyName {
  if (family === undefined) return { name: groupName(newName), hasMetadata: false };
  if (newName === oldName) return { name: family.name, hasMetadata: true };
  const suffix = oldName.slice(family.name.length);
  return newName.endsWith(suffix) && newName.length > suffix.length
    ? { name: newName.slice(0, newName.length - suffix.length), hasMetadata: true }
    : { name: groupName(newName), hasMetadata: false };
}

/**
 * Without metadata nothing says that `a_bucket`, `a_sum` and `a_count` belong together, but they are
 * written side by side, series by series; taken as one family they are met there again.
 */
function groupName(sampleName: string): string {
  return sampleName.replace(/_(bucket|sum|count|total|created)$/, "") || sampleName;
}

const TYPES: readonly FamilyType[] = [
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
  "unknown",
  "untyped",
];

const EMPTY = 0;
const UNREAD = 1;
const READ = 2;

const encoder = new TextEncoder();
const LE = encoder.encode("le");
const QUANTILE = encoder.encode("quantile");

/** Length and bytes, so that no two sequences of fields are alike. */
function putField(key: LineBuffer, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  key.putByte(length & 255);
  key.putByte(length >>> 8 & 255);
  key.putByte(length >>> 16);
  key.put(bytes, start, end);
}

function startsWith(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text[i]) return false;
  }
  return true;
}
