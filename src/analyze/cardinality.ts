import { MAX_ANALYZED_METRICS } from "../bounds.ts";
import { memoryBounds } from "../memory_bounds.ts";
import { isSample } from "../exposition/bytes.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { eachEntry } from "../exposition/entries.ts";
import { Families, type Family } from "../exposition/families.ts";
import { LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { lineFormatOf, type ReadFormat } from "../exposition/line_format.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { sampleEnd, UNREADABLE } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { TextMap } from "../exposition/text_map.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { MetricTrack } from "./metric_track.ts";

/** A metric and the family that it belongs to, if metadata spoke of one. */
export interface AnalyzedMetric {
  readonly track: MetricTrack;
  readonly family: Family | undefined;
}

export interface CardinalityOptions {
  /** What the counting sets may take. */
  readonly maxBytes?: number;
  /** False where series and bytes are all that is wanted, which takes a tenth of the memory. */
  readonly followsLabels?: boolean;
  /** Lines are of either text format unless they are, or come from, metrics that are composite. */
  readonly format?: ReadFormat;
}

/**
 * Counts the series of an exposition by metric, label and value, in bounded memory: push its bytes in
 * chunks of any size, `end` it, and have a report made of it (`cardinalityReport`). A native histogram
 * is one series.
 */
export class Cardinality implements LineBlockSink {
  /** Of the exposition, comments and blank lines included. */
  bytes = 0;
  linesSeen = 0;
  /** Samples that are counted in no metric: lines that cannot be read. */
  unreadable = 0;
  /** Samples of metrics beyond the bound, and their bytes. */
  readonly beyond = { samples: 0, bytes: 0 };
  readonly #blocks = new LineBlocks(this);
  readonly #families = new Families(false);
  readonly #spans = new SampleSpans();
  readonly #budget: MemoryBudget;
  readonly #followsLabels: boolean;
  readonly #isLifted: boolean;
  /** Tracks by the name as it stands in lines. */
  readonly #names = new ByteTable(MAX_ANALYZED_METRICS, MAX_NAME_BYTES);
  readonly #byName: (MetricTrack | undefined)[] = [];
  readonly #metrics = new TextMap<{ track: MetricTrack; family: Family | undefined }>();
  #clock = 0;
  #inLongLine = false;

  constructor(options: CardinalityOptions = {}) {
    const { maxBytes = memoryBounds.analysisBytes, followsLabels = true, format } = options;
    this.#followsLabels = followsLabels;
    this.#isLifted = format !== undefined && lineFormatOf(format) === "lifted";
    this.#budget = new MemoryBudget(maxBytes);
    this.#budget.relieve = () => this.#forgetOne();
  }

  push(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#blocks.push(chunk);
  }

  /** The input has ended. */
  end(): void {
    this.#blocks.end();
  }

  /** The metrics in order of their first samples. */
  get metrics(): AnalyzedMetric[] {
    return [...this.#metrics.values()].map(({ track, family }) => ({
      track,
      family: family ?? this.#families.ofSample(track.name),
    }));
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const scan = (at: number) => this.#sampleEnd(bytes, at, end);
    return eachEntry(bytes, start, end, isLast, scan, (at, next, kind) => {
      this.linesSeen++;
      if (kind === "comment") this.#families.take(bytes, at, next);
      else if (kind === "sample") this.#take(bytes, at, next);
      else this.unreadable++;
    });
  }

  /** Of either text format: what is analysed may be a file. */
  #sampleEnd(bytes: Uint8Array, start: number, end: number): number {
    if (this.#isLifted) return sampleEnd(bytes, start, end, this.#spans, "lifted");
    const read = sampleEnd(bytes, start, end, this.#spans, "text");
    if (read >= 0) return read;
    const other = sampleEnd(bytes, start, end, this.#spans, "openmetrics");
    return other === UNREADABLE ? read : other;
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (!this.#inLongLine) {
      this.linesSeen++;
      if (isSample(bytes, start, end)) this.unreadable++;
    }
    this.#inLongLine = !last;
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const track = this.#track(bytes);
    if (track === undefined) {
      this.beyond.samples++;
      this.beyond.bytes += end + 1 - start;
      return;
    }
    track.lastSeen = ++this.#clock;
    track.take(bytes, this.#spans, end + 1 - start);
  }

  #track(bytes: Uint8Array): MetricTrack | undefined {
    const { nameStart, nameEnd } = this.#spans;
    const known = this.#names.find(bytes, nameStart, nameEnd);
    if (known >= 0) return this.#byName[known];
    if (!this.#names.hasRoom(nameEnd - nameStart)) return undefined;
    const name = decodeQuoted(bytes, nameStart, nameEnd);
    let metric = this.#metrics.get(name);
    if (metric === undefined && this.#budget.take(METRIC_BYTES)) {
      const track = new MetricTrack(name, this.#budget, this.#followsLabels);
      metric = { track, family: this.#families.ofSample(name) };
      this.#metrics.set(name, metric);
    }
    this.#byName[this.#names.add(bytes, nameStart, nameEnd)] = metric?.track;
    return metric?.track;
  }

  /** Takes from the metric that was not seen for the longest time: mostly its family has ended. */
  #forgetOne(): boolean {
    let oldest: MetricTrack | undefined;
    for (const { track } of this.#metrics.values()) {
      if (track.reclaimable === 0) continue;
      if (oldest === undefined || track.lastSeen < oldest.lastSeen) oldest = track;
    }
    oldest?.forget();
    return oldest !== undefined;
  }
}

/** Bytes of all metrics' names. */
const MAX_NAME_BYTES = 4 * 1024 * 1024;

/** About what a metric takes without labels. */
const METRIC_BYTES = 1024;
