import assert from "node:assert/strict";
import { test } from "node:test";
import { ResourceAttributes } from "../../src/policy/resource_attributes.ts";
import { matches, type ScrapeOptions } from "../support/policy/policy_fixture.ts";

interface SelectorCase {
  readonly name: string;
  readonly match: unknown;
  /** The last sample is the one that is asked about. */
  readonly text: string;
  readonly matches: boolean;
  readonly options?: ScrapeOptions;
}

const SCOPE =
  'm{otel_scope_name="lib",otel_scope_version="1.2",otel_scope_schema_url="https://x/1",' +
  'otel_scope_http_library="h"} 1';
const FAMILY = '# HELP m_seconds A \\"help\\" with \\\\ and\\nnewline\n# TYPE m_seconds counter\n' +
  "# UNIT m_seconds seconds\nm_seconds_total 1";
const HELP = 'A "help" with \\ and\nnewline';

const cases: SelectorCase[] = [
  {
    name: "name: the sample's name, suffix and all",
    match: { metric_field: "name", exact: "http_seconds_bucket" },
    text: '# TYPE http_seconds histogram\nhttp_seconds_bucket{le="1"} 2',
    matches: true,
  },
  {
    name: "name: not the family's",
    match: { metric_field: "name", exact: "http_seconds" },
    text: '# TYPE http_seconds histogram\nhttp_seconds_bucket{le="1"} 2',
    matches: false,
  },
  {
    name: "name: a dotted one does not match its underscored form",
    match: { metric_field: "name", exact: "http.requests" },
    text: "http_requests 1",
    matches: false,
  },
  {
    name: "name: quoted, as OpenMetrics 2 and Prometheus 3 write it",
    match: { metric_field: "name", exact: "http.requests" },
    text: '{"http.requests",a="b"} 1',
    matches: true,
  },
  {
    name: "name: quoted, its escapes resolved",
    match: { metric_field: "name", exact: 'a"b\\c' },
    text: '{"a\\"b\\\\c"} 1',
    matches: true,
  },
  {
    name: "description: HELP, unescaped",
    match: { metric_field: "description", contains: "\\ and\n" },
    text: FAMILY,
    matches: true,
  },
  {
    name: "description: of another family",
    match: { metric_field: "description", exists: true },
    text: "# HELP a b\nother 1",
    matches: false,
  },
  {
    name: "description: empty is absent",
    match: { metric_field: "description", exists: false },
    text: "# HELP a \na 1",
    matches: true,
  },
  {
    name: "unit: UNIT",
    match: { metric_field: "unit", exact: "seconds" },
    text: FAMILY,
    matches: true,
    options: { openMetrics: true },
  },
  {
    name: "unit: absent without UNIT, whatever the name ends with",
    match: { metric_field: "unit", exists: true },
    text: "# TYPE a_seconds gauge\na_seconds 1",
    matches: false,
  },
  ...["scope_name=lib", "scope_version=1.2", "scope_schema_url=https://x/1"].map((pair) => ({
    name: `${pair.split("=")[0]}: its otel_scope_ label`,
    match: { metric_field: pair.split("=")[0], exact: pair.split("=")[1] },
    text: SCOPE,
    matches: true,
  })),
  {
    name: "scope_name: absent",
    match: { metric_field: "scope_name", exists: false },
    text: 'm{scope_name="a"} 1',
    matches: true,
  },
  {
    name: "resource_schema_url: always absent",
    match: { metric_field: "resource_schema_url", exists: true },
    text: 'm{resource_schema_url="a"} 1',
    matches: false,
  },
  {
    name: "datapoint_attribute: the label",
    match: { datapoint_attribute: "method", exact: "GET" },
    text: 'm{code="200",method="GET"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: dotted finds the underscored label",
    match: { datapoint_attribute: "http.method", exact: "GET" },
    text: 'm{http_method="GET"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: as written goes before underscored",
    match: { datapoint_attribute: "http.method", exact: "dotted" },
    text: 'm{http_method="under","http.method"="dotted"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: any other character becomes an underscore, too",
    match: { datapoint_attribute: "k8s-pod/name:x", exact: "a" },
    text: 'm{k8s_pod_name_x="a"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: underscored does not find the dotted label",
    match: { datapoint_attribute: "http_method", exists: true },
    text: '{"m","http.method"="GET"} 1',
    matches: false,
  },
  {
    name: "datapoint_attribute: path segments are joined by dots",
    match: { datapoint_attribute: ["http", "method"], exact: "GET" },
    text: 'm{http_method="GET"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: an empty label is absent",
    match: { datapoint_attribute: "a", exists: false },
    text: 'm{a=""} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: an empty label is no empty string",
    match: { datapoint_attribute: "a", regex: "^$" },
    text: 'm{a=""} 1',
    matches: false,
  },
  {
    name: "datapoint_attribute: an empty label as written, the value underscored",
    match: { datapoint_attribute: "a.b", exact: "x" },
    text: '{"m","a.b"="",a_b="x"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: escapes of the value resolved",
    match: { datapoint_attribute: "a", exact: 'q"\\\n' },
    text: 'm{a="q\\"\\\\\\n"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute: a label whose name is escaped",
    match: { datapoint_attribute: "a\\b", exact: "x" },
    text: '{"m","a\\\\b"="y"} 1\n{"m","a\\\\b"="x"} 1',
    matches: true,
  },
  {
    name: "datapoint_attribute value: the sample's number",
    match: { datapoint_attribute: "value", gt: 1 },
    text: "m 1.5",
    matches: true,
  },
  {
    name: "datapoint_attribute value: exists always",
    match: { datapoint_attribute: "value", exists: true },
    text: "m NaN",
    matches: true,
  },
  {
    name: "datapoint_attribute value: a label of that name hides it",
    match: { datapoint_attribute: "value", gt: 1 },
    text: 'm{value="a"} 5',
    matches: false,
  },
  {
    name: "datapoint_attribute value: and is what a string match sees",
    match: { datapoint_attribute: "value", exact: "a" },
    text: 'm{value="a"} 5',
    matches: true,
  },
  {
    name: "datapoint_attribute value: an empty label hides nothing",
    match: { datapoint_attribute: "value", equals: 5 },
    text: 'm{value=""} 5',
    matches: true,
  },
  {
    name: "datapoint_attribute value: infinite",
    match: { datapoint_attribute: "value", gt: 1e308 },
    text: "m +Inf",
    matches: true,
  },
  {
    name: "datapoint_attribute timestamp: milliseconds in the text format",
    match: { datapoint_attribute: "timestamp", equals: { int_value: "1700000000123" } },
    text: "m 1 1700000000123",
    matches: true,
  },
  {
    name: "datapoint_attribute timestamp: OpenMetrics's seconds made milliseconds",
    match: { datapoint_attribute: "timestamp", equals: 1700000000123 },
    text: "m 1 1700000000.123",
    matches: true,
    options: { openMetrics: true },
  },
  {
    name: "datapoint_attribute timestamp: absent",
    match: { datapoint_attribute: "timestamp", exists: false },
    text: "m 1",
    matches: true,
  },
  {
    name: "datapoint_attribute timestamp: an exemplar's is not the sample's",
    match: { datapoint_attribute: "timestamp", exists: true },
    text: 'm_total 1 # {trace="a"} 0.5 17.1',
    matches: false,
    options: { openMetrics: true },
  },
  {
    name: "datapoint_attribute timestamp: a label of that name hides it",
    match: { datapoint_attribute: "timestamp", exact: "noon" },
    text: 'm{timestamp="noon"} 1 5',
    matches: true,
  },
  {
    name: "scope_attribute: its otel_scope_ label, dots underscored",
    match: { scope_attribute: "http.library", exact: "h" },
    text: SCOPE,
    matches: true,
  },
  {
    name: "scope_attribute: not the label without prefix",
    match: { scope_attribute: "a", exists: true },
    text: 'm{a="x"} 1',
    matches: false,
  },
  {
    name: "resource_attribute: from the configuration",
    match: { resource_attribute: "service.name", exact: "shop" },
    text: "m 1",
    matches: true,
    options: { resource: new ResourceAttributes([{ key: "service.name", value: "shop" }]) },
  },
  {
    name: "resource_attribute: from target_info earlier in the scrape",
    match: { resource_attribute: "k8s.pod.name", exact: "pod-1" },
    text: 'target_info{k8s_pod_name="pod-1"} 1\nm 1',
    matches: true,
  },
  {
    name: "resource_attribute: not of a later target_info, in the first scrape",
    match: [
      { resource_attribute: "k8s.pod.name", exists: true },
      { metric_field: "name", exact: "m" },
    ],
    text: "m 1",
    matches: false,
  },
  {
    name: "resource_attribute: no label",
    match: { resource_attribute: "a", exists: true },
    text: 'm{a="x"} 1',
    matches: false,
  },
];

