import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acceptsGzip,
  isOpenMetrics,
  isProtobuf,
  upstreamAccept,
} from "../../src/upstream/negotiate.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited;q=0.7";
const PROMETHEUS = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
  "application/openmetrics-text;version=0.0.1;q=0.5," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

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
  "protobuf alone": [PROTOBUF, "text/plain;version=0.0.4,*/*;q=0.1"],
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
  test(`upstreamAccept: ${name}`, () => assert.equal(upstreamAccept(client), upstream));
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
