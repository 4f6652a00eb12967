import { equalBytes, QUOTE } from "../exposition/bytes.ts";
import { readNativeHistogram } from "../exposition/native_histogram.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { ByteHash } from "../exposition/byte_hash.ts";
import { TextMap, TextSet } from "../exposition/text_map.ts";
import { DistinctHashes } from "./distinct_hashes.ts";
import { LabelTrack } from "./label_track.ts";
import type { MemoryBudget } from "./memory_budget.ts";

const hash = new ByteHash();

/**
 * What is known of one metric: its series and its labels. A series is the sum of its labels' hashes,
 * so that the order of labels does not matter, and taking one label away is a subtraction.
 */
export class MetricTrack {
  readonly name: string;
  samples = 0;
  /** Of all its lines. */
  bytes = 0;
  /** Samples that are native histograms, and the buckets of all of them. */
  nativeHistograms = 0;
  nativeBuckets = 0;
  readonly labels: LabelTrack[] = [];
  /** Labels that were not followed because the memory was used up. */
  readonly untracked = new TextSet();
  /** When it was last seen: larger is later. */
  lastSeen = 0;
  readonly #budget: MemoryBudget;
  readonly #followsLabels: boolean;
  readonly #all: DistinctHashes;
  /** Of the first line of each series. */
  #seriesBytes = 0;
  /** By the label's name, as it stands in lines, one byte a character. */
  readonly #byName = new TextMap<FoundLabel>();
  /** The labels of the last line, in its order. */
  readonly #layout: FoundLabel[] = [];

  constructor(name: string, budget: MemoryBudget, followsLabels: boolean) {
    this.#followsLabels = followsLabels;
    this.name = name;
    this.#budget = budget;
    this.#all = new DistinctHashes(budget);
  }

  /** Takes a sample; `length` is that of its line, newline included. */
  take(bytes: Uint8Array, spans: SampleSpans, length: number): void {
    const number = ++this.samples;
    this.bytes += length;
    const { labels, labelCount, valueStart, valueEnd } = spans;
    if (spans.isComposite) this.#takeNative(bytes, valueStart, valueEnd);
    let low = NO_LABELS;
    let high = NO_LABELS;
    for (let index = 0; index < labelCount; index++) {
      const at = index * 4;
      const start = labels[at + 2];
      const end = labels[at + 3];
      // An empty label is an absent one.
      if (start === end) continue;
      const { track, seed } = this.#found(bytes, labels[at], labels[at + 1], index);
      if (track === undefined) {
        hash.take(bytes, start, end, seed);
        low = low + hash.low | 0;
        high = high + hash.high | 0;
      } else if (track.seen !== number) {
        track.see(bytes, start, end, number, hash);
        track.length = labelLength(bytes, labels[at], end, labelCount);
        low = low + track.low | 0;
        high = high + track.high | 0;
      }
    }
    const all = this.#all;
    if (!all.add(low, high)) return;
    for (const track of this.labels) {
      track.count(low, high, length, track.seen === number, all, this.#seriesBytes);
    }
    this.#seriesBytes += length;
  }

  #takeNative(bytes: Uint8Array, start: number, end: number): void {
    const histogram = readNativeHistogram(bytes, start, end);
    if (histogram === undefined) return;
    this.nativeHistograms++;
    // Those of both signs, and the zero bucket.
    const { negative, positive } = histogram;
    this.nativeBuckets += negative.counts.length + positive.counts.length + 1;
  }

  /** The hashes of its series. */
  get hashes(): DistinctHashes {
    return this.#all;
  }

  get series(): number {
    return Math.min(this.#all.count, this.samples);
  }

  get estimated(): boolean {
    return this.#all.estimated;
  }

  /** What would be left of the metric without one of its labels. */
  without(label: LabelTrack) {
    // Lines of one series that came twice are one line then, too.
    return label.without(this.series, this.#seriesBytes, this.estimated);
  }

  /** Bytes that `forget` gives back. */
  get reclaimable(): number {
    return this.labels.reduce((sum, label) => sum + label.reclaimable, this.#all.reclaimable);
  }

  /** Goes on with estimates where that gives memory back. */
  forget(): void {
    for (const label of this.labels) label.forget();
    if (this.#all.reclaimable > 0) this.#all.forget();
  }

  /** The label with the name `bytes[start, end)`; mostly it stands where it stood in the last line. */
  #found(bytes: Uint8Array, start: number, end: number, index: number): FoundLabel {
    const expected = this.#layout[index];
    if (expected !== undefined && equalBytes(bytes, start, end, expected.raw)) return expected;
    let raw = "";
    for (let at = start; at < end; at++) raw += String.fromCharCode(bytes[at]);
    let found = this.#byName.get(raw);
    if (found === undefined) {
      found = this.#follow(bytes.slice(start, end));
      // Beyond, a name is looked at anew each time.
      if (this.#byName.size < MAX_SPELLINGS) this.#byName.set(raw, found);
    }
    if (index < MAX_SPELLINGS) this.#layout[index] = found;
    return found;
  }

  #follow(raw: Uint8Array): FoundLabel {
    const name = decodeQuoted(raw, 0, raw.length);
    hash.take(raw, 0, raw.length);
    const seed = hash.low;
    if (!this.#followsLabels) return { raw, seed, track: undefined };
    let track = this.labels.find((label) => label.name === name);
    if (track === undefined) {
      track = LabelTrack.follow(name, seed, this.#budget);
      if (track !== undefined) this.labels.push(track);
      else if (this.untracked.size < MAX_SPELLINGS) this.untracked.add(name);
    }
    return { raw, seed, track };
  }
}

/** The hash of a series without labels; 0 stands for a free slot. */
const NO_LABELS = 0x2545f491;

/** Label names that one metric remembers; real ones have 30 at most. */
const MAX_SPELLINGS = 1024;

interface FoundLabel {
  readonly raw: Uint8Array;
  /** Tells equal values of different labels apart. */
  readonly seed: number;
  /** Undefined when it is not followed. */
  readonly track: LabelTrack | undefined;
}

/** Bytes of a label from its name to its value's end, with its quotes and its comma or the braces. */
function labelLength(bytes: Uint8Array, start: number, end: number, labelCount: number): number {
  const isQuoted = bytes[start - 1] === QUOTE;
  return end - start + (isQuoted ? 3 : 2) + (labelCount === 1 ? 1 : 0);
}
