import {
  type Bytes,
  chunksOf,
  composed,
  lifted,
  rewritten,
} from "../../test/support/exposition/openmetrics2.ts";
import { type Entry, entryOf } from "../../test/support/exposition/lifted_entries.ts";
import { isSample } from "../../src/exposition/bytes.ts";
import {
  bytesOf,
  type FuzzTarget,
  hashOf,
  hold,
  jsonBytes,
  jsonOf,
  type Next,
  pick,
} from "./fuzz_target.ts";
import { randomCrowd } from "./crowd.ts";
import { concat } from "./mutate.ts";
import { randomOpenMetrics2 } from "./random_openmetrics2.ts";

/** Up to so many bytes every cut into two is tried, beyond it some. */
const ALL_CUTS = 60;

const MOST_NAMES = 20;

interface Setup {
  /** Of so many lifted lines one is dropped. */
  readonly odds: number;
}

export const openmetrics2Target: FuzzTarget = {
  name: "openmetrics2",
  what: "hostile OpenMetrics 2.0: every cut alike, the same bytes again, no sample lost",
  reduced: { "input.om": "bytes" },

  generate: (next: Next) => ({
    "input.om": randomOpenMetrics2(next, randomCrowd(next, MOST_NAMES)),
    "setup.json": jsonBytes({ odds: pick(next, [2, 3, 10]) }),
  }),

  check(input) {
    const bytes = input["input.om"];
    const { odds } = jsonOf<Setup>(input, "setup.json", { odds: 3 });
    const { lines } = lifted([bytes]);
    checkCuts(bytes, lines);
    const whole = rewritten([bytes], () => true).bytes;
    hold(isSame(whole, bytes), "the same bytes", () => shown(whole));
    const again = composed([concat(...lines)]);
    hold(isSame(composed(chunksOf(concat(...lines), 7)), again), "composed cut", () => "");
    // Without other lines, one that cannot be read may be one that can.
    if (!lines.every(isReadable) || hasRepeated(entriesOf(lines))) return Promise.resolve();
    const keeps = (line: string) => hashOf(bytesOf(line)) % odds !== 0;
    for (const kept of [lines, lines.filter((line) => keeps(shown(line)))]) {
      checkSamples(kept, composed([concat(...kept)]), "composed");
    }
    const less = rewritten([bytes], keeps).bytes;
    checkSamples(lines.filter((line) => keeps(shown(line))), less, "rewritten");
    return Promise.resolve();
  },
};

function checkCuts(bytes: Bytes, lines: readonly Bytes[]): void {
  const text = shown(concat(...lines));
  const step = Math.ceil(bytes.length / ALL_CUTS);
  for (let at = 1; at < bytes.length; at += step) {
    const cut = lifted([bytes.slice(0, at), bytes.slice(at)]);
    hold(shown(concat(...cut.lines)) === text, "every cut alike", () => `cut at ${at}`);
  }
  const single = rewritten(chunksOf(bytes, 1), () => true).bytes;
  hold(isSame(single, bytes), "the same bytes, one by one", () => shown(single));
}

/**
 * What was written has the samples of the lines, and no others: but for what a native histogram always
 * has, or has only beside buckets.
 */
function checkSamples(kept: readonly Bytes[], written: Bytes, what: string): void {
  const wanted = entriesOf(kept);
  const found = entriesOf(lifted([written]).lines);
  const natives = new Set(wanted.filter(isNative).map(metricOf));
  const missing = without(wanted, found).filter((entry) =>
    !natives.has(metricOf(entry)) || !isOfNative(entry)
  );
  hold(missing.length === 0, `${what}: no sample lost`, () => told(missing, written));
  const more = without(found, wanted).filter((entry) => !natives.has(metricOf(entry)));
  hold(more.length === 0, `${what}: no sample more`, () => told(more, written));
}

function told(entries: readonly Entry[], written: Bytes): string {
  return `${entries.map(sampleOf).join("\n")}\n\n${shown(written)}`;
}

/** Those of the one that are not in the other, as often as they are not. */
function without(one: readonly Entry[], other: readonly Entry[]): Entry[] {
  const counts = new Map<string, number>();
  for (const entry of other) counts.set(sampleOf(entry), (counts.get(sampleOf(entry)) ?? 0) + 1);
  return one.filter((entry) => {
    const count = counts.get(sampleOf(entry)) ?? 0;
    counts.set(sampleOf(entry), count - 1);
    return count <= 0;
  });
}

function isNative({ native }: Entry): boolean {
  return native !== undefined;
}

/** Sum, count and the bucket of +Inf. */
function isOfNative({ labels }: Entry): boolean {
  return labels!.some(([name, value]) =>
    name === "__name__" ? /_g?(sum|count)$/.test(value) : name === "le" && value === "+Inf"
  );
}

/** Native histograms bring their exemplars to all buckets, so that these are not compared. */
function sampleOf({ labels, value, native, time, start }: Entry): string {
  return JSON.stringify([labels, value, native, time, start]);
}

/** Of what metric a sample may be a part. */
function metricOf({ labels, time, native }: Entry): string {
  const others = labels!.filter(([name]) => name !== "le" || native).map(([name, value]) =>
    name === "__name__" && !native ? value.replace(/_(bucket|g?sum|g?count)$/, "") : value
  );
  return JSON.stringify([others, time]);
}

function isReadable(line: Bytes): boolean {
  return entryOf(line) !== undefined || !isSample(line, 0, line.length - 1);
}

/** Whether a series is there twice: Prometheus takes one of them. */
function hasRepeated(entries: readonly Entry[]): boolean {
  const metrics = new Set<string>();
  return entries.some((entry) => {
    const key = JSON.stringify([entry.labels, entry.time]);
    const isRepeated = metrics.has(key);
    metrics.add(key);
    return isRepeated;
  });
}

function isSame(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function shown(bytes: Bytes): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function entriesOf(lines: readonly Bytes[]): Entry[] {
  return lines.map(entryOf).filter((entry) => entry?.labels !== undefined) as Entry[];
}
