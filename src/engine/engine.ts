import { MAX_FORGOTTEN_FAMILIES, MAX_OPEN_HISTOGRAM_BYTES, MAX_ORIGINS } from "../bounds.ts";
import { memoryBounds } from "../memory_bounds.ts";
import { FUNCTION_NUMBERS, type HistogramPart } from "../aggregate/aggregate_function.ts";
import type { EditPlan, OutputFamilyName } from "../aggregate/edit_plan.ts";
import { NEWLINE, QUOTE } from "../exposition/bytes.ts";
import { FAMILY_TYPES, strippedFamily, suffixedTypes } from "../exposition/family_type.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import { type MetadataKind, readMetadataLine } from "../exposition/metadata_line.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";
import type { TargetLabels } from "../aggregate/target_labels.ts";
import type { RuleHitCounts, RuleHits } from "../relabel/rule_hits.ts";
import type { Decision } from "../policy/policy_set.ts";
import { hasCanonicalValues, piecesOf, stepsOf, valuesOf } from "./edit_steps.ts";
import { FamilyNames, TWIN } from "./family_names.ts";
import type { Kernel } from "./kernel.ts";
import * as layout from "./layout.ts";
import { putOrigin } from "./origin.ts";
import type { Outcome, Planned, Planner } from "./planner.ts";
import { boundLabel, type SampleFamily, type SampleLine } from "./sample_line.ts";

/** Lines are learnt so often before it counts whether that was of use. */
const FREE_LESSONS = 64;
/** So many lines have to be taken by the kernel for each signature that is learnt. */
const WORTHWHILE = 4;
/** Of one plan. */
const MAX_STEPS = 256;

/** Numbers of the kinds of plans, by outcome. */
const KINDS: Readonly<Record<Exclude<Outcome, EditPlan | "failed">, number>> = {
  keep: layout.KEEP,
  policy: layout.DROP_BY_POLICY,
  rule: layout.DROP_BY_RULES,
  no_name: layout.DROP_AS_INVALID,
  bad_name: layout.DROP_AS_INVALID,
  duplicate_label: layout.DROP_AS_INVALID,
};

const PARTS: Readonly<Record<HistogramPart, number>> = {
  bucket: layout.BUCKET,
  sum: layout.SUM,
  count: layout.COUNT,
  // Added as a whole: no union of buckets.
  native: 0,
};

const FORMATS: Readonly<Record<LineFormat, number>> = {
  text: layout.TEXT,
  openmetrics: layout.OPEN_METRICS,
  lifted: layout.LIFTED,
};

const KIND_BITS: Readonly<Record<MetadataKind, number>> = {
  HELP: layout.HELP,
  TYPE: layout.TYPE,
  UNIT: layout.UNIT,
};

/** Whether a blank or brace stands before the value: else other names begin with the same bytes. */
function isDivided({ bytes, spans: { valueStart, nameEnd } }: SampleLine): boolean {
  return valueStart > nameEnd || bytes[nameEnd] === QUOTE;
}

/** What the lines of a tally are counted for. */
interface Tallied {
  readonly decision: Decision | undefined;
  readonly hits: RuleHits | undefined;
}

/** A sample's name. */
export interface Name {
  readonly at: number;
  /** Unescaped. */
  readonly text: string;
  /** Of a name that is not remembered: the family that its samples belong to now. */
  readonly family?: number;
}

/**
 * One kernel and what it has learnt of lines: metadata lines, names, shapes, signatures and plans. It
 * keeps that from scrape to scrape, within a bound; then it forgets all of it.
 *
 * A line is a row of values, one for each label that has one, between pieces of text. Another line
 * with the same pieces, and with values whose escapes are valid, is read by `scanSample` just alike,
 * however it is spelt: so the kernel needs no grammar of labels of its own.
 */
