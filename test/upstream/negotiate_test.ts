import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acceptsGzip,
  answerFormat,
  bodyFormat,
  formatName,
  OPEN_METRICS_2_TYPE,
  OPEN_METRICS_TYPE,
  prefersOpenMetrics,
  PROTOBUF_TYPE,
  TEXT_TYPE,
  upstreamFormats,
} from "../../src/upstream/negotiate.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited;q=0.7";
const PROMETHEUS = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
  "application/openmetrics-text;version=0.0.1;q=0.5," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

const OPEN_METRICS_2 = "application/openmetrics-text;version=2.0.0";
const RICHEST = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";

const ACCEPTS: Record<string, [string | null, string]> = {
  "Prometheus 3 is passed on as it is": [PROMETHEUS, PROMETHEUS],
  "protobuf first": [`${PROTOBUF},${PROMETHEUS}`, `${PROTOBUF},${PROMETHEUS}`],
  "vmagent": ["text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain;version=0.0.4;q=1,*/*;q=0.1"],
  "absent": [null, "text/plain;version=0.0.4,*/*;q=0.1"],
  "empty": ["", "text/plain;version=0.0.4,*/*;q=0.1"],
  "curl": ["*/*", "text/plain;version=0.0.4,*/*;q=0.1"],
  "any text": ["text/*;q=0.5", "text/plain;version=0.0.4,*/*;q=0.1"],
  "a browser": [
    "text/html,application/xhtml+xml,*/*;q=0.8",
    "text/plain;version=0.0.4,*/*;q=0.8",
  ],
  "protobuf alone": [
    PROTOBUF,
    `${PROTOBUF},${RICHEST};q=0.35,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "protobuf alone, as Prometheus asks": [
    `${PROTOBUF},*/*;q=0.6`,
    `${PROTOBUF},${RICHEST};q=0.65,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "protobuf, then plain text": [
    `${PROTOBUF},text/plain;version=0.0.4;q=0.6,*/*;q=0.5`,
    `${PROTOBUF},${RICHEST};q=0.65,text/plain;version=0.0.4;q=0.6,*/*;q=0.5`,
  ],
  "protobuf, then nothing but plain text": [
    `${PROTOBUF},text/plain;version=0.0.4;q=0.6`,
    `${PROTOBUF},text/plain;version=0.0.4;q=0.6`,
  ],
  "plain text, then protobuf": [
    `text/plain;version=0.0.4;q=0.8,${PROTOBUF},*/*;q=0.5`,
    `text/plain;version=0.0.4;q=0.8,${PROTOBUF},*/*;q=0.5`,
  ],
  "plain text and protobuf as gladly": [
    `text/plain;q=0.7,${PROTOBUF},*/*;q=0.5`,
    `text/plain;q=0.7,${PROTOBUF},*/*;q=0.5`,
  ],
  "protobuf and plain text as gladly": [
    `${PROTOBUF},text/plain;q=0.7,*/*;q=0.5`,
    `${PROTOBUF},${RICHEST};q=0.7,text/plain;q=0.7,*/*;q=0.5`,
  ],
  "protobuf in another encoding": [
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text," +
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
    `${RICHEST};q=0.65,text/plain;version=0.0.4;q=0.3,*/*;q=0.1`,
  ],
  "another message in protobuf": [
    "application/vnd.google.protobuf;proto=io.prometheus.write.v2.Request;q=0.4",
    `${RICHEST};q=0.2,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "protobuf without parameters": [
    "application/vnd.google.protobuf,text/plain;q=0.5",
    "application/vnd.google.protobuf,text/plain;q=0.5",
  ],
  "OpenMetrics 2.0 first": [
    `${OPEN_METRICS_2};escaping=allow-utf-8;q=0.7,${PROMETHEUS}`,
    `${OPEN_METRICS_2};escaping=allow-utf-8;q=0.7,${PROMETHEUS}`,
  ],
  "OpenMetrics 2.0 alone": [
    OPEN_METRICS_2,
    `${OPEN_METRICS_2},${RICHEST};q=0.5,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "OpenMetrics 2.0 with another escaping": [
    `${OPEN_METRICS_2};escaping=dots,*/*;q=0.8`,
    `${OPEN_METRICS_2};escaping=dots,` +
    "application/openmetrics-text;version=1.0.0;escaping=dots;q=0.9," +
    "text/plain;version=0.0.4;q=0.1,*/*;q=0.05",
  ],
  "OpenMetrics 2.1 goes": [
    `application/openmetrics-text;version=2.1.0,${OPEN_METRICS_2};q=0.8,*/*;q=0.1`,
    `${OPEN_METRICS_2};q=0.8,${RICHEST};q=0.45,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "OpenMetrics 2.1 alone": [
    "application/openmetrics-text;version=2.1.0",
    `${RICHEST};q=0.5,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "protobuf, then OpenMetrics 2.0": [
    `${PROTOBUF},${OPEN_METRICS_2};q=0.6,*/*;q=0.5`,
    `${PROTOBUF},${OPEN_METRICS_2};q=0.6,${RICHEST};q=0.55,` +
    "text/plain;version=0.0.4;q=0.1,*/*;q=0.05",
  ],
  "weights as near as three digits allow": [
    `${PROTOBUF.replace("0.7", "0.002")},text/plain;q=0.001,*/*;q=0.001`,
    `${PROTOBUF.replace("0.7", "0.002")},${RICHEST};q=0.002,text/plain;q=0.001,*/*;q=0.001`,
  ],
  "OpenMetrics alone": [
    "application/openmetrics-text; version=1.0.0",
    "application/openmetrics-text; version=1.0.0",
  ],
  "OpenMetrics and a wildcard": [
    "application/openmetrics-text;version=1.0.0,*/*",
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.1,*/*;q=0.05",
  ],
  "a text version that is not read": [
    "text/plain;version=2.0.0",
    "text/plain;version=0.0.4,*/*;q=0.1",
  ],
  "refused by the client": [
    "text/plain;version=1.0.0;q=0,text/plain;version=0.0.4",
    "text/plain;version=0.0.4",
  ],
};

for (const [name, [client, upstream]] of Object.entries(ACCEPTS)) {
  test(`Accept: ${name}`, () => assert.equal(upstreamFormats(client).accept, upstream));
}

const WANTED: [string | null, string | undefined][] = [
  [null, undefined],
  [PROMETHEUS, undefined],
  [`${PROTOBUF},${PROMETHEUS}`, "PrometheusProto"],
  [`text/plain;q=0.9,${PROTOBUF}`, undefined],
  [`text/plain;q=0.7,${PROTOBUF}`, undefined],
  [`${PROTOBUF},${OPEN_METRICS_2};q=0.8`, "OpenMetricsText2.0.0"],
  [`${OPEN_METRICS_2};q=0`, undefined],
  ["application/openmetrics-text;version=2.1.0,text/plain;q=0.5", "other"],
  ["application/x-protobuf,text/plain;q=0.5", "other"],
  ["application/json,*/*;q=0.1", undefined],
];

for (const [header, wanted] of WANTED) {
  test(`wanted most, and text carries less: ${header}`, () => {
    assert.equal(upstreamFormats(header).wanted, wanted);
  });
}

const NAMES: [string | null, string | undefined][] = [
  [null, undefined],
  ["text/html", undefined],
  ["text/plain", "PrometheusText0.0.4"],
  ["text/plain; version=1.0.0; escaping=underscores", "PrometheusText1.0.0"],
  ["application/openmetrics-text; version=0.0.1", "OpenMetricsText0.0.1"],
  ["application/openmetrics-text", "OpenMetricsText1.0.0"],
  ["application/openmetrics-text; version=2.0.0", "OpenMetricsText2.0.0"],
  ["application/openmetrics-text; version=2.1.0", undefined],
  ["text/plain; version=secret", undefined],
  [PROTOBUF, "PrometheusProto"],
  [
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text",
    undefined,
  ],
];

for (const [type, name] of NAMES) {
  test(`${type} is ${name}`, () => assert.equal(formatName(type), name));
}

const TYPES: [string | null, string][] = [
  [null, "text"],
  ["", "text"],
  [TEXT_TYPE, "text"],
  ["Text/Plain", "text"],
  ["text/plain; version=1.0.0; escaping=allow-utf-8", "text"],
  ["text/plainer", "text"],
  ["text/html", "text"],
  [OPEN_METRICS_TYPE, "openmetrics"],
  ["application/openmetrics-text", "openmetrics"],
  ["application/openmetrics-text; version=0.0.1", "openmetrics"],
  ["application/openmetrics-text; version=2.1.0", "openmetrics"],
  ["application/openmetrics-text; version=2", "openmetrics"],
  [OPEN_METRICS_2_TYPE, "openmetrics2"],
  ['Application/OpenMetrics-Text;VERSION="2.0.0"', "openmetrics2"],
  [PROTOBUF_TYPE, "protobuf"],
  ["application/vnd.google.protobuf", "protobuf"],
  ["application/vnd.google.protobuf;encoding=delimited", "protobuf"],
  ["application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily", "protobuf"],
  ["application/vnd.google.protobuf;encoding=text", "text"],
  ["application/vnd.google.protobuf;encoding=compact-text", "text"],
  ["application/vnd.google.protobuf;proto=io.prometheus.write.v2.Request", "text"],
  ["application/x-protobuf", "text"],
];

for (const [type, expected] of TYPES) {
  test(`a body of ${type} is read as ${expected}`, () => assert.equal(bodyFormat(type), expected));
}

const ANSWERS: [string | null, string, string][] = [
  // Of all formats, and of OpenMetrics 1.0 and text.
  [null, "text", "text"],
  ["*/*", "text", "text"],
  ["text/html,*/*;q=0.8", "text", "text"],
  [PROMETHEUS, "openmetrics", "openmetrics"],
  [`${PROTOBUF},${PROMETHEUS}`, "protobuf", "openmetrics"],
  [`${PROTOBUF},text/plain;q=0.7`, "protobuf", "text"],
  [`${PROTOBUF},*/*;q=0.6`, "protobuf", "openmetrics"],
  [`text/plain;q=0.7,${PROTOBUF}`, "text", "text"],
  [`${OPEN_METRICS_2};q=0.7,${PROTOBUF}`, "openmetrics2", "openmetrics"],
  [`${PROTOBUF},${OPEN_METRICS_2};q=0.7`, "protobuf", "openmetrics"],
  [`${PROTOBUF},${OPEN_METRICS_2};q=0.8`, "openmetrics2", "openmetrics"],
  ["application/openmetrics-text;version=2.1.0", "openmetrics", "openmetrics"],
  ["application/openmetrics-text,text/plain", "openmetrics", "openmetrics"],
  ["text/plain,application/openmetrics-text", "text", "text"],
  ["text/plain;version=1.0.0", "text", "text"],
];

for (const [accept, format, ofText] of ANSWERS) {
  test(`answered to ${accept}: ${format}, or ${ofText}`, () => {
    assert.equal(answerFormat(accept), format);
    assert.equal(prefersOpenMetrics(accept), ofText === "openmetrics");
  });
}

const ENCODINGS: [string | null, boolean][] = [
  [null, false],
  ["", false],
  ["gzip", true],
  ["GZIP", true],
  ["deflate, gzip;q=0.5", true],
  ["gzip;q=0", false],
  ["gzip; q=0.000, *", false],
  ["*", true],
  ["*;q=0", false],
  ["identity", false],
  ["gzipped", false],
];

for (const [header, expected] of ENCODINGS) {
  test(`acceptsGzip: ${header}`, () => assert.equal(acceptsGzip(header), expected));
}
