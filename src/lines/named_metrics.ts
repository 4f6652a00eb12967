import { MAX_METRIC_LINES_BYTES } from "../bounds.ts";
import type { FamilyFate, MetricWalker, NamedFamily } from "../exposition/metric_walker.ts";
import { isPlainName } from "../exposition/protobuf/escaped_text.ts";
import { decodePlain } from "../exposition/text.ts";
import type { Engine } from "../engine/engine.ts";
import * as layout from "../engine/layout.ts";
import type { NameFate } from "../engine/planner.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** What a line may have beside three times its metric: a bound, a time, and what stands between parts. */
const LINE_BYTES = 512;

/** Prometheus's MetricType from which on families have parts: summaries, and histograms of two kinds. */
const SUMMARY = 2;
const UNTYPED = 3;

interface Fate extends FamilyFate {
  /** Native histograms go the same way. */
  readonly takesNative: boolean;
  readonly own: NameFate | undefined;
  readonly bucket: NameFate | undefined;
  readonly sum: NameFate | undefined;
  readonly count: NameFate | undefined;
  /** What was counted and is not in the figures. */
  readonly counted: { own: number; buckets: number; sums: number; lines: number };
  isCounted: boolean;
}

/** Metrics of one scrape whose fate rests on their names, by the kernel's walk. */
export class NamedMetrics implements MetricWalker {
  readonly #engine: Engine;
  readonly #stats: ScrapeStats;
  readonly #maxLineBytes: number;
  readonly #counted: Fate[] = [];
  #own = 0;
  #buckets = 0;
  #sums = 0;
  /** What lies in the kernel's input, and where it begins and ends in those bytes. */
  #bytes: Uint8Array | undefined;
  #from = 0;
  #to = 0;

  constructor(engine: Engine, maxLineBytes: number, stats: ScrapeStats) {
    this.#engine = engine;
    this.#maxLineBytes = maxLineBytes;
    this.#stats = stats;
  }

  fateOf(family: NamedFamily): FamilyFate | undefined {
    const { planner } = this.#engine;
    const version = planner.currentVersion;
    const { judged } = family;
    if (judged.by === planner && judged.version === version) return judged.fate;
    const fate = this.#judge(family);
    family.judged = { by: planner, version, fate };
    return fate;
  }

  #judge({ name, type }: NamedFamily): Fate | undefined {
    // Some that need quotes are no names of lines.
    if (!isPlainName(name, 0, name.length)) return undefined;
    const text = decodePlain(name, 0, name.length);
    const hasParts = type === SUMMARY || type > UNTYPED;
    const of = (wanted: boolean, suffix: string) => {
      if (!wanted) return undefined;
      const full = text + suffix;
      return this.#engine.isForeign(full) ? NO_FATE : this.#engine.planner.fateOf(full) ?? NO_FATE;
    };
    const own = of(true, "");
    const bucket = of(type > UNTYPED, "_bucket");
    const sum = of(hasParts, "_sum");
    const count = of(hasParts, "_count");
    if (sum === NO_FATE || (own === NO_FATE && bucket === undefined)) return undefined;
    const isKept = ((sum ?? own) as NameFate).outcome === "keep";
    const isOther = (part: typeof own) =>
      part !== undefined && (part === NO_FATE || (part.outcome === "keep") !== isKept);
    if (isOther(bucket) || isOther(sum) || isOther(count)) return undefined;
    // A histogram has a sample of the very name where it is native.
    const takesNative = !isOther(own);
    if (!takesNative && bucket === undefined) return undefined;
    return {
      isKept,
      takesNative,
      own: own as NameFate | undefined,
      bucket: bucket as NameFate | undefined,
      sum: sum as NameFate | undefined,
      count: count as NameFate | undefined,
      counted: { own: 0, buckets: 0, sums: 0, lines: 0 },
      isCounted: false,
    };
  }

  walk(
    bytes: Uint8Array,
    start: number,
    end: number,
    { name, type, judged }: NamedFamily,
    most = 0x7fffffff,
  ): number {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const input = exports.input.value >>> 0;
    const mostBytes = Math.floor((this.#maxLineBytes - LINE_BYTES) / 3) - name.length;
    if (mostBytes <= 0) return start;
    const { takesNative } = judged.fate as Fate;
    let at = start;
    while (at < end) {
      if (bytes !== this.#bytes || at < this.#from || end > this.#to) this.#load(bytes, at);
      const offset = input - this.#from;
      const walked = exports.walkMetrics(
        offset + at,
        offset + Math.min(end, this.#to),
        type,
        most,
        mostBytes,
        MAX_METRIC_LINES_BYTES,
        name.length,
        Number(takesNative),
      ) - offset - at;
      this.#own += exports.walkedOwn.value;
      this.#buckets += exports.walkedBuckets.value;
      this.#sums += exports.walkedSums.value;
      at += walked;
      const isThroughWindow = exports.walkStatus.value === layout.WALKED ||
        exports.walkStatus.value === layout.WALK_CUT;
      if (!isThroughWindow || walked === 0 || most !== 0x7fffffff) break;
    }
    return at;
  }

  begin(): void {
    this.#bytes = undefined;
    this.forget();
  }

  #load(bytes: Uint8Array, from: number): void {
    const { kernel } = this.#engine;
    const to = Math.min(bytes.length, from + layout.FIRST_INPUT_BYTES);
    kernel.bytes.set(bytes.subarray(from, to), kernel.exports.input.value >>> 0);
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  count(fate: FamilyFate, metadataLines: number): number {
    const samples = this.#own + this.#buckets + 2 * this.#sums;
    const known = fate as Fate;
    const { counted } = known;
    counted.own += this.#own;
    counted.buckets += this.#buckets;
    counted.sums += this.#sums;
    counted.lines += metadataLines;
    if (!known.isCounted) this.#counted.push(known);
    known.isCounted = true;
    this.forget();
    return samples;
  }

  forget(): void {
    this.#own = this.#buckets = this.#sums = 0;
  }

  /** Adds what was counted to the figures of the scrape, and to those of policies. */
  settle(): void {
    const stats = this.#stats;
    // Lines are about to lie in the kernel's input.
    this.#bytes = undefined;
    for (const fate of this.#counted) {
      const { counted } = fate;
      this.#add(fate.own, counted.own);
      this.#add(fate.bucket, counted.buckets);
      this.#add(fate.sum, counted.sums);
      this.#add(fate.count, counted.sums);
      stats.inputLines += counted.lines;
      if (fate.isKept) stats.outputLines += counted.lines;
      counted.own =
        counted.buckets =
        counted.sums =
        counted.lines =
          0;
      fate.isCounted = false;
    }
    this.#counted.length = 0;
  }

  #add(fate: NameFate | undefined, samples: number): void {
    if (fate === undefined || samples === 0) return;
    const stats = this.#stats;
    stats.inputLines += samples;
    stats.inputSamples += samples;
    if (fate.decision !== undefined) fate.decision.samples += samples;
    if (fate.hits !== undefined) stats.ruleHits.add(fate.hits, samples);
    if (fate.outcome === "policy") stats.droppedByPolicy += samples;
    else if (fate.outcome === "rule") stats.droppedByRules += samples;
    else {
      stats.outputLines += samples;
      stats.outputSamples += samples;
    }
  }
}

/** More than the name decides. */
const NO_FATE = "none";
