import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { ProtobufReader } from "../../../src/exposition/protobuf/protobuf_reader.ts";
import { entriesOf, type Entry, number } from "../../support/exposition/prometheus_entries.ts";
import { lift } from "../../support/exposition/lift.ts";
import { random } from "../../support/random.ts";

/*
 * `data/client_golang.pb` is what a registry of client_golang v1.25.0 exposes, with its times made the
 * same each time; `data/client_model.pb` are messages of client_model v0.6.3 that no client library
 * makes. Both are encoded by expfmt. Beside each is what Prometheus v0.316.0's ProtobufParser reads in
 * it, classic histograms beside native ones.
 */
const NAMES = ["client_golang", "client_model"];

function bodyOf(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(resolve(import.meta.dirname!, "data", `${name}.pb`)));
}

/** What Prometheus reads, in the spelling of `entriesOf`. */
function prometheusEntries(name: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname!, "data", `${name}.json`), "utf8");
  const { entries } = JSON.parse(text) as { readonly entries: readonly Entry[] };
  return comparable(entries.filter(({ k, x }) => k !== "help" || (x ?? "") !== ""));
}

function comparable(entries: readonly Entry[]): string[] {
  return entries.map(({ k, n, x, s, v, t, st, h, e }) =>
    JSON.stringify([
      k,
      n,
      x,
      s,
      v === undefined ? v : number(v),
      t,
      st ?? 0,
      h && {
        ...h,
        count: number(h.count),
        sum: number(h.sum),
        zeroThreshold: number(h.zeroThreshold),
        zeroCount: number(h.zeroCount),
        positive: h.positive.map(bucket),
        negative: h.negative.map(bucket),
      },
      e?.map((exemplar) => ({ ...exemplar, v: number(exemplar.v) })) ?? [],
    ])
  ).sort();
}

const bucket = (text: string) => text.replace(/:.*/, (count) => `:${number(count.slice(1))}`);

/** Prometheus takes the exemplars of a native histogram that has none from the classic buckets. */
function withBucketExemplars(entries: readonly Entry[]): Entry[] {
  return entries.map((entry, at) => {
    if (entry.k !== "histogram" || entry.e !== undefined) return entry;
    const name = /__name__="([^"]*)"/.exec(entry.s!)![1];
    const e: NonNullable<Entry["e"]>[number][] = [];
    // The lines of a metric stand before its native part.
    for (let i = at - 1; i >= 0 && entries[i].k === "series"; i--) {
      if (!/__name__="(.*)_(bucket|sum|count)"/.exec(entries[i].s!)?.[1].endsWith(name)) break;
      if (entries[i].st !== entry.st) break;
      e.unshift(...(entries[i].e ?? []).filter(({ t }) => t !== undefined));
    }
    return e.length === 0 ? entry : { ...entry, e };
  });
}

for (const name of NAMES) {
  test(`${name}: the lines say what Prometheus reads`, () => {
    const { lines, error } = lift(new ProtobufReader(), [bodyOf(name)]);
    assert.equal(error, undefined);
    const found = comparable(withBucketExemplars(entriesOf(lines)));
    assert.deepEqual(found, prometheusEntries(name));
  });

  test(`${name}: rewriting all of it gives the same bytes`, () => {
    const body = bodyOf(name);
    const { rewritten, samples, lines } = lift(new ProtobufReader(), [body]);
    assert.deepEqual(rewritten, body);
    assert.equal(samples, lines.filter((line) => !line.startsWith("#")).length);
  });

  test(`${name}: wherever the chunks are cut`, () => {
    const body = bodyOf(name);
    const keep = (line: string) => line.length % 3 !== 0;
    const whole = lift(new ProtobufReader(), [body], keep);
    const next = random(1);
    for (let run = 0; run < 100; run++) {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      const largest = run === 0 ? 0 : next(run % 2 === 0 ? 20 : 1_500);
      for (let at = 0; at < body.length;) {
        const end = at + 1 + next(largest);
        chunks.push(body.slice(at, end));
        at = end;
      }
      assert.deepEqual(lift(new ProtobufReader(), chunks, keep), whole, `run ${run}`);
    }
  });
}

test("the lines, as they are written", () => {
  const { lines } = lift(new ProtobufReader(), [bodyOf("client_model")]);
  const wanted = readFileSync(resolve(import.meta.dirname!, "data", "client_model.lifted"), "utf8");
  assert.equal(lines.map((line) => `${line}\n`).join(""), wanted);
});
