import assert from "node:assert/strict";
import { test } from "node:test";
import { needText } from "../../src/usage/label_need.ts";
import { promqlUses } from "../../src/usage/promql_uses.ts";
import { selectorText } from "../../src/usage/series_use.ts";

/** Each selector as PromQL writes it, and the labels that are needed of it; by hand. */
const CASES: readonly [expression: string, ...uses: readonly (readonly [string, string])[]][] = [
  ["up", ["up", "all labels"]],
  ["sum(up)", ["up", "no label"]],
  ["sum by (job) (up)", ["up", "job"]],
  ["sum(up) by (job)", ["up", "job"]],
  ["sum without (pod) (up)", ["up", "all labels but pod"]],
  ['sum by (job) (rate(http_requests_total{code=~"5.."}[5m]))', [
    'http_requests_total{code=~"5.."}',
    "code, job",
  ]],
  [
    'sum(rate(a_total{code="500"}[5m])) by (job) / sum(rate(a_total[5m])) by (job)',
    ['a_total{code="500"}', "code, job"],
    ["a_total", "job"],
  ],
  ["avg by (job) (up)", ["up", "all labels"]],
  ["count by (job) (up)", ["up", "all labels"]],
  ["max by (job) (up)", ["up", "all labels"]],
  ["topk by (job) (3, up)", ["up", "all labels"]],
  ["topk(3, sum by (job) (up))", ["up", "job"]],
  ["quantile(0.9, sum by (job) (up))", ["up", "job"]],
  ["count(count by (path) (up))", ["up", "path"]],
  ["count by (job) (sum by (job, pod) (rate(a_total[5m])))", ["a_total", "job, pod"]],
  ["count by (job) (count without (pod) (up > 1))", ["up", "all labels"]],
  ["count(max by (pod) (a) and on (pod) b)", ["a", "all labels"], ["b", "pod"]],
  ["sum(sum by (job, pod) (up))", ["up", "no label"]],
  ["sum by (job) (sum without (pod) (up))", ["up", "job"]],
  ["sum without (job) (sum without (pod) (up))", ["up", "all labels but job, pod"]],
  ["max(sum by (job, pod) (up))", ["up", "job, pod"]],
  ["sum(max by (pod) (up))", ["up", "all labels"]],
  ["sum(up > 5)", ["up", "all labels"]],
  ["sum(up) > 5", ["up", "no label"]],
  ["sum(up > bool 5)", ["up", "all labels"]],
  ["sum(up * 2)", ["up", "no label"]],
  ["sum(2 * up / 4)", ["up", "no label"]],
  ["sum(4 / up)", ["up", "all labels"]],
  ["sum(up + 1)", ["up", "all labels"]],
  ["sum(-up)", ["up", "no label"]],
  ["sum(abs(up))", ["up", "all labels"]],
  ["sum by (a) (increase(b_total[1h] offset 1d))", ["b_total", "a"]],
  ["sum by (a) (rate(b_total[5m] @ 1600000000))", ["b_total", "a"]],
  ["sum by (a) (b @ start())", ["b", "a"]],
  ["max_over_time(sum by (a) (b)[1h:5m])", ["b", "a"]],
  ["sum by (a) (max_over_time(b[5m]))", ["b", "all labels"]],
  ["sum by (a) (sum_over_time(b[5m:1m]))", ["b", "a"]],
  ["histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))", ["a_bucket", "le"]],
  ["histogram_quantile(0.9, sum without (pod) (rate(a_bucket[5m])))", [
    "a_bucket",
    "all labels but pod",
  ]],
  ["histogram_quantile(0.9, rate(a_bucket[5m]))", ["a_bucket", "all labels"]],
  ["histogram_quantile(0.9, sum(rate(a[5m])))", ["a", "no label"]],
  ["histogram_count(sum(rate(a[5m])))", ["a", "no label"]],
  ["sum(histogram_count(rate(a[5m])))", ["a", "no label"]],
  ["sum(histogram_avg(rate(a[5m])))", ["a", "all labels"]],
  [
    'sum(rate(a_bucket{le="0.3"}[5m])) / sum(rate(a_count[5m]))',
    ['a_bucket{le="0.3"}', "le"],
    ["a_count", "no label"],
  ],
  [
    "a * on (pod) group_left (node) b",
    ["a", "all labels"],
    ["b", "all labels"],
  ],
  [
    "sum by (pod) (a) * on (pod) group_left (node) max by (pod, node) (b)",
    ["a", "pod"],
    ["b", "all labels"],
  ],
  ["sum by (pod) (a) and on (pod) b", ["a", "pod"], ["b", "pod"]],
  ["sum by (pod) (a) unless ignoring (node) (b > 1)", ["a", "pod"], ["b", "all labels"]],
  ["a unless on (job) sum by (job, pod) (b)", ["a", "all labels"], ["b", "job"]],
  ["a and ignoring (x) b", ["a", "all labels"], ["b", "all labels but x"]],
  ["a or sum by (c) (b)", ["a", "all labels"], ["b", "c"]],
  ['absent(up{job="a"})', ['up{job="a"}', "job"]],
  ["absent_over_time(up[5m])", ["up", "no label"]],
  ["group by (a) (up)", ["up", "a"]],
  ["group by (a) (up > 1)", ["up", "all labels"]],
  ["scalar(up)", ["up", "all labels"]],
  ["sum(a * scalar(b))", ["a", "no label"], ["b", "all labels"]],
  ["sum(a) * time()", ["a", "no label"]],
  ["vector(1)"],
  ["time() - 5"],
  ["1 + 2"],
  // Series that a label of theirs is written over in must differ in others, or that is an error.
  ['sum by (host) (label_replace(a, "host", "$1", "instance", "(.*):.*"))', ["a", "all labels"]],
  ['sum by (job) (label_replace(a, "host", "$1", "instance", "(.*):.*"))', ["a", "all labels"]],
  ['sum by (i) (label_replace(sum by (i, j) (a), "i", "$1", "i", "(.*):.*"))', ["a", "i, j"]],
  ['label_replace(sum by (b) (a), "c", "$1", "b", "(.*)")', ["a", "b"]],
  ['sum by (d) (label_join(a, "d", "-", "b", "c"))', ["a", "all labels"]],
  ['{__name__=~"node_(cpu|memory)_.*", job="node"}', [
    '{__name__=~"node_(cpu|memory)_.*", job="node"}',
    "all labels",
  ]],
  ['sum({__name__="up"})', ["up", "no label"]],
  // A function takes the names away: then these would be the same series.
  ['sum({job="a"})', ['{job="a"}', "job"]],
  ['sum(-{job="a"})', ['{job="a"}', "all labels"]],
  ['sum(rate({__name__=~"a|b"}[5m]))', ['{__name__=~"a|b"}', "all labels"]],
  ['sum(rate({__name__!="a", __name__="b"}[5m]))', ['b{__name__!="a"}', "no label"]],
  ['sum(up{$label="x"})', ["up", "all labels"]],
  ['sum(rate({__name__="$metric"}[1m]))', ['{__name__=~".*"}', "no label"]],
  ['sum(rate({__name__=~"$metric"}[1m]))', ['{__name__=~".*"}', "all labels"]],
  ['sum by ("my.label") ({"my.metric", "a.b"="c"})', [
    '{__name__="my.metric", "a.b"="c"}',
    "a.b, my.label",
  ]],
  ["sum by (a) (job:up:sum5m)", ["job:up:sum5m", "a"]],
  ['sum(up{a=~".*"})', ["up", "no label"]],
  ['sum(up{a=~".+"})', ['up{a=~".+"}', "a"]],
  ['sum(up{a!=""})', ['up{a!=""}', "a"]],
  ["sum(up{a='b\\x41\\\"'})", ['up{a="bA\\""}', "a"]],
  ["sum(up{a=`b\\d`})", ['up{a="b\\\\d"}', "a"]],
  ['count_values("version", build_info)', ["build_info", "all labels"]],
  ["sort_desc(sum by (a) (up))", ["up", "a"]],
  ["timestamp(up)", ["up", "all labels"]],
  ["info(sum by (job, instance) (a))", ["target_info", "all labels"], ["a", "instance, job"]],
  ['info(a, {__name__="build_info", version=~".+"})', ["build_info", "all labels"], [
    "a",
    "all labels",
  ]],
  ["sum by (a) (rate(b_total[5m] anchored))", ["b_total", "a"]],
  ["limitk(3, up)", ["up", "all labels"]],
  ["SUM BY (a) (up)", ["up", "a"]],
  ["sum by (a) (\n  # of all\n  up\n)", ["up", "a"]],
  ["sum(a atan2 b)", ["a", "all labels"], ["b", "all labels"]],
  // What a dashboard has besides.
  ["sum by (job) (rate(a_total[$__rate_interval]))", ["a_total", "job"]],
  ["sum by (job) (rate(a_total[${interval}:$step] offset $shift))", ["a_total", "job"]],
  ['sum(a{job="$job", b=~"x-$b", c!~"$c"})', [
    'a{job=~".*", b=~"x-.*", c=~".*"}',
    "b, c, job",
  ]],
  ['sum(a{job=~"$unknown:[[b]]"})', ['a{job=~".*:.*"}', "job"]],
  ['sum(a{path="a.b-$known"})', ['a{path=~"a\\\\.b-(?:x|y\\\\.z)"}', "path"]],
  ["sum by ($group) (a)", ["a", "all labels"]],
  ["topk($limit, sum by (b) (a))", ["a", "b"]],
  ["sum by (b) (a) > $threshold", ["a", "b"]],
  ["sum(a * $factor)", ["a", "no label"]],
  ["sum(rate(${known}_total[1m]))", ['{__name__=~"(?:x|y\\\\.z)_total"}', "no label"]],
  ["sum(rate($metric[1m]))", ['{__name__=~".*"}', "no label"]],
  ["sum(rate(a_[[unknown]]_total[1m]))", ['{__name__=~"a_.*_total"}', "no label"]],
  ["a / $__range_s", ["a", "all labels"]],
];

const VARIABLES = new Map([["known", ["x", "y.z"]]]);

for (const [expression, ...uses] of CASES) {
  test(expression, () => {
    const found = promqlUses(expression, VARIABLES);
    assert.ok("uses" in found, JSON.stringify(found));
    assert.deepEqual(found.uses.map((use) => [selectorText(use), needText(use.needs)]), uses);
  });
}

const ERRORS: readonly [expression: string, error: string][] = [
  ["", "it is empty"],
  [" # nothing\n", "it is empty"],
  ["sum by (a) (up", "it ends too early"],
  ["up{a=b}", 'not PromQL from "b}" on'],
  ["rate(up[5m]))", 'not PromQL from ")" on'],
  ["select * from up", 'not PromQL from "up" on'],
  ["{{ .Values.x }}", 'not PromQL from "{ .Values.x }}" on'],
];

for (const [expression, error] of ERRORS) {
  test(`an error: ${expression}`, () => {
    assert.deepEqual(promqlUses(expression), { error });
  });
}
