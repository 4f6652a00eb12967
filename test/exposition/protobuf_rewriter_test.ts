import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { histogramRemnant, summaryRemnant } from "../../src/exposition/compose/remnant.ts";
import { ProtobufReader } from "../../src/exposition/protobuf/protobuf_reader.ts";
import { entriesOf, type Entry, readSample } from "../support/exposition/lifted_entries.ts";
import { lift } from "../support/exposition/lift.ts";
import { random } from "../support/random.ts";

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
