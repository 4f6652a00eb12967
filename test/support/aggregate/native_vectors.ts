import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";

/*
 * What Prometheus v0.316.0's package `model/histogram` makes of random native histograms: one case a
 * line, its kind and what belongs to it between tabs, histograms written as samples' values.
 *
 *     bound   schema, index, the bucket's upper bound
 *     valid   a histogram with something made different, whether `Validate` takes it
 *     pair    a, b, a.Add(b), a.Sub(b), a.DetectReset(b); results after Compact(0)
 *     triple  a, b, c, a.Add(b).Add(c) after Compact(0)
 *
 * Two faults of Prometheus's are kept out. Spans without buckets are taken out before: Add puts a bucket at
 * the index of a first one into the wrong place, or panics. And where the zero bucket of `b` is
 * widened, that was done in the schema of `b` (by Add of an empty histogram) before the rest: otherwise
 * what goes into the zero bucket counts a second time where a bucket of the coarser schema reaches
 * beyond it. That makes a difference in one of a hundred cases; in all others the results are
 * those of Add, Sub and DetectReset alone.
 */
const FILE = resolve(import.meta.dirname!, "../../aggregate/data/native_histograms.tsv.gz");

/** The cases of a kind, each as its fields after the kind. */
export function nativeVectors(kind: "bound" | "valid" | "pair" | "triple"): string[][] {
  const lines = gunzipSync(readFileSync(FILE)).toString().trimEnd().split("\n");
  return lines.map((line) => line.split("\t")).filter(([first]) => first === kind)
    .map(([, ...fields]) => fields);
}
