/** Random families and rules: in every format they come to the same samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadFormat } from "../../src/exposition/line_format.ts";
import { writeNativeHistogram } from "../../src/exposition/native_histogram.ts";
import { bodyOf, joined, liftedText } from "../support/lines/composite_body.ts";
import { chunksOf, encode, filterChunks } from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { random } from "../support/random.ts";

type Next = (largest: number) => number;

const RUNS = 400;
const TYPES = ["counter", "gauge", "unknown", "summary", "histogram", "native", "both"];

test("random families and rules come to the same samples in every format", async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const next = random(seed);
    const lines = randomLines(next);
    const rules = await rulesOf({ rules: randomRules(next) });
    const size = pick(next, [7, 100, 1 << 20]);
    const scraped = async (format: ReadFormat, body: Uint8Array<ArrayBuffer>) => {
      const { chunks } = await filterChunks(chunksOf(body, size), { format, rules });
      return chunks;
    };
    const expected = samplesIn(
      new TextDecoder().decode(joined(await scraped("lifted", encode(lines)))),
    );
    for (const format of ["protobuf", "openmetrics2"] as const) {
      // What was learnt in one scrape is good for the next.
      for (let scrape = 0; scrape < 2; scrape++) {
        const found = liftedText(await scraped(format, bodyOf(lines, format)), format);
        assert.deepEqual(samplesIn(found), expected, `seed ${seed}, ${format}\n${lines}`);
      }
    }
  }
});

/** Families whose metrics are told apart by a label, so that some rules bring them together. */
function randomLines(next: Next): string {
  const families = Array.from({ length: 1 + next(5) }, (_, number) => {
    const type = pick(next, TYPES);
    const name = `${type}_${number}${type === "counter" ? "_total" : ""}`;
    const isHistogram = type === "native" || type === "both";
    const head = `# HELP ${name} Text.\n# TYPE ${name} ${isHistogram ? "histogram" : type}\n`;
    const bounds = ["0.5", "1.0", "10.0"].filter(() => next(3) > 0);
    return head + Array.from({ length: 1 + next(5) }, (_, i) => {
      const labels = `a="${next(1)}",b="${pick(next, ["x", "ö", 'q\\"'])}",n="${i}"`;
      return metric(next, name, type, labels, bounds);
    }).join("");
  });
  return families.join("");
}

function metric(
  next: Next,
  name: string,
  type: string,
  labels: string,
  bounds: readonly string[],
): string {
  const isCumulative = !["gauge", "unknown"].includes(type);
  const tail = isCumulative && next(1) === 0 ? ` st@${1000 + next(9)}` : "";
  if (!["summary", "histogram", "native", "both"].includes(type)) {
    return `${name}{${labels}} ${next(1000)}${tail}\n`;
  }
  const part = (suffix: string, label: string, value: number) =>
    `${name}${suffix}{${labels}${label}} ${value}${tail}\n`;
  if (type === "summary") {
    const quantile = part("", `,quantile="0.5"`, next(9));
    return quantile + part("_sum", "", next(99)) + part("_count", "", next(9));
  }
  const counts = [1, 2, 3].map(() => next(4));
  const count = counts.reduce((a, b) => a + b);
  const native = `${name}{${labels}} ${nativeText(next, counts)}${tail}\n`;
  if (type === "native") return native;
  let cumulative = 0;
  const buckets = [...bounds, "+Inf"].map((bound, i) => {
    cumulative = bound === "+Inf" ? count : cumulative + (counts[i] ?? 0);
    return part("_bucket", `,le="${bound}"`, cumulative);
  });
  const classic = buckets.join("") + part("_sum", "", next(99)) + part("_count", "", count);
  // The native part says the same sum.
  return type === "both" ? `${classic}${native}` : classic;
}

function nativeText(next: Next, counts: readonly number[]): string {
  return writeNativeHistogram({
    isFloat: false,
    count: counts.reduce((a, b) => a + b),
    sum: next(99),
    schema: next(3),
    zeroThreshold: 0.001,
    zeroCount: counts[0],
    negative: { spans: [], counts: [] },
    positive: { spans: [{ offset: next(3), length: 2 }], counts: counts.slice(1) },
    customValues: [],
  });
}

/** Rules that leave a metric's parts together. */
function randomRules(next: Next): RelabelRules {
  const some: RelabelRules = [
    { action: "labeldrop", regex: "n" },
    { action: "labeldrop", regex: "a|b" },
    { action: "drop", source_labels: ["a"], regex: "1" },
    { action: "keep", source_labels: ["b"], regex: "x|ö" },
    { action: "drop", source_labels: ["__name__"], regex: "(summary|native)_.*" },
    { action: "replace", source_labels: ["a"], target_label: "c", replacement: "$1-c" },
    { action: "hashmod", source_labels: ["n"], target_label: "m", modulus: 2 },
  ];
  const rules = some.filter(() => next(2) === 0);
  return rules.length > 0 ? rules : [some[0]];
}

/** Samples alone, in no order; a composite metric has one count and sum, its native part's if it has one. */
function samplesIn(text: string): string[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const natives = new Set(lines.filter((line) => / \{count:/.test(line)).map(metricOf));
  return lines.filter((line) => {
    const isOfNative = /^\w+_(sum|count)\{?/.test(line) && natives.has(metricOf(line));
    return !isOfNative;
  }).map(inOrder).sort();
}

function metricOf(line: string): string {
  const name = line.slice(0, line.search(/[{ ]/)).replace(/_(bucket|sum|count)$/, "");
  const labels = /^\w+\{(.*?[^\\]")\} /.exec(line)?.[1] ?? "";
  return `${name}{${labels.replace(/,?le="[^"]*"/, "")}}`;
}

/** Labels by name, as the order in which a metric has them is no matter. */
function inOrder(line: string): string {
  const found = /^(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} (.*)$/.exec(line);
  if (found === null) return line;
  const labels = found[2].match(/\w+="(?:[^"\\]|\\.)*"/g) ?? [];
  return `${found[1]}{${labels.sort().join(",")}} ${found[3]}`;
}

function pick<Item>(next: Next, items: readonly Item[]): Item {
  return items[next(items.length - 1)];
}
