import { decodePlain } from "../exposition/text.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { formatValue } from "../exposition/format_value.ts";
import { hashKey } from "../exposition/hash_key.ts";
import { parseNumber } from "../exposition/number_text.ts";
import { KERNEL_BASE64 } from "./kernel_bytes.ts";
import { COUNTER_COUNT, COUNTERS } from "./layout.ts";

/** What `assembly/kernel.ts` exports; pointers and numbers are unsigned there. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly input: WebAssembly.Global<"i32">;
  readonly inputBytes: WebAssembly.Global<"i32">;
  readonly status: WebAssembly.Global<"i32">;
  readonly output: WebAssembly.Global<"i32">;
  readonly used: WebAssembly.Global<"i32">;
  readonly rangeStart: WebAssembly.Global<"i32">;
  readonly rangeEnd: WebAssembly.Global<"i32">;
  readonly written: WebAssembly.Global<"f64">;
  readonly seriesBefore: WebAssembly.Global<"i32">;
  readonly seriesNow: WebAssembly.Global<"i32">;
  readonly returned: WebAssembly.Global<"i32">;
  readonly renderedOut: WebAssembly.Global<"i32">;
  readonly touchedLines: WebAssembly.Global<"i32">;
  readonly readers: WebAssembly.Global<"i32">;
  readonly hasEof: WebAssembly.Global<"i32">;
  readonly increment: WebAssembly.Global<"f64">;
  readonly begins: WebAssembly.Global<"i32">;
  readonly comesBack: WebAssembly.Global<"i32">;
  readonly repeats: WebAssembly.Global<"i32">;
  readonly hasUpper: WebAssembly.Global<"i32">;
  readonly upper: WebAssembly.Global<"i32">;

  setHashKey(
    lowFirst: number,
    highFirst: number,
    lowSecond: number,
    highSecond: number,
  ): void;
  longHashOf(at: number, length: number): bigint;
  hashOfPieces(line: number): number;

  newReader(targetValuesLength: number, layout: number, format: number): number;
  targetValuesOf(reader: number): number;
  useReader(reader: number): void;
  endReader(reader: number): void;
  growInput(length: number): number;
  scratch(number: number, length: number): number;
  beginBlock(length: number): void;
  take(from: number, length: number, maxLine: number): number;

  readonly walkStatus: WebAssembly.Global<"i32">;
  readonly walkedOwn: WebAssembly.Global<"i32">;
  readonly walkedBuckets: WebAssembly.Global<"i32">;
  readonly walkedSums: WebAssembly.Global<"i32">;
  walkMetrics(
    start: number,
    end: number,
    type: number,
    most: number,
    mostBytes: number,
    mostLineBytes: number,
    familyLength: number,
    native: number,
  ): number;

  setReadsMetadata(reads: number): void;
  clearLearnt(): void;
  learntBytes(): number;
  forgetFamilies(isMidst: number): number;
  knownBytes(): number;
  allocateLearnt(length: number): number;
  newFamily(): number;
  addLine(at: number, length: number, kind: number, family: number, type: number): number;
  setKeepsLines(keeps: number): void;
  isLateLine(line: number): number;
  noteLateWritten(line: number): void;
  noteKept(family: number): void;
  needsTwin(line: number): number;
  setTwin(line: number, family: number): void;
  setSuffixedTypes(format: number, types: number): void;
  takeLearnt(line: number, at: number): number;
  findName(at: number, length: number): number;
  tokenLength(line: number): number;
  addName(
    text: number,
    length: number,
    exact: number,
    stripped: number,
    strippedTypes: number,
  ): number;
  familyOfName(name: number): number;
  resolveFamily(exact: number, stripped: number, strippedTypes: number): number;
  currentFamily(): number;
  writtenOf(family: number): number;
  setWrittenOf(family: number, written: number): void;
  clearReader(reader: number): void;
  findLine(at: number, length: number): number;
  typeOf(family: number): number;
  helpOf(family: number): number;
  unitOf(family: number): number;
  matchLine(line: number): number;
  addShape(
    line: number,
    name: number,
    values: number,
    reads: number,
    isComposite: number,
  ): number;
  setPiece(shape: number, piece: number, text: number, length: number): number;
  setBound(shape: number, value: number): void;
  setRead(shape: number, read: number, value: number): void;
  addSignature(shape: number, plan: number, line: number): number;
  hasSignature(shape: number, line: number): number;
  lessonsOf(shape: number): number;
  takenOf(shape: number): number;
  addPlan(
    kind: number,
    fn: number,
    isGaugeSum: number,
    part: number,
    out: number,
    hasMetadata: number,
    steps: number,
    tally: number,
    hidden: number,
  ): number;
  setHidden(plan: number, index: number, value: number, name: number, length: number): void;
  setOrigin(plan: number): void;
  beginOrigin(name: number, length: number): void;
  addCopied(name: number, length: number): void;
  addChanged(name: number, length: number, value: number, valueLength: number): void;
  endUnchanged(): void;
  lastOrigin(): number;
  setStep(
    plan: number,
    index: number,
    text: number,
    length: number,
    from: number,
    to: number,
  ): void;
  addTally(): number;
  nextTouched(): number;
  addOut(own: number, name: number, length: number): number;
  ownOf(out: number): number;

  beginOutput(most: number): number;
  setWritten(bytes: number): void;
  setLimit(most: number): void;
  setNotesKept(notes: number): void;
  putHeld(family: number, length: number): number;
  passLines(at: number, end: number): number;
  closeRange(): void;
  drained(): void;
  passLine(line: number, next: number): number;
  keepLine(family: number, line: number, next: number): number;

  beginSeries(whole: number, mostBytes: number, mostSeries: number): void;
  setBounds(origins: number, families: number): void;
  setGuard(inFamily: number, inAll: number, longest: number): void;
  keyPlace(length: number): number;
  findKey(length: number): number;
  enter(out: number, hasMetadata: number, family: number): number;
  takeKey(
    length: number,
    fn: number,
    isGaugeSum: number,
    part: number,
    out: number,
    valueAt: number,
    end: number,
  ): number;
  hasCome(series: number): number;
  firstOf(out: number): number;
  seriesAfter(series: number): number;
  seriesIn(out: number): number;
  keyOf(series: number): number;
  keyLengthOf(series: number): number;
  lastSeries(): number;
  textOf(series: number): number;
  textLengthOf(series: number): number;
  exemplarsOf(series: number): number;
  exemplarsLengthOf(series: number): number;
  setNative(
    series: number,
    text: number,
    length: number,
    exemplars: number,
    exemplarsLength: number,
  ): number;
  nextSummed(out: number): number;
  currentOut(): number;

  setRecords(records: number): void;
  beginRecords(mostBytes: number): void;
  clearSeries(): void;
  remember(length: number, series: number, group: number): void;

  setMostOpen(bytes: number): void;
  setLine(at: number, name: number, length: number): void;
  setHistogram(shape: number, name: number, length: number): void;
  addLabel(name: number, length: number, value: number, valueLength: number): void;
  setName(shape: number, value: number, name: number, length: number): void;
  rise(scope: number, series: number, bound: number, value: number, mayRepeat: boolean): void;
  uncounted(scope: number, count: number): number;
  isLossy(reader: number): number;

  beginRender(): void;
  render(): number;
  endRender(): void;
  setTakesLate(takes: number): void;
  setHead(at: number, length: number, lines: number): void;
  isBegun(out: number): number;
  putVerbatim(at: number, length: number, isSample: number): number;
  releaseFamily(family: number): void;
  setTimestamp(at: number, length: number): void;
  sourceOf(out: number): number;
  markHead(out: number): void;
  markVerbatim(out: number): void;
  metadataOf(family: number, index: number): number;
  textOfLine(line: number): number;
  lengthOfLine(line: number): number;
}

/** What the kernel counts, in the order of its counters. */
const COUNTED = [
  "inputLines",
  "inputSamples",
  "outputLines",
  "outputSamples",
  "droppedByPolicy",
  "droppedByRules",
  "droppedAsInvalid",
  "mergedSamples",
  "droppedUnmergeable",
  "duplicateSamples",
  "leftOutBuckets",
] as const;

