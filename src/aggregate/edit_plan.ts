import { MAX_LABEL_NAMES } from "../bounds.ts";
import { BACKSLASH, isEscaped, NEWLINE } from "../exposition/bytes.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { escapeQuoted, isPlainMetricName, labelNameText } from "../exposition/quoted_text.ts";
import type { LabelValue } from "../relabel/label_builder.ts";
import type { MadeTexts } from "../relabel/made_texts.ts";
import type { Accumulation, AggregateFunction, HistogramPart } from "./aggregate_function.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { TargetLabels } from "./target_labels.ts";

/** One label of an output series. */
export interface PlannedLabel {
  readonly name: string;
  /** What stands before the value: `{name="` or `",name="`. */
  readonly prefix: Uint8Array;
  /** The value as it is written; undefined when it is copied from the line's label `from`. */
  readonly literal: Uint8Array | undefined;
  readonly from: number;
  /** The number of the line's label that it is, name and value, in all lines; or -1. */
  readonly kept: number;
  /** Where the values stand of which number `madeNumber` is copied instead: the last line's. */
  readonly made: MadeTexts | undefined;
  readonly madeNumber: number;
  /** The number of the target's label that it is copied from instead, or -1. */
  readonly ofTarget: number;
  /**
   * `le` and `quantile` tell the parts of one metric apart: they stand last, and never overflow.
   */
  readonly isBound: boolean;
}

/**
 * What becomes of every line with one signature: the series' name and labels, as pieces to be put
 * together. Labels stand in order of their names, `le` and `quantile` last, as exporters write
 * them, so that equal series have equal bytes.
 */
export interface EditPlan {
  readonly sampleName: string;
  readonly family: OutputFamilyName;
  readonly fn: AggregateFunction;
  readonly accumulation: Accumulation;
  readonly isGaugeSum: boolean;
  /** What it is in a histogram or summary. A bucket has `le`, which stands last. */
  readonly part: HistogramPart | undefined;
  /** The name, or its quoted form with the brace before it. */
  readonly head: Uint8Array;
  readonly labels: readonly PlannedLabel[];
  /** What closes the label set; empty when there are no labels. */
  readonly tail: Uint8Array;
}

/** The family that a series is written in. */
export interface OutputFamilyName {
  readonly name: string;
  /** What tells it from another family of the same name, if the input family was not the first. */
  readonly twin?: string;
  /** True when the input family's metadata goes with it, under this name. */
  readonly hasMetadata: boolean;
}

export interface PlannedSeries {
  readonly sampleName: string;
  readonly family: OutputFamilyName;
  /**
   * A reference beyond the line's labels is one to its target's, or with `made` to those values.
   * Bounds are texts, as the series has them.
   */
  readonly labels: readonly (readonly [string, LabelValue])[];
  /** Names of the line's labels, in its order. */
  readonly inputNames: readonly string[];
  /** Whether the line has the label with this very value, and so have all that are planned alike. */
  readonly isKept: (name: string, value: LabelValue) => boolean;
  readonly made?: MadeTexts;
  readonly fn: AggregateFunction;
  readonly accumulation: Accumulation;
  readonly isGaugeSum: boolean;
  readonly part: HistogramPart | undefined;
}

const encoder = new TextEncoder();

export function planSeries(series: PlannedSeries): EditPlan {
  const { sampleName, fn, accumulation, isGaugeSum, part } = series;
  const quoted = !isPlainMetricName(sampleName);
  const ordered = [...series.labels].sort(([a], [b]) => compareLabels(a, b));
  const labels = ordered.map(([name, value], index) => {
    const opening = index > 0 ? `",` : quoted ? "," : "{";
    return {
      name,
      prefix: prefixOf(opening, name),
      literal: typeof value === "string" ? encoder.encode(escapeQuoted(value)) : undefined,
      from: typeof value === "string" ? -1 : value,
      kept: series.isKept(name, value) ? series.inputNames.indexOf(name) : -1,
      ...placeBeyond(value, series),
      isBound: isPart(name),
    };
  });
  const closing = labels.length > 0 ? `"}` : quoted ? "}" : "";
  return {
    sampleName,
    family: series.family,
    fn,
    accumulation,
    isGaugeSum,
    part: part === "bucket" && labels.at(-1)?.name !== "le" ? undefined : part,
    head: encoder.encode(quoted ? `{"${escapeQuoted(sampleName)}"` : sampleName),
    labels,
    tail: encoder.encode(closing),
  };
}

/** The same few over and over: forgotten whole when they are many. */
const prefixes = new Map<string, Uint8Array>();

function prefixOf(opening: string, name: string): Uint8Array {
  const key = opening + name;
  let prefix = prefixes.get(key);
  if (prefix === undefined) {
    if (prefixes.size >= MAX_LABEL_NAMES) prefixes.clear();
    prefix = encoder.encode(`${opening}${labelNameText(name)}="`);
    prefixes.set(key, prefix);
  }
  return prefix;
}

/** What a reference beyond the line's labels stands for. */
function placeBeyond(value: LabelValue, { inputNames, made }: PlannedSeries) {
  const beyond = typeof value === "string" ? -1 : value - inputNames.length;
  if (beyond < 0) return { made: undefined, madeNumber: -1, ofTarget: -1 };
  return made === undefined
    ? { made, madeNumber: -1, ofTarget: beyond }
    : { made, madeNumber: beyond, ofTarget: -1 };
}

/** One line's bytes and where its parts lie in them. */
export interface ScannedLine {
  readonly bytes: Uint8Array;
  readonly spans: SampleSpans;
  readonly ofTarget: TargetLabels;
}

/** Puts the series' key for one line of the plan's signature into `key`. */
export function putSeriesKey(key: LineBuffer, plan: EditPlan, line: ScannedLine): void {
  key.reset();
  key.put(plan.head, 0, plan.head.length);
  for (const label of plan.labels) {
    key.put(label.prefix, 0, label.prefix.length);
    putValue(key, label, line);
  }
  key.put(plan.tail, 0, plan.tail.length);
}

/** Puts one label's value, as it is written between its quotes. */
export function putValue(key: LineBuffer, label: PlannedLabel, line: ScannedLine): void {
  const { made, madeNumber } = label;
  if (made !== undefined) {
    key.put(made.bytes, made.start(madeNumber), made.stop(madeNumber));
    return;
  }
  const fixed = label.ofTarget < 0 ? label.literal : line.ofTarget.values[label.ofTarget];
  if (fixed !== undefined) {
    key.put(fixed, 0, fixed.length);
    return;
  }
  const { bytes, spans } = line;
  const start = spans.labels[label.from * 4 + 2];
  const end = spans.labels[label.from * 4 + 3];
  // One spelling for each value: what is not an escape in the input is one in the output.
  let from = start;
  for (let at = start; at < end; at++) {
    const isNewline = bytes[at] === NEWLINE;
    if (!isNewline && (bytes[at] !== BACKSLASH || isEscaped(bytes[++at]))) continue;
    key.put(bytes, from, at);
    key.putByte(BACKSLASH);
    if (isNewline) key.putByte(0x6e);
    from = isNewline ? at + 1 : at--;
  }
  key.put(bytes, from, end);
}

/** Whatever the type, so that samples of families that become one have one order of labels. */
export function isPart(label: string): boolean {
  return label === "le" || label === "quantile";
}

function compareLabels(a: string, b: string): number {
  const last = Number(isPart(a)) - Number(isPart(b));
  if (last !== 0) return last;
  return a < b ? -1 : a > b ? 1 : 0;
}
