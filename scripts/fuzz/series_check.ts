import { hold } from "./fuzz_target.ts";
import { readReference } from "./reference_reader.ts";
import type { ReferenceSample } from "./reference_sample.ts";
import { numberOf, seriesKey } from "./plain_sample.ts";
import type { PlainSeries, PlainSums } from "./sums_reference.ts";

/**
 * The samples of an output that is right, by series. `mayMix`: families of different metadata may have
 * come together, so that a name has samples before its family's metadata.
 */
export function readOutput(
  bytes: Uint8Array<ArrayBuffer>,
  openMetrics: boolean,
  mayMix: boolean,
): Map<string, ReferenceSample> {
  const { problems, samples } = readReference(bytes, openMetrics);
  // Prometheus minds no suffix.
  const problem = problems.find(({ kind, text }) =>
    kind === "syntax" || kind === "twice" ||
    (!mayMix && / (is repeated|comes after samples)$/.test(text))
  );
  hold(
    problem === undefined,
    `right output: ${problem?.kind}`,
    () => `${problem?.text}\n${new TextDecoder().decode(bytes)}`,
  );
  return new Map(samples.map((sample) => [seriesKey(sample.name, sample.labels), sample]));
}

/**
 * Holds an output of series to what the plain reading of the input wants. `isOrdered`: it is one
 * target's, so that families and series come as their first samples did, and values as they were
 * written.
 */
export function checkSeries(
  found: ReadonlyMap<string, ReferenceSample>,
  plain: PlainSums,
  isOrdered: boolean,
  text: string,
): void {
  const wanted = plain.series;
  for (const [key, series] of wanted) {
    const sample = found.get(key);
    // What a start time is of may be a sum of targets, though it is one's.
    if (sample === undefined && !isOrdered && /_created",\[/.test(key)) continue;
    hold(sample !== undefined, "no series is lost", () => `${key}\n${text}`);
    checkSample(key, sample, series, isOrdered, text);
  }
  for (const key of found.keys()) {
    hold(wanted.has(key), "no series is made up", () => `${key}\n${text}`);
  }
  checkFamilies(text, [...found.keys()].map((key) => wanted.get(key)!.family), plain, isOrdered);
  checkOrder([...found.keys()], wanted, isOrdered, text);
}

/** `isVerbatim`: what is alone is written as it came. */
export function checkSample(
  key: string,
  sample: ReferenceSample,
  { value, timestamp, isSum }: PlainSeries,
  isVerbatim: boolean,
  text: string,
): void {
  const isSame = value === "any" || (isVerbatim && typeof value === "string")
    ? sample.value === value || value === "any"
    : Object.is(numberOf(sample.value) + 0, numberOf(String(value)) + 0);
  const rule = typeof value === "number"
    ? "buckets of other bounds"
    : isSum
    ? "sums"
    : "what is alone";
  hold(isSame, rule, () => `${key}: wanted ${value}, found ${sample.value}\n${text}`);
  const stamp = sample.timestamp === undefined ? undefined : Number(sample.timestamp);
  const isTimely = timestamp === "any" || stamp === timestamp;
  hold(isTimely, "timestamps", () => `${key}: wanted ${timestamp}, found ${stamp}\n${text}`);
}

/** Each family is one block, and its metadata stands before it, once. */
function checkFamilies(
  text: string,
  blocks: readonly string[],
  plain: PlainSums,
  isOrdered: boolean,
): void {
  const { metadata, families: wanted, contested } = plain;
  // A gateway tells families of one name and different types apart.
  if (!isOrdered && contested.size > 0) return;
  const order = blocks.filter((family, index) => family !== blocks[index - 1]);
  const families = [...new Set(blocks)];
  hold(order.length === families.length, "one block for each family", () => `${order}\n${text}`);
  const inOrder = wanted.filter((family) => families.includes(family));
  const isInOrder = !isOrdered || String(order) === String(inOrder);
  hold(isInOrder, "order of families", () => `wanted ${wanted}, found ${order}\n${text}`);
  // A gateway takes all of a family's from one target.
  const isHeld = (line: string) => isOrdered || line.startsWith("# TYPE ");
  const lines = text.split("\n").filter((line) => /^# (TYPE|HELP|UNIT) /.test(line))
    .filter(isHeld);
  const expected = families.flatMap((family) => metadata.get(family) ?? []).filter(isHeld);
  const sorted = (list: readonly string[]) => list.toSorted().join("\n");
  hold(
    sorted(lines) === sorted(expected),
    "metadata",
    () => `wanted\n${sorted(expected)}\nfound\n${text}`,
  );
}

/** Series come as their first samples did, and buckets of other bounds by their bounds. */
function checkOrder(
  found: readonly string[],
  wanted: ReadonlyMap<string, PlainSeries>,
  isOrdered: boolean,
  text: string,
): void {
  const series = found.map((key) => wanted.get(key)!);
  const unions = new Set(
    series.filter(({ value }) => typeof value === "number").map(histogramOf),
  );
  const below = new Map<string, number>();
  for (const bucket of series.filter((one) => unions.has(histogramOf(one)))) {
    const bound = numberOf(bucket.labels.find(([label]) => label === "le")![1]);
    const last = below.get(histogramOf(bucket)) ?? -Infinity;
    hold(bound > last, "order of buckets", () => `${bucket.name} ${bound} after ${last}\n${text}`);
    below.set(histogramOf(bucket), bound);
  }
  if (!isOrdered) return;
  // The parts of histograms may be brought into their order.
  const withParts = new Set(
    series.filter(({ name }) => /_(bucket|sum|count)$/.test(name)).map(({ family }) => family),
  );
  const inOrder = (keys: readonly string[]) =>
    JSON.stringify(
      keys.map((key) => [wanted.get(key)!.family, key])
        .filter(([family]) => !withParts.has(family))
        .toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0),
    );
  hold(inOrder(found) === inOrder([...wanted.keys()]), "order of series", () => text);
}

function histogramOf({ name, labels }: PlainSeries): string {
  return seriesKey(name, labels.filter(([label]) => label !== "le"));
}
