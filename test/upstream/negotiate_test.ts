import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acceptsGzip,
  formatName,
  isOpenMetrics,
  isProtobuf,
  upstreamFormats,
} from "../../src/upstream/negotiate.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited;q=0.7";
const PROMETHEUS = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
  "application/openmetrics-text;version=0.0.1;q=0.5," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

const RICHEST = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";

const ACCEPTS: Record<string, [string | null, string]> = {
  "Prometheus 3 is passed on as it is": [PROMETHEUS, PROMETHEUS],
  "protobuf goes, the order stays": [`${PROTOBUF},${PROMETHEUS}`, PROMETHEUS],
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
    `${RICHEST};q=0.7,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "protobuf alone, as Prometheus asks": [
    `${PROTOBUF},*/*;q=0.6`,
    `${RICHEST};q=0.7,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
  ],
  "protobuf, then plain text": [
    `${PROTOBUF},text/plain;version=0.0.4;q=0.6,*/*;q=0.5`,
    `${RICHEST};q=0.7,text/plain;version=0.0.4;q=0.6,*/*;q=0.5`,
  ],
  "plain text, then protobuf": [
    `text/plain;version=0.0.4;q=0.8,${PROTOBUF},*/*;q=0.5`,
    "text/plain;version=0.0.4;q=0.8,*/*;q=0.5",
  ],
  "OpenMetrics 2.0 goes": [
    `application/openmetrics-text;version=2.0.0;escaping=allow-utf-8;q=0.7,${PROMETHEUS}`,
    PROMETHEUS,
  ],
  "OpenMetrics 2.0 alone": [
    "application/openmetrics-text;version=2.0.0",
    `${RICHEST},text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
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

const UNREAD: [string | null, string | undefined][] = [
  [null, undefined],
  [PROMETHEUS, undefined],
  [`${PROTOBUF},${PROMETHEUS}`, "PrometheusProto"],
  [`text/plain;q=0.9,${PROTOBUF}`, undefined],
  [`${PROTOBUF},application/openmetrics-text;version=2.0.0;q=0.8`, "OpenMetricsText2.0.0"],
  ["application/openmetrics-text;version=2.0.0;q=0", undefined],
  ["application/json,*/*;q=0.1", undefined],
];

for (const [header, unread] of UNREAD) {
  test(`wanted most and not read: ${header}`, () => {
    assert.equal(upstreamFormats(header).unread, unread);
  });
}

const NAMES: [string | null, string | undefined][] = [
  [null, undefined],
  ["text/html", undefined],
  ["text/plain", "PrometheusText0.0.4"],
  ["text/plain; version=1.0.0; escaping=underscores", "PrometheusText1.0.0"],
  ["application/openmetrics-text; version=0.0.1", "OpenMetricsText0.0.1"],
  ["application/openmetrics-text", "OpenMetricsText1.0.0"],
  [PROTOBUF, "PrometheusProto"],
];

for (const [type, name] of NAMES) {
  test(`${type} is ${name}`, () => assert.equal(formatName(type), name));
}

const TYPES: [string | null, { openMetrics: boolean; protobuf: boolean }][] = [
  [null, { openMetrics: false, protobuf: false }],
  ["text/plain; version=0.0.4", { openMetrics: false, protobuf: false }],
  ["Text/Plain", { openMetrics: false, protobuf: false }],
  [
    "application/openmetrics-text;version=1.0.0; charset=utf-8",
    { openMetrics: true, protobuf: false },
  ],
  [PROTOBUF, { openMetrics: false, protobuf: true }],
  ["text/plainer", { openMetrics: false, protobuf: false }],
  ["text/html", { openMetrics: false, protobuf: false }],
];

for (const [type, expected] of TYPES) {
  test(`content type ${type}`, () => {
    assert.deepEqual({
      openMetrics: isOpenMetrics(type),
      protobuf: isProtobuf(type),
    }, expected);
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
