import { MAX_PLAN_BYTES, MAX_PLANS } from "../bounds.ts";
import { isBoundLabel } from "../exposition/bound_label.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { equalBytes, isSample, NEWLINE } from "../exposition/bytes.ts";
import { Families } from "../exposition/families.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import type { LabelEntry } from "../relabel/label_builder.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { Collisions } from "./collisions.ts";
import { sameLabels, sampleLabels } from "../relabel/sample_labels.ts";

/** What one rule did to the samples of a scrape. */
export interface RuleFigures {
  /** Where it stands: `rules.yaml: metric_relabel_configs[2]`. */
  readonly place: string;
  readonly action: string;
  /** Samples that no rule before it dropped. */
  readonly reached: number;
  /** Those of which it changed labels. */
  readonly changed: number;
  readonly dropped: number;
}

/** What the rules make of every sample with one signature. */
interface Outcome {
  /** The rule that drops it, or -1. */
  readonly droppedBy: number;
  /** The rules that change its labels. */
  readonly changedBy: readonly number[];
  readonly labels: readonly LabelEntry[];
  samples: number;
}

/**
 * Counts what each rule does, over the samples that policies keep. The rules run once for each
 * signature: name, type, and which labels there are with the values of those that rules read.
 */
export class RuleTally implements LineBlockSink {
  /** Outputs that several samples became, if the rules in force let samples collide. */
  readonly collisions: Collisions | undefined;
  readonly #rules: RuleSet;
  readonly #maxLineBytes: number;
  readonly #blocks = new LineBlocks(this);
  readonly #families = new Families(false);
  readonly #spans = new SampleSpans();
  readonly #key = new LineBuffer();
  readonly #signatures = new ByteTable(MAX_PLANS, MAX_PLAN_BYTES);
  #outcomes: Outcome[] = [];
  readonly #reads: Set<string>;
  readonly #reached: number[];
  readonly #changed: number[];
  readonly #dropped: number[];
  /** The labels of the last line, in its order. */
  #layout: { readonly raw: Uint8Array; readonly name: string; readonly isRead: boolean }[] = [];
  /** Types by the sample's name, as far as metadata lines went. */
  readonly #names = new ByteTable(MAX_PLANS, MAX_PLAN_BYTES);
  readonly #types: (FamilyType | undefined)[] = [];
  #generation = -1;