export class Engine {
  readonly kernel: Kernel;
  readonly planner: Planner;
  /** Names whose lines TypeScript always takes. */
  readonly foreignNames: ReadonlySet<string>;
  /** What the numbers of series belong to that the kernel remembers for a table of TypeScript's. */
  remembered: object | undefined;
  /** What may be known of families, in bytes. */
  mostKnownBytes: number = memoryBounds.knownBytes;
  readonly #families = new FamilyNames();
  readonly #tallies = new Map<number, Tallied>();
  /** The tallies in force, by what they count for. */
  readonly #tallyOf = new Map<Decision | undefined, Map<RuleHits | undefined, number>>();
  readonly #literals = new LineBuffer();
  /** Formats and names of targets' labels, as many as there are upstreams configured. */
  readonly #layouts: string[] = [];
  /** The remembered name that was looked up last: lines of one name stand together. */
  #lastName: Name | undefined;
  /** By outcome and tally. */
  readonly #simplePlans = new Map<string, number>();
  #version = 0;
  /** What was known of families when the exposition began that was read last. */
  #knownBefore = 0;
  /** The most that one exposition has added to it since all were forgotten, but for the first one. */
  #newBytes = 0;
  #isFirst = true;

  constructor(
    kernel: Kernel,
    planner: Planner,
    foreignNames: ReadonlySet<string> = new Set(),
  ) {
    this.kernel = kernel;
    this.planner = planner;
    this.foreignNames = foreignNames;
    kernel.exports.setBounds(MAX_ORIGINS, MAX_FORGOTTEN_FAMILIES);
    kernel.exports.setReadsMetadata(Number(planner.readsMetadata));
    kernel.exports.setMostOpen(MAX_OPEN_HISTOGRAM_BYTES);
    kernel.exports.setKeepsLines(Number(planner.aggregation === undefined));
    for (const [format, number] of Object.entries(FORMATS)) {
      kernel.exports.setSuffixedTypes(number, suffixedTypes(format as LineFormat));
    }
    this.#version = planner.version;
  }

  /** All of its memory, in bytes. */
  get bytes(): number {
    return this.kernel.exports.memory.buffer.byteLength;
  }

  /** True when what was learnt of samples holds no longer, or is too much. */
  get isStale(): boolean {
    return this.#version !== this.planner.version ||
      this.kernel.exports.learntBytes() > memoryBounds.learntBytes;
  }

  /** Forgets what was learnt of samples: names, shapes, signatures and plans. All has to be tallied. */
  forget(): void {
    this.kernel.exports.clearLearnt();
    this.#lastName = undefined;
    this.#tallies.clear();
    this.#tallyOf.clear();
    this.#simplePlans.clear();
    this.#version = this.planner.version;
  }

  /** True when more is known of families than should be. */
  get isFull(): boolean {
    return this.#knownBytes > this.mostKnownBytes;
  }

