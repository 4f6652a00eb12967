import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { histogramRemnant, summaryRemnant } from "../../../src/exposition/compose/remnant.ts";
import { ProtobufReader } from "../../../src/exposition/protobuf/protobuf_reader.ts";
import { entriesOf, type Entry, readSample } from "../../support/exposition/prometheus_entries.ts";
import { lift } from "../../support/exposition/lift.ts";
import {
  bodyOf as wireBody,
  double,
  family,
  int,
  label,
  message,
  string,
  type Wire,
} from "../../support/exposition/wire.ts";
import { random } from "../../support/random.ts";

function bodyOf(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(resolve(import.meta.dirname!, "data", `${name}.pb`)));
}

/** One metric's lines, of which `kept` says which are. */
interface Group {
  readonly type: string;
  readonly family: string;
  readonly lines: string[];
  readonly kept: boolean[];
}

/** Metrics by their family and labels: both bodies have each of them once. */
function groupsOf(lines: readonly string[], keep: (index: number) => boolean): Group[] {
  const groups = new Map<string, Group>();
  let type = "";
  let family = "";
  lines.forEach((line, index) => {
    const typeLine = /^# TYPE (\S+) (\S+)/.exec(line);
    if (typeLine !== null) [, family, type] = typeLine;
    if (line.startsWith("#")) return;
    const labels = readSample(line).labels.filter(([name]) =>
      name !== (type === "summary" ? "quantile" : "le") || type === "counter"
    );
    const key = JSON.stringify([family, labels]);
    if (!groups.has(key)) groups.set(key, { type, family, lines: [], kept: [] });
    groups.get(key)!.lines.push(line);
    groups.get(key)!.kept.push(keep(index));
  });
  return [...groups.values()];
}

/** What the lines of a metric are when it was written with what is kept of it. */
function wantedOf({ type, lines, kept }: Group): Entry[] {
  const entries = entriesOf([`# TYPE x ${type}`, ...lines]).slice(1);
  const left = entries.filter((_, i) => kept[i]);
  if (left.length === entries.length || left.length === 0) return left;
  const named = (suffix: string) => lines.map((line) => readSample(line).name.endsWith(suffix));
  const isKept = (which: boolean[]) => which.some((is, i) => is && kept[i]);
  const [sums, counts] = [named("_sum"), named("_count")];
  const [sum, count] = [isKept(sums), isKept(counts)];
  if (type === "summary") {
    if (summaryRemnant(sum, count) === "composite") return left;
    // Quantiles are gauges, which have no start.
    return left.map(({ st, ...entry }, i) => {
      const isQuantile = /quantile="/.test(lines.filter((_, j) => kept[j])[i]);
      return isQuantile || st === undefined ? entry : { ...entry, st };
    });
  }
  const isGauge = type === "gaugehistogram";
  const native = entries.some(({ k }, i) => k === "histogram" && kept[i]);
  const buckets = named("_bucket");
  const infiniteBucket = buckets.some((is, i) => is && kept[i] && lines[i].includes('le="+Inf"'));
  const keptBuckets = buckets.filter((is, i) => is && kept[i]).length;
  const remnant = histogramRemnant(
    { native, buckets: keptBuckets, infiniteBucket, sum, count },
    isGauge,
  );
  if (remnant === "samples" && isGauge) return left.map(({ st: _s, e: _e, ...entry }) => entry);
  if (!native) return left;
  // Its sum and count are the native part's, and show beside buckets, of which +Inf is the last.
  return entries.filter((entry, i) => {
    if (entry.k === "histogram") return true;
    if (keptBuckets === 0) return false;
    return kept[i] || sums[i] || counts[i] || lines[i].includes('le="+Inf"');
  }).map((entry) => {
    const isAdded = /le="\+Inf"/.test(entry.s!) && !infiniteBucket;
    return isAdded ? (({ e: _, ...rest }) => rest)(entry) : entry;
  });
}

const texts = (entries: readonly Entry[]) =>
  entries.map((entry) => JSON.stringify(Object.entries(entry).sort())).sort();

for (const name of ["client_golang", "client_model"]) {
  test(`${name}: without random lines, what should be left is left`, () => {
    const body = bodyOf(name);
    const next = random(7);
    for (let run = 0; run < 300; run++) {
      const odds = 1 + next(5);
      const dropped = new Set<number>();
      const keep = (_: string, index: number) => {
        if (next(odds) === 0) dropped.add(index);
        return !dropped.has(index);
      };
      const { lines, rewritten, samples, error } = lift(new ProtobufReader(), [body], keep);
      assert.equal(error, undefined);
      const groups = groupsOf(lines, (index) => !dropped.has(index));
      const again = lift(new ProtobufReader(), [rewritten]);
      assert.equal(again.error, undefined, `run ${run}`);
      const found = entriesOf(again.lines).filter(({ k }) => k === "series" || k === "histogram");
      assert.deepEqual(texts(found), texts(groups.flatMap(wantedOf)), `run ${run}`);
      const kept = groups.flatMap((group) => group.kept).filter((is) => is).length;
      assert.equal(samples, kept, `run ${run}`);
    }
  });
}

const NAME = string(1, "x");
const HELP = string(2, "Text.");
const UNIT = string(5, "u");
const UNKNOWN = string(99, "?");
const START = (field: number) => message(field, int(1, 7), int(2, 5));
const bucket = (bound: number, count: number, ...more: readonly Wire[]) =>
  message(3, int(1, count), double(2, bound), ...more);
