import { type CardinalityLimits, OVERFLOW } from "../../src/aggregate/cardinality_guard.ts";
import { hold } from "./fuzz_target.ts";
import type { ReferenceSample } from "./reference_sample.ts";
import { checkSample } from "./series_check.ts";
import { numberOf } from "./plain_sample.ts";
import type { PlainSeries, PlainSums } from "./sums_reference.ts";

type Found = ReadonlyMap<string, ReferenceSample>;
type Wanted = ReadonlyMap<string, PlainSeries>;

/**
 * What came past limits, against what there is without them: no more than they allow, each series
 * with its whole value or not at all, and where the rest overflows, totals as without limits.
 */
export function checkLimits(
  found: Found,
  { series: wanted, shared }: Pick<PlainSums, "series" | "shared">,
  limits: CardinalityLimits,
  text: string,
): void {
  const let_ = [...found].filter(([, { labels }]) => ![...labels.values()].includes(OVERFLOW));
  for (const [key, sample] of let_) {
    const series = wanted.get(key);
    hold(series !== undefined, "no series is made up", () => `${key}\n${text}`);
    if (!takesOverflow(series, limits)) checkSample(key, sample, series, true, text);
  }
  const letSeries = let_.map(([key]) => wanted.get(key)!)
    .filter((series) => !takesOverflow(series, limits));
  const families = Map.groupBy(letSeries, ({ family }) => family);
  for (const [family, series] of families) {
    // Which of the two let a series in, it does not say.
    if (!shared.has(family)) checkFamily(family, series, limits, text);
  }
  const isWithin = limits.series === 0 || groups(letSeries) <= limits.series;
  hold(isWithin, "limit series", () => `${groups(letSeries)} groups\n${text}`);
  if (limits.action === "overflow") checkTotals(found, wanted, text);
}

/** A scrape fails of limits only when it has more than they allow. */
export function checkLimitFailure(wanted: Wanted, limits: CardinalityLimits): void {
  const series = [...wanted.values()];
  const more = largestGroup(wanted);
  const isBeyond = [...Map.groupBy(series, ({ family }) => family).values()].some((own) =>
    (limits.seriesPerFamily > 0 && own.length + more > limits.seriesPerFamily + 1) ||
    [...limits.labelValues].some(([label, most]) => valuesOf(own, label).size > most)
  );
  const isLong = limits.labelValueLength > 0 &&
    series.some(({ labels }) =>
      labels.some(([, value]) => writtenLength(value) > limits.labelValueLength)
    );
  const isMany = limits.series > 0 && series.length + more > limits.series + 1;
  hold(isBeyond || isLong || isMany, "no failure within limits", () => JSON.stringify(limits));
}

function checkFamily(
  family: string,
  series: readonly PlainSeries[],
  { seriesPerFamily, labelValues, labelValueLength }: CardinalityLimits,
  text: string,
): void {
  // A histogram comes as a whole: what counts is how many there are.
  const isWithin = seriesPerFamily === 0 || groups(series) <= seriesPerFamily;
  hold(isWithin, "limit series_per_family", () => `${family}: ${groups(series)}\n${text}`);
  for (const [label, most] of labelValues) {
    const { size } = valuesOf(series, label);
    hold(size <= most, "limit label_values", () => `${family}: ${label}: ${size}\n${text}`);
  }
  if (labelValueLength === 0) return;
  for (const [label, value] of series.flatMap(({ labels }) => labels)) {
    const isShort = isPart(label) || writtenLength(value) <= labelValueLength;
    hold(isShort, "limit label_value_length", () => `${label}="${value}"\n${text}`);
  }
}

/**
 * Of each sample name and bound. Buckets of other bounds have no totals, nor has a count beside them;
 * NaN has no sum.
 */
function checkTotals(found: Found, wanted: Wanted, text: string): void {
  const series = [...wanted.values()];
  for (const [name, own] of Map.groupBy(series, ({ name }) => name)) {
    const values = own.map(({ value }) => numberOf(String(value)));
    const isExact = values.every((value) => Number.isInteger(value * 4) && Math.abs(value) < 1e6);
    if (!isExact || own[0].labels.some(([label]) => isPart(label))) continue;
    if (own.some(({ fn }) => fn !== "sum") || name.endsWith("_count")) continue;
    const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
    const total = sum(
      [...found.values()].filter((sample) => sample.name === name)
        .map(({ value }) => numberOf(value)),
    );
    const detail = () => `${name}: wanted ${sum(values)}, found ${total}\n${text}`;
    hold(total === sum(values), "totals with limits", detail);
  }
}

/** A sample without labels that is beyond a limit overflows into its own series. */
function takesOverflow({ labels }: PlainSeries, { action }: CardinalityLimits): boolean {
  return action === "overflow" && labels.every(([label]) => isPart(label));
}

function groups(series: readonly PlainSeries[]): number {
  return new Set(series.map(groupOf)).size;
}

function groupOf({ family, labels }: PlainSeries): string {
  return JSON.stringify([family, labels.filter(([label]) => !isPart(label))]);
}

function largestGroup(wanted: Wanted): number {
  const all = Map.groupBy(wanted.values(), groupOf);
  return Math.max(1, ...[...all.values()].map(({ length }) => length));
}

function valuesOf(series: readonly PlainSeries[], label: string): Set<string> {
  return new Set(
    series.flatMap(({ labels }) =>
      labels.filter(([name, value]) => name === label && value !== OVERFLOW).map(([, value]) =>
        value
      )
    ),
  );
}

function isPart(label: string): boolean {
  return label === "le" || label === "quantile";
}

function writtenLength(value: string): number {
  return new TextEncoder().encode(JSON.stringify(value)).length - 2;
}