for (const { name, match, text, matches: wanted, options } of cases) {
  test(`selector ${name}`, async () => {
    assert.equal(await matches(match, text, options), wanted);
  });
}

test("HELP is matched whole and exactly", async () => {
  assert.equal(await matches({ metric_field: "description", exact: HELP }, FAMILY), true);
});

const types: readonly (readonly [string, string, string, boolean])[] = [
  ["counter", "m_total", "sum", true],
  ["gauge", "m", "gauge", false],
  ["histogram", "m_bucket", "histogram", true],
  ["gaugehistogram", "m_gcount", "histogram", false],
  ["summary", "m_sum", "summary", false],
  ["info", "m_info", "gauge", false],
  ["stateset", "m", "gauge", false],
  ["unknown", "m", "gauge", false],
  ["untyped", "m", "gauge", false],
  ["(none)", "m", "gauge", false],
];

for (const [type, sample, metricType, isCumulative] of types) {
  test(`TYPE ${type} is metric_type ${metricType}`, async () => {
    const text = type === "(none)" ? `${sample} 1` : `# TYPE m ${type}\n${sample} 1`;
    for (const other of ["gauge", "sum", "histogram", "exponential_histogram", "summary"]) {
      assert.equal(await matches({ metric_type: other }, text), other === metricType, other);
    }
    const temporality = (value: string) => matches({ aggregation_temporality: value }, text);
    assert.equal(await temporality("cumulative"), isCumulative);
    assert.equal(await temporality("delta"), false);
  });
}
