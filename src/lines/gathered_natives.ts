import { NativeSum } from "../aggregate/native_sum.ts";
import { MAX_NATIVE_EXEMPLARS, MAX_NATIVE_SUM_BYTES } from "../bounds.ts";
import type { Engine } from "../engine/engine.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import { type Exemplar, newestExemplars, readExemplars } from "../exposition/exemplars.ts";
import {
  type NativeHistogram,
  readNativeHistogram,
  writeNativeHistogram,
} from "../exposition/native_histogram.ts";
import { decodePlain } from "../exposition/text.ts";
import { noMemory } from "./line_reader.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** What native histograms have come to that are one series now. */
interface Sum {
  /** Undefined as long as what came was none. */
  total: NativeSum | undefined;
  exemplars: Exemplar[];
  bytes: number;
}

/**
 * What the kernel leaves to TypeScript of native histograms that are being gathered: one that is alone in
 * its series is a text there, like other values; those that collide are added here, whatever the
 * function, unless that is `drop`.
 */
export class GatheredNatives {
  readonly #engine: Engine;
  readonly #stats: ScrapeStats;
  /** By the kernel's series. */
  readonly #sums = new Map<number, Sum>();
  #bytes = 0;

  constructor(engine: Engine, stats: ScrapeStats) {
    this.#engine = engine;
    this.#stats = stats;
  }

  /**
   * Adds a native histogram, whose line ends at `end`, to those of the series that the kernel took it
   * into. Throws an AggregationError where the sums take too much memory.
   */
  add({ bytes, spans }: SampleLine, end: number): void {
    const series = this.#engine.kernel.exports.lastSeries() >>> 0;
    let sum = this.#sums.get(series);
    if (sum === undefined) this.#sums.set(series, sum = this.#first(series));
    const { native, exemplarStart } = spans;
    const isAdded = addTo(sum, native!);
    if (isAdded) this.#stats.mergedSamples++;
    else this.#stats.droppedUnmergeable++;
    if (isAdded && exemplarStart >= 0) {
      const exemplars = readExemplars(decodePlain(bytes, exemplarStart, end));
      sum.exemplars = newestExemplars([...sum.exemplars, ...exemplars], MAX_NATIVE_EXEMPLARS);
    }
    this.#bytes -= sum.bytes;
    sum.bytes = bytesOf(sum);
    this.#bytes += sum.bytes;
    if (this.#bytes > MAX_NATIVE_SUM_BYTES) throw noMemory();
  }

  /** The series' first histogram, whose text the kernel has. */
  #first(series: number): Sum {
    const { bytes, exports } = this.#engine.kernel;
    const text = exports.textOf(series) >>> 0;
    // The kernel takes one of a line that it knows without a look into it.
    const first = readNativeHistogram(bytes, text, text + exports.textLengthOf(series));
    const length = exports.exemplarsLengthOf(series);
    const at = length === 0 ? 0 : exports.exemplarsOf(series) >>> 0;
    const exemplars = readExemplars(decodePlain(bytes, at, at + length));
    return {
      total: first && new NativeSum(first),
      exemplars: newestExemplars(exemplars, MAX_NATIVE_EXEMPLARS),
      bytes: 0,
    };
  }

  /** Gives the kernel what it is to write of the sums: the next ones begin anew. */
  give(): void {
    const { kernel } = this.#engine;
    for (const [series, { total, exemplars }] of this.#sums) {
      if (total === undefined) continue;
      const text = encoder.encode(writeNativeHistogram(total.result));
      const behind = encoder.encode(exemplars.map((exemplar) => exemplar.text).join(" "));
      const at = kernel.put(0, text);
      const behindAt = kernel.put(1, behind);
      const isSet = kernel.exports.setNative(series, at, text.length, behindAt, behind.length);
      if (isSet === 0) throw noMemory();
    }
    this.#sums.clear();
    this.#bytes = 0;
  }
}

/** False: one of both is left out, the new one or, where that was none, what came before. */
function addTo(sum: Sum, histogram: NativeHistogram): boolean {
  if (sum.total !== undefined) return sum.total.add(histogram);
  sum.total = new NativeSum(histogram);
  return false;
}

function bytesOf({ total, exemplars }: Sum): number {
  return exemplars.reduce(
    (sum, { text }) => sum + text.length,
    SUM_BYTES + BUCKET_BYTES * (total?.buckets ?? 0),
  );
}

/** About what one takes in memory without its buckets, and what each of these does. */
const SUM_BYTES = 512;
const BUCKET_BYTES = 16;

const encoder = new TextEncoder();