  /** `maxLineBytes`: longer lines pass as they are. `merges`: samples that become alike are merged. */
  constructor(rules: RuleSet, maxLineBytes: number, merges: boolean) {
    this.#rules = rules;
    this.#maxLineBytes = maxLineBytes;
    this.#reads = new Set(rules.reads);
    this.#reached = rules.rules.map(() => 0);
    this.#changed = rules.rules.map(() => 0);
    this.#dropped = rules.rules.map(() => 0);
    this.collisions = merges ? new Collisions() : undefined;
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  /** The input has ended. */
  end(): void {
    this.#blocks.end();
    this.#settle();
  }

  /** In the order of the rules; complete once the input has ended. */
  get figures(): RuleFigures[] {
    return this.#rules.rules.map(({ config: { place, action } }, index) => ({
      place,
      action,
      reached: this.#reached[index],
      changed: this.#changed[index],
      dropped: this.#dropped[index],
    }));
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    while (start < end) {
      const newline = bytes.indexOf(NEWLINE, start);
      const ended = newline >= 0 && newline < end;
      const lineEnd = ended ? newline : end;
      if (isSample(bytes, start, lineEnd)) this.#take(bytes, start, lineEnd);
      else this.#families.hold(bytes, start, lineEnd, ended ? newline + 1 : end);
      start = lineEnd + 1;
    }
    this.#families.detach();
  }

  /** A line that is too long to be held passes as it is. */
  linePiece(): void {}

  #take(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > this.#maxLineBytes || !scanSample(bytes, start, end, this.#spans)) return;
    const type = this.#typeOf(bytes);
    if (!this.#putSignature(bytes, type)) return;
    const known = this.#signatures.find(this.#key.bytes, 0, this.#key.length);
    const outcome = known < 0 ? this.#workOut(bytes, type) : this.#outcomes[known];
    outcome.samples++;
    if (outcome.droppedBy < 0) this.collisions?.take(outcome.labels, bytes, this.#spans);
  }

  /** False for a sample that has a label twice: where samples may collide, it is dropped as invalid. */
  #putSignature(bytes: Uint8Array, type: FamilyType | undefined): boolean {
    const { nameStart, nameEnd, labels, labelCount } = this.#spans;
    const key = this.#key;
    key.reset();
    key.putByte(Number(isBoundLabel("le", type)) * 2 + Number(isBoundLabel("quantile", type)));
    key.putField(bytes, nameStart, nameEnd);
    for (let at = 0; at < labelCount * 4; at += 4) {
      if (this.collisions !== undefined && this.#isRepeated(bytes, at)) return false;
      // An empty label keeps its place: values are found by the number of their label.
      const isEmpty = labels[at + 2] === labels[at + 3];
      key.putByte(Number(isEmpty));
      key.putField(bytes, labels[at], labels[at + 1]);
      if (!isEmpty && this.#isReadAt(bytes, at / 4, type)) {
        key.putField(bytes, labels[at + 2], labels[at + 3]);
      }
    }
    return true;
  }

  #workOut(bytes: Uint8Array, type: FamilyType | undefined): Outcome {
    const builder = sampleLabels(bytes, this.#spans, type, (name) => this.#reads.has(name));
    const changedBy: number[] = [];
    const droppedBy = this.#rules.apply(builder, ({ index, before, after }) => {
      if (!sameLabels(before, after)) changedBy.push(index);
    });
    const outcome = { droppedBy, changedBy, labels: builder.result(), samples: 0 };
    if (builder.reads.size > 0) this.#learn(bytes, builder.reads);
    this.#putSignature(bytes, type);
    if (!this.#signatures.hasRoom(this.#key.length)) this.#settle();
    this.#outcomes[this.#signatures.add(this.#key.bytes, 0, this.#key.length)] = outcome;
    return outcome;
  }

  /** Labels that rules read through a copy are part of signatures from now on. */
  #learn(bytes: Uint8Array, reads: ReadonlySet<number>): void {
    const { labels } = this.#spans;
    for (const index of reads) {
      this.#reads.add(decodeQuoted(bytes, labels[index * 4], labels[index * 4 + 1]));
    }
    this.#layout = [];
    this.#settle();
  }

  /** Adds up what was counted by signature, and forgets the signatures. */
  #settle(): void {
    for (const { droppedBy, changedBy, samples } of this.#outcomes) {
      const last = droppedBy < 0 ? this.#rules.rules.length - 1 : droppedBy;
      for (let rule = 0; rule <= last; rule++) this.#reached[rule] += samples;
      for (const rule of changedBy) this.#changed[rule] += samples;
      if (droppedBy >= 0) this.#dropped[droppedBy] += samples;
    }
    this.#outcomes = [];
    this.#signatures.clear();
  }

  #isRepeated(bytes: Uint8Array, at: number): boolean {
    const { labels } = this.#spans;
    for (let other = 0; other < at; other += 4) {
      const length = labels[at + 1] - labels[at];
      if (labels[other + 1] - labels[other] !== length) continue;
      let i = 0;
      while (i < length && bytes[labels[other] + i] === bytes[labels[at] + i]) i++;
      if (i === length) return true;
    }
    return false;
  }

  /** Whether the value of the label number `index` is part of the signature. */
  #isReadAt(bytes: Uint8Array, index: number, type: FamilyType | undefined): boolean {
    const start = this.#spans.labels[index * 4];
    const end = this.#spans.labels[index * 4 + 1];
    let known = this.#layout[index];
    // Mostly a label stands where it stood in the last line.
    if (known === undefined || !equalBytes(bytes, start, end, known.raw)) {
      const name = decodeQuoted(bytes, start, end);
      known = { raw: bytes.slice(start, end), name, isRead: this.#reads.has(name) };
      if (index < MAX_LAYOUT) this.#layout[index] = known;
    }
    return known.isRead || isBoundLabel(known.name, type);
  }

  #typeOf(bytes: Uint8Array): FamilyType | undefined {
    const { nameStart, nameEnd } = this.#spans;
    const names = this.#names;
    if (this.#generation !== this.#families.generation) {
      this.#generation = this.#families.generation;
      names.clear();
    }
    const known = names.find(bytes, nameStart, nameEnd);
    if (known >= 0) return this.#types[known];
    const type = this.#families.ofSample(decodeQuoted(bytes, nameStart, nameEnd))?.type;
    if (!names.hasRoom(nameEnd - nameStart)) names.clear();
    this.#types[names.add(bytes, nameStart, nameEnd)] = type;
    return type;
  }
}

/** Labels of one line whose places are remembered; real ones have 30 at most. */
const MAX_LAYOUT = 1024;
