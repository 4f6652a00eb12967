import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { noExpositions, sharedExpositions } from "../support/lines/shared_expositions.ts";
import { analyzed, metricOf } from "../support/analyze/analyzed.ts";

const decoder = new TextDecoder();

test("the figures of real expositions are those of plain counting", { skip: noExpositions }, () => {
  for (const [file, bytes] of sharedExpositions()) {
    const report = analyzed(bytes);
    const plain = plainCount(decoder.decode(bytes));
    equal(report.bytes, bytes.length, file);
    equal(report.series, new Set(plain.map(({ series }) => series)).size, file);
    equal(report.estimated, false, file);
    const names = [...new Set(plain.map(({ name }) => name))];
    deepEqual(report.metrics.map(({ name }) => name).sort(), names.sort(), file);
    for (const name of names) {
      const samples = plain.filter((sample) => sample.name === name);
      const metric = metricOf(report, name);
      equal(metric.series, new Set(samples.map(({ series }) => series)).size, `${file}: ${name}`);
      equal(metric.bytes, samples.reduce((sum, { length }) => sum + length, 0), `${file}: ${name}`);
      for (const label of metric.labels) {
        const place = `${file}: ${name}{${label.name}}`;
        const values = samples.flatMap(({ labels }) => labels.get(label.name) ?? []);
        equal(label.distinct, new Set(values).size, place);
        equal(label.series, values.length, place);
        deepEqual(
          label.values.map(({ text, series }) => [text, series]).sort(),
          [...new Set(values)].slice(0, 100)
            .map((value) => [value, values.filter((other) => other === value).length]).sort(),
          place,
        );
        if (metric.type === "summary") continue;
        const rest = new Set(samples.map(({ labels }) => withoutLabel(labels, label.name)));
        equal(label.without.series, rest.size, place);
      }
    }
  }
});

interface PlainSample {
  readonly name: string;
  readonly series: string;
  readonly length: number;
  readonly labels: ReadonlyMap<string, string>;
}

/** Samples by cutting strings at their spaces and commas, which holds for these files. */
function plainCount(text: string): PlainSample[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const end = line.lastIndexOf("}");
    const series = end < 0 ? line.split(" ")[0] : line.slice(0, end + 1);
    const [name] = series.split("{");
    const rest = series.slice(name.length);
    const pairs = [...rest.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    const labels = pairs.map(([, key, value]) => [key, value.replaceAll(/\\(.)/g, "$1")] as const)
      .filter(([, value]) => value !== "");
    const length = new TextEncoder().encode(line).length + 1;
    return {
      name,
      series: `${name}${withoutLabel(new Map(labels), "")}`,
      length,
      labels: new Map(labels),
    };
  });
}

function withoutLabel(labels: ReadonlyMap<string, string>, label: string): string {
  return JSON.stringify([...labels].filter(([name]) => name !== label).sort());
}