const EXEMPLAR = [label("a", "b"), double(2, 0.5)];
const NATIVE = [
  int(5, 6),
  double(6, 0.5),
  int(7, 1),
  message(9, int(2, 1)),
  int(10, 2),
  message(12, int(2, 1)),
  int(13, 2),
  message(16, ...EXEMPLAR, START(3)),
];
const HEAD = [int(1, 3), double(2, 5), START(15), UNKNOWN];
const BUCKETS = [bucket(1, 2, message(3, ...EXEMPLAR), UNKNOWN), bucket(Infinity, 3)];
const LABELS = [label("k", "v"), int(6, 9)];
const metric = (...fields: readonly Wire[]) => message(4, ...LABELS, UNKNOWN, ...fields);
const histograms = (...metrics: readonly Wire[]) =>
  family(NAME, HELP, int(3, 4), ...metrics, UNKNOWN, UNIT);
const SOURCE = metric(message(7, ...HEAD, ...BUCKETS, ...NATIVE));
/** A sample as a family of its own. */
const counter = (
  suffix: string,
  value: number,
  labels: readonly Wire[],
  ...more: readonly Wire[]
) =>
  family(
    string(1, `x${suffix}`),
    int(3, 0),
    message(
      4,
      label("k", "v"),
      ...labels,
      message(3, double(1, value), ...more, START(3)),
      int(6, 9),
    ),
  );

interface Case {
  readonly name: string;
  /** The lines that are dropped. */
  readonly drop: RegExp;
  readonly body: readonly Wire[];
  readonly left: readonly Wire[];
}

const cases: readonly Case[] = [
  {
    name: "nothing",
    drop: /^never/,
    body: [histograms(SOURCE)],
    left: [histograms(SOURCE)],
  },
  { name: "all", drop: /^x/, body: [histograms(SOURCE)], left: [] },
  {
    name: "the native part",
    drop: /^x\{/,
    body: [histograms(SOURCE)],
    left: [histograms(metric(message(7, ...HEAD, ...BUCKETS)))],
  },
  {
    name: "the buckets, of which the native part stays",
    drop: /^x_bucket/,
    body: [histograms(SOURCE)],
    left: [histograms(metric(message(7, ...HEAD, ...NATIVE)))],
  },
  {
    name: "one bucket",
    drop: /le="1.0"/,
    body: [histograms(SOURCE)],
    left: [histograms(metric(message(7, ...HEAD, BUCKETS[1], ...NATIVE)))],
  },
  {
    name: "sum and count beside a native part, whose they are",
    drop: /^x_(sum|count)/,
    body: [histograms(SOURCE)],
    left: [histograms(SOURCE)],
  },
  {
    name: "all but sum and count: a summary, which stands behind what is left of the family",
    drop: /^x_bucket\{k|^x\{/,
    body: [histograms(SOURCE, message(4, message(7, ...HEAD, ...BUCKETS)))],
    left: [
      histograms(message(4, message(7, ...HEAD, ...BUCKETS))),
      family(
        NAME,
        HELP,
        int(3, 2),
        UNIT,
        message(4, label("k", "v"), message(4, int(1, 3), double(2, 5), START(4)), int(6, 9)),
      ),
    ],
  },
  {
    name: "the count and the native part: the rest is samples",
    drop: /^x_count|^x\{/,
    body: [histograms(SOURCE)],
    left: [
      family(
        string(1, "x_bucket"),
        int(3, 0),
        ...[
          ["1.0", 2, [message(2, ...EXEMPLAR)]] as const,
          ["+Inf", 3, []] as const,
        ].map(([le, value, exemplars]) =>
          message(
            4,
            label("k", "v"),
            label("le", le),
            message(3, double(1, value), ...exemplars, START(3)),
            int(6, 9),
          )
        ),
      ),
      counter("_sum", 5, []),
    ],
  },
  {
    name: "the sum of a gauge histogram",
    drop: /_sum/,
    body: [family(NAME, int(3, 5), metric(message(7, ...HEAD)))],
    left: [
      family(
        string(1, "x_bucket"),
        int(3, 3),
        message(4, label("k", "v"), label("le", "+Inf"), message(5, double(1, 3)), int(6, 9)),
      ),
      family(
        string(1, "x_count"),
        int(3, 3),
        message(4, label("k", "v"), message(5, double(1, 3)), int(6, 9)),
      ),
    ],
  },
  {
    name: "one quantile",
    drop: /quantile="0.5"/,
    body: [
      family(NAME, int(3, 2), metric(message(4, int(1, 3), quantile(0.5, 1), quantile(1, 2)))),
    ],
    left: [family(NAME, int(3, 2), metric(message(4, int(1, 3), quantile(1, 2))))],
  },
  {
    name: "the sum of a summary",
    drop: /_sum/,
    body: [
      family(NAME, HELP, int(3, 2), metric(message(4, int(1, 3), quantile(1, 2), START(4)))),
    ],
    left: [
      family(
        NAME,
        HELP,
        int(3, 1),
        message(4, label("k", "v"), label("quantile", "1.0"), message(2, double(1, 2)), int(6, 9)),
      ),
      counter("_count", 3, []),
    ],
  },
];

function quantile(bound: number, value: number): Wire {
  return message(3, double(1, bound), double(2, value));
}

for (const { name, drop, body, left } of cases) {
  test(`dropped: ${name}`, () => {
    const { rewritten, error } = lift(
      new ProtobufReader(),
      [wireBody(...body)],
      (line) => !drop.test(line),
    );
    assert.equal(error, undefined);
    assert.deepEqual(rewritten, wireBody(...left));
  });
}