  get #knownBytes(): number {
    return this.kernel.exports.knownBytes() + this.#families.bytes;
  }

  /**
   * Forgets all families, too. Nothing may be gathered, and no other exposition under way. False when
   * that one has written more than can be known again; then some is forgotten only.
   */
  forgetFamilies(isMidst = false): boolean {
    this.forget();
    if (this.kernel.exports.forgetFamilies(Number(isMidst)) === 0) return false;
    this.#families.clear();
    return true;
  }

  /**
   * The same in the midst of an exposition: what it has said of the family at hand is learnt again,
   * so that its samples go on as they began.
   */
  forgetOtherFamilies(reader: number): boolean {
    const { exports } = this.kernel;
    const family = exports.currentFamily();
    const name = this.familyName(family);
    const written = family === 0 ? 0 : exports.writtenOf(family);
    const lines = family === 0 ? [] : this.#linesOf(family);
    if (!this.forgetFamilies(true)) return false;
    exports.clearReader(reader);
    for (const line of lines) {
      exports.takeLearnt(this.metadataAt(this.kernel.put(1, line), line.length), 0);
    }
    if (family !== 0) exports.setWrittenOf(this.familyNumber(name), written);
    return true;
  }

  /**
   * Begins an exposition, to whose samples the target adds its labels. Returns what the kernel knows it
   * by. Throws when there is no memory.
   */
  newReader(ofTarget: TargetLabels, format: LineFormat): number {
    const { exports } = this.kernel;
    if (exports.readers.value === 0) {
      if (this.#isCramped()) this.forgetFamilies();
      else if (this.isStale) this.forget();
      this.#knownBefore = this.#knownBytes;
    }
    let length = 0;
    for (const value of ofTarget.values) length += 4 + value.length;
    // What is a sample depends on the format.
    const number = this.#layoutNumber(`${format} ${ofTarget.layout}`);
    const reader = exports.newReader(length, number, FORMATS[format]) >>> 0;
    if (reader === 0) throw new RangeError("no memory for an exposition");
    if (length > 0) this.#putTargetValues(exports.targetValuesOf(reader) >>> 0, ofTarget);
    exports.useReader(reader);
    return reader;
  }

  #putTargetValues(at: number, { values }: TargetLabels): void {
    const { bytes } = this.kernel;
    const view = new DataView(bytes.buffer);
    for (const value of values) {
      view.setUint32(at, value.length, true);
      bytes.set(value, at + 4);
      at += 4 + value.length;
    }
  }

  /**
   * True when there is no room for as many new families as an exposition brought since all were forgotten:
   * one that is under way may not be able to forget.
   */
  #isCramped(): boolean {
    const known = this.#knownBytes;
    // What the first one brings is most of what is known, and most of it comes again.
    if (!this.#isFirst) this.#newBytes = Math.max(this.#newBytes, known - this.#knownBefore);
    this.#isFirst = known + this.#newBytes > this.mostKnownBytes;
    if (this.#isFirst) this.#newBytes = 0;
    return this.#isFirst;
  }

  #layoutNumber(layout: string): number {
    let number = this.#layouts.indexOf(layout);
    if (number < 0) number = this.#layouts.push(layout) - 1;
    return number;
  }

  /** Adds the lines that the kernel took to the policies and rules that decided them. */
  tally(ruleHits: RuleHitCounts): void {
    const { exports } = this.kernel;
    for (let at = exports.nextTouched() >>> 0; at !== 0; at = exports.nextTouched() >>> 0) {
      const { decision, hits } = this.#tallies.get(at)!;
      const lines = exports.touchedLines.value;
      if (decision !== undefined) decision.samples += lines;
      if (hits !== undefined) ruleHits.add(hits, lines);
    }
  }

  /** What counts lines for these; 0: nothing. Undefined: no memory. */
  #tallyFor(decided: Decision | undefined, hits: RuleHits | undefined): number | undefined {
    const decision = decided !== undefined && decided.hits.length > 0 ? decided : undefined;
    if (decision === undefined && hits === undefined) return 0;
    let ofDecision = this.#tallyOf.get(decision);
    if (ofDecision === undefined) this.#tallyOf.set(decision, ofDecision = new Map());
    let at = ofDecision.get(hits);
    if (at === undefined) {
      at = this.kernel.exports.addTally() >>> 0;
      if (at === 0) return undefined;
      ofDecision.set(hits, at);
      this.#tallies.set(at, { decision, hits });
    }
    return at;
  }

  /**
   * The metadata line at `at`, its newline included, which is learnt if it is new; 0 when it is a
   * comment of another kind, or blank.
   */
  metadataAt(at: number, length: number): number {
    const { bytes, exports } = this.kernel;
    bytes[at + length - 1] = NEWLINE;
    const known = exports.findLine(at, length) >>> 0;
    if (known !== 0 && exports.needsTwin(known) === 0) return known;
    const line = readMetadataLine(bytes, at, at + length - 1);
    if (line === undefined) return 0;
    const type = line.kind === "TYPE"
      ? FAMILY_TYPES.indexOf(decodePlain(bytes, line.textStart, line.textEnd) as never) +
        1
      : 0;
    const family = this.familyNumber(line.family);
    const added = known || exports.addLine(at, length, KIND_BITS[line.kind], family, type) >>> 0;
    if (added !== 0 && exports.needsTwin(added) !== 0) {
      exports.setTwin(added, this.familyNumber(line.family, TWIN + FAMILY_TYPES[type - 1]));
    }
    return added;
  }

  /** `twin`: what tells a second family of the same name from the first one. */
  familyNumber(name: string, twin = ""): number {
    const known = this.#families.find(name, twin);
    if (known !== 0) return known;
    // Both sides count alike.
    this.kernel.exports.newFamily();
    return this.#families.add(name, twin);
  }

  /** The family of the output that has the input family's own name. */
  outOfFamily(number: number): number {
    return this.#families.outOf(number) || this.#addOut(number);
  }

  familyName(number: number): string {
    return this.#families.name(number);
  }

  /**
   * The name that the line at `line` begins with. `text` gives it unescaped, should it be new.
   * Undefined where the line begins with none that can be remembered.
   */
  nameAt(line: number, text: (length: number) => string): Name | undefined {
    const { exports } = this.kernel;
    const length = exports.tokenLength(line);
    if (length === 0) return undefined;
    const known = exports.findName(line, length) >>> 0;
    if (known !== 0 && known === this.#lastName?.at) return this.#lastName;
    const name = text(length);
    if (known !== 0) return this.#lastName = { at: known, text: name };
    const stripped = strippedFamily(name);
    const at = exports.addName(
      line,
      length,
      this.familyNumber(name),
      stripped === undefined ? 0 : this.familyNumber(stripped.name),
      suffixTypes(stripped),
    ) >>> 0;
    return at === 0 ? this.unlearntName(name) : this.#lastName = { at, text: name };
  }

  /** A name that cannot be remembered: its families may have metadata all the same. */
  unlearntName(text: string): Name {
    const stripped = strippedFamily(text);
    const exact = this.#families.find(text);
    const other = stripped === undefined ? 0 : this.#families.find(stripped.name);
    const { exports } = this.kernel;
    return { at: 0, text, family: exports.resolveFamily(exact, other, suffixTypes(stripped)) };
  }

  /** A sample of the name was kept; nothing has been said of its family. */
  noteKept(name: string): void {
    const { exports } = this.kernel;
    exports.noteKept(this.familyNumber(name));
    const stripped = strippedFamily(name);
    if (stripped !== undefined) exports.noteKept(this.familyNumber(stripped.name));
  }

  /** Names whose lines TypeScript always takes. */
  isForeign(name: string): boolean {
    return this.planner.isResource(name) || this.foreignNames.has(name);
  }

  /** The number of the family that samples of the name belong to now; 0: no metadata spoke of one. */
  familyOf(name: Name): number {
    return name.family ?? this.kernel.exports.familyOfName(name.at);
  }

  /** What the exposition has said of a family so far; undefined for number 0. */
  sampleFamily(number: number): SampleFamily | undefined {
    if (number === 0) return undefined;
    const { exports } = this.kernel;
    const readsText = this.planner.readsMetadata;
    return {
      name: this.#families.name(number),
      twin: this.#families.twin(number),
      type: FAMILY_TYPES[exports.typeOf(number) - 1],
      help: readsText ? this.#textOf(exports.helpOf(number)) : undefined,
      unit: readsText ? this.#textOf(exports.unitOf(number)) : undefined,
    };
  }

  /** Copies of the family's metadata lines that are not written, newline included. */
  heldLines(family: number): Uint8Array<ArrayBuffer>[] {
    return this.#linesOf(family, this.kernel.exports.writtenOf(family));
  }

  /** Those from number `from` on. */
  #linesOf(family: number, from = 0): Uint8Array<ArrayBuffer>[] {
    const { bytes, exports } = this.kernel;
    const lines: Uint8Array<ArrayBuffer>[] = [];
    for (let index = from; index < 3; index++) {
      const line = exports.metadataOf(family, index) >>> 0;
      if (line === 0) break;
      const at = exports.textOfLine(line) >>> 0;
      lines.push(bytes.slice(at, at + exports.lengthOfLine(line)));
    }
    return lines;
  }

  /** The text of a metadata line, unescaped. */
  #textOf(line: number): string | undefined {
    if (line === 0) return undefined;
    const { bytes, exports } = this.kernel;
    const at = exports.textOfLine(line) >>> 0;
    const read = readMetadataLine(bytes, at, at + exports.lengthOfLine(line) - 1)!;
    return decodeQuoted(bytes, read.textStart, read.textEnd);
  }

  /** The family of the output with this name. */
  outOf({ name, twin }: Pick<OutputFamilyName, "name" | "twin">): number {
    return this.outOfFamily(this.familyNumber(name, twin));
  }

  #addOut(own: number): number {
    const bytes = this.#families.key(own);
    const at = this.kernel.put(1, bytes);
    const out = this.kernel.exports.addOut(own, at, bytes.length) >>> 0;
    this.#families.setOut(own, out);
    return out;
  }

  outName(out: number): string {
    return this.#families.name(this.kernel.exports.ownOf(out));
  }

  /** What the line's series is in its histogram, as layout.ts has it; 0: nothing, or it counts not. */
  partOf({ part, sampleName, family }: EditPlan, line: SampleLine): number {
    if (part === undefined || !this.planner.aggregation!.mayCollide) return 0;
    // Without a bound of its own a line is not one of a histogram's buckets.
    if (part === "bucket" && boundLabel(line) < 0) return 0;
    return PARTS[part] | (sampleName.length - family.name.length) << layout.SUFFIX_SHIFT;
  }

  /** Tells the kernel of the part of a histogram that it is to take, whose line lies at `at` there. */
  setLine(line: SampleLine, at: number): void {
    const { exports } = this.kernel;
    const { labels } = line.spans;
    const bound = boundLabel(line);
    const offset = at - line.start;
    exports.setLine(at, offset + line.spans.nameStart, histogramNameLength(line));
    for (const label of valuesOf(line.spans)) {
      if (label === bound) continue;
      const length = labels[label + 1] - labels[label];
      const valueLength = labels[label + 3] - labels[label + 2];
      exports.addLabel(offset + labels[label], length, offset + labels[label + 2], valueLength);
    }
  }

  /**
   * The shape of the line at `at` if lines like it should be learnt, 0 when the shape is to be learnt,
   * too; -1 where learning would be of no use: such lines go through TypeScript.
   */
  shapeToLearn(line: SampleLine, name: Name, at: number): number {
    const isForeign = name.at === 0 || this.isForeign(name.text) || !isDivided(line) ||
      (this.remembered !== undefined &&
        (line.spans.exemplarStart >= 0 || line.spans.isComposite));
    if (isForeign || !hasCanonicalValues(line)) return -1;
    const { exports } = this.kernel;
    const shape = exports.matchLine(at) >>> 0;
    if (shape === 0) return 0;
    // What kept the kernel from taking it lies elsewhere: the series is new to a gateway, or a limit.
    if (exports.hasSignature(shape, at) !== 0) return -1;
    const lessons = exports.lessonsOf(shape);
    const isUseless = lessons >= FREE_LESSONS && exports.takenOf(shape) < lessons * WORTHWHILE;
    return isUseless ? -1 : shape;
  }

  /**
   * Lets the kernel take lines like the one that lies at `at` in its memory; `shape` is what
   * `shapeToLearn` gave. False where that cannot be.
   */
  learn(line: SampleLine, name: Name, at: number, shape: number, planned: Planned): boolean {
    const { outcome, reads, decision, hits } = planned;
    if (reads === undefined || outcome === "failed") return false;
    const { exports } = this.kernel;
    const values = valuesOf(line.spans);
    if (shape === 0) {
      shape = this.#addShape(line, name, at, values, reads);
      // Its spans are set by finding it.
      if (shape === 0 || exports.matchLine(at) >>> 0 !== shape) return false;
    }
    const tally = this.#tallyFor(decision, hits);
    if (tally === undefined) return false;
    const plan = this.#planOf(outcome, line, at, values, reads, tally);
    return plan !== 0 && exports.addSignature(shape, plan, at) !== 0;
  }

  #addShape(
    line: SampleLine,
    name: Name,
    at: number,
    values: readonly number[],
    reads: readonly number[],
  ): number {
    const { exports } = this.kernel;
    const shape = exports.addShape(
      at,
      name.at,
      values.length,
      reads.length,
      Number(line.spans.isComposite),
    ) >>> 0;
    if (shape === 0) return 0;
    const pieces = piecesOf(line, values);
    for (const [index, [start, end]] of pieces.entries()) {
      if (exports.setPiece(shape, index, at + start, end - start) === 0) return 0;
    }
    exports.setBound(shape, values.indexOf(boundLabel(line)));
    const { nameStart } = line.spans;
    exports.setHistogram(shape, at + nameStart - line.start, histogramNameLength(line));
    for (const [index, label] of values.entries()) {
      const { labels } = line.spans;
      const name = at + labels[label] - line.start;
      exports.setName(shape, index, name, labels[label + 1] - labels[label]);
    }
    for (const [index, label] of reads.entries()) {
      exports.setRead(shape, index, values.indexOf(label));
    }
    return shape;
  }

  #planOf(
    outcome: Exclude<Outcome, "failed">,
    line: SampleLine,
    at: number,
    values: readonly number[],
    reads: readonly number[],
    tally: number,
  ): number {
    const { exports } = this.kernel;
    if (typeof outcome === "string") {
      const key = `${outcome} ${tally}`;
      const known = this.#simplePlans.get(key);
      if (known !== undefined) return known;
      const plan = exports.addPlan(KINDS[outcome], 0, 0, 0, 0, 0, 0, tally, 0) >>> 0;
      if (plan !== 0) this.#simplePlans.set(key, plan);
      return plan;
    }
    const literals = this.#literals;
    const steps = stepsOf(line, outcome, values, reads, literals);
    if (steps.length > MAX_STEPS) return 0;
    const out = this.outOf(outcome.family);
    const fn = FUNCTION_NUMBERS[outcome.fn];
    const hidden = putOrigin(this.kernel, line, at, outcome, false, reads);
    const plan = out === 0 ? 0 : exports.addPlan(
      layout.GATHER,
      fn,
      Number(outcome.isGaugeSum),
      this.partOf(outcome, line),
      out,
      Number(outcome.family.hasMetadata),
      steps.length,
      tally,
      hidden.length,
    ) >>> 0;
    const place = plan === 0 ? 0 : exports.allocateLearnt(literals.length) >>> 0;
    if (place === 0) return 0;
    const { bytes } = this.kernel;
    for (let i = 0; i < literals.length; i++) bytes[place + i] = literals.bytes[i];
    for (const [index, { start, end, from, to }] of steps.entries()) {
      exports.setStep(plan, index, place + start, end - start, from, to);
    }
    exports.setOrigin(plan);
    for (const [index, label] of hidden.entries()) {
      const { labels } = line.spans;
      const name = at + labels[label] - line.start;
      const length = labels[label + 1] - labels[label];
      exports.setHidden(plan, index, values.indexOf(label), name, length);
    }
    return plan;
  }
}

/** The types that a name's suffix speaks for, as the kernel has them. */
function suffixTypes(stripped: ReturnType<typeof strippedFamily>): number {
  return stripped === undefined ? 0 : stripped.types | stripped.liftedTypes << layout.LIFTED_TYPES;
}

/** Bytes of the name of the histogram that the line may be of. */
function histogramNameLength({ name, spans: { nameStart, nameEnd } }: SampleLine): number {
  const suffix = HISTOGRAM_SUFFIXES.find((suffix) => name.endsWith(suffix)) ?? "";
  return nameEnd - nameStart - suffix.length;
}

const HISTOGRAM_SUFFIXES = ["_bucket", "_count", "_gcount"];
