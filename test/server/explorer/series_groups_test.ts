import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { foundMetrics, searchForPrefix } from "../../../src/server/explorer/name_search.ts";
import { familyRows, prefixRows } from "../../../src/server/explorer/series_groups.ts";
import { analyzed } from "../../support/analyze/analyzed.ts";

const SCRAPE = `# TYPE h_seconds histogram
h_seconds_bucket{le="1"} 1
h_seconds_bucket{le="+Inf"} 1
h_seconds_sum 1
h_seconds_count 1
# TYPE node_cpu_total counter
node_cpu_total{cpu="0"} 1
node_cpu_total{cpu="1"} 1
# TYPE node_load gauge
node_load 1
# TYPE up gauge
up 1
`;

const { metrics } = analyzed(SCRAPE);

const short = (rows: ReturnType<typeof familyRows>) =>
  rows.map(({ name, type, series, metrics }) => [name, type, series, metrics.length]);

test("a histogram is one row, and each other metric one", () => {
  deepEqual(short(familyRows(metrics)), [
    ["h_seconds", "histogram", 4, 3],
    ["node_cpu_total", "counter", 2, 1],
    ["node_load", "gauge", 1, 1],
    ["up", "gauge", 1, 1],
  ]);
});

test("of a part of a histogram that is found the row is that part", () => {
  deepEqual(short(familyRows(foundMetrics(metrics, "_bucket$"))), [
    ["h_seconds_bucket", "histogram", 2, 1],
  ]);
});

test("names that begin alike are one row", () => {
  deepEqual(short(prefixRows(metrics)), [
    ["h_seconds_", "histogram", 4, 3],
    ["node_", undefined, 3, 2],
    ["up", "gauge", 1, 1],
  ]);
});

test("a beginning that is most of the scrape is taken apart at its next word", () => {
  const names = ["request_size", "request_time", "header_size", "header_time", "up"];
  const text = names.map((name) => `nginx_ingress_controller_${name} 1\n`).join("") + "go_info 1\n";
  const rows = prefixRows(analyzed(text).metrics);
  deepEqual(short(rows).sort(), [
    ["go_info", undefined, 1, 1],
    ["nginx_ingress_controller_header_", undefined, 2, 2],
    ["nginx_ingress_controller_request_", undefined, 2, 2],
    ["nginx_ingress_controller_up", undefined, 1, 1],
  ]);
  deepEqual(rows.map(({ after }) => after).sort(), [0, 25, 25, 25]);
});

test("one metric alone, names without words, and one that begins another", () => {
  deepEqual(short(prefixRows(analyzed("a 1\n").metrics)), [["a", undefined, 1, 1]]);
  deepEqual(short(prefixRows(analyzed("_ 1\n__ 2\n___ 3\n").metrics)).length > 0, true);
  deepEqual(short(prefixRows(analyzed("a 1\na_b 1\na_b_c 1\n").metrics)).sort(), [
    ["a", undefined, 1, 1],
    ["a_b", undefined, 1, 1],
    ["a_b_c", undefined, 1, 1],
  ]);
});

const SEARCHES: readonly (readonly [query: string, found: readonly string[]])[] = [
  ["", [
    "h_seconds_bucket",
    "node_cpu_total",
    "h_seconds_count",
    "h_seconds_sum",
    "node_load",
    "up",
  ]],
  ["NODE", ["node_cpu_total", "node_load"]],
  ["^node_", ["node_cpu_total", "node_load"]],
  ["_(sum|count)$", ["h_seconds_count", "h_seconds_sum"]],
  ["h_seconds", ["h_seconds_bucket", "h_seconds_count", "h_seconds_sum"]],
  ["node.*total|up", ["node_cpu_total", "up"]],
  ["{cpu}", ["node_cpu_total"]],
  ["{le}", ["h_seconds_bucket"]],
  ["(", []],
  ["[a", []],
  // Such as take long are texts.
  ["(o+)+$", []],
  [".*.*.*.*.*x", []],
  ["(a|o)(a|o)(a|o)", []],
  ["o?o?o?o?o?", []],
  ["(o)\\1", []],
  ["(?=o)", []],
];

for (const [query, found] of SEARCHES) {
  test(`what ${JSON.stringify(query)} finds`, () => {
    deepEqual(foundMetrics(metrics, query).map(({ name }) => name).sort(), found.toSorted());
  });
}

test("the search for a beginning finds what begins so", () => {
  const odd = analyzed('{"a.b"} 1\n{"axb"} 1\n').metrics;
  deepEqual(foundMetrics(odd, searchForPrefix("a.")).map(({ name }) => name), ["a.b"]);
});