export type KernelCounts = { [name in (typeof COUNTED)[number]]: number };

/** One instance of the byte kernel, with memory of its own. */
export class Kernel {
  readonly exports: KernelExports;
  /** Told of an input family that comes into an output family in an unusual way. */
  onEnter: (out: number, family: number) => void = () => {};
  #bytes = new Uint8Array(0);
  #words = new Uint32Array(0);

  /** Throws where the runtime has no WebAssembly with SIMD, or no memory. */
  constructor(module: WebAssembly.Module) {
    const number = (at: number, length: number) =>
      parseNumber(decodePlain(this.bytes, at >>> 0, (at >>> 0) + length));
    const format = (value: number, at: number) =>
      encoder.encodeInto(formatValue(value), this.bytes.subarray(at >>> 0)).written;
    const enter = (out: number, family: number) => this.onEnter(out >>> 0, family);
    const instance = new WebAssembly.Instance(module, { weir: { number, format, enter } });
    this.exports = instance.exports as unknown as KernelExports;
    this.exports.setHashKey(hashKey[0], hashKey[1], hashKey[2], hashKey[3]);
  }

  /** The whole memory. Valid until the kernel runs again. */
  get bytes(): Uint8Array<ArrayBuffer> {
    // Memory that has grown leaves an empty view behind.
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.exports.memory.buffer as ArrayBuffer);
    }
    return this.#bytes;
  }

  /**
   * Room for `length` bytes, the same for each `number` (0 to 2) until it is asked for again. Throws
   * when there is none.
   */
  place(number: number, length: number): number {
    const at = this.exports.scratch(number, length) >>> 0;
    if (at === 0) throw new RangeError("no memory for a line");
    return at;
  }

  /** Puts bytes into `place(number)`; returns where they lie. Throws when there is no room. */
  put(number: number, bytes: Uint8Array): number {
    const at = this.place(number, bytes.length);
    this.bytes.set(bytes, at);
    return at;
  }

  /** Puts the key of a series where `findKey` and the like look for it; false: no memory. */
  putKey({ bytes, length }: LineBuffer): boolean {
    const at = this.exports.keyPlace(length) >>> 0;
    if (at !== 0) this.bytes.set(bytes.subarray(0, length), at);
    return at !== 0;
  }

  /** Adds what was counted since the last call to `to`. */
  takeCounts(to: KernelCounts): void {
    if (this.#words.length === 0) {
      this.#words = new Uint32Array(this.exports.memory.buffer as ArrayBuffer);
    }
    const words = this.#words;
    const first = COUNTERS / 4;
    for (let counter = 0; counter < COUNTER_COUNT; counter++) {
      const counted = words[first + counter];
      if (counted === 0) continue;
      to[COUNTED[counter]] += counted;
      words[first + counter] = 0;
    }
  }
}

/** Compiles the module. Throws where the runtime has no WebAssembly with SIMD. */
export function compileKernel(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.fromBase64(KERNEL_BASE64));
}

const encoder = new TextEncoder();
