import assert from "node:assert/strict";
import { test } from "node:test";
import { exposedType } from "../../src/upstream/fallback_protocol.ts";
import { bodyFormat } from "../../src/upstream/negotiate.ts";

/** Whether the fallback stands in: what `textparse.New` of Prometheus 3.16 says of these types. */
const TYPES: [string | null, boolean][] = [
  [null, true],
  ["", true],
  ["text/plain", false],
  ["Text/Plain; charset=utf-8", false],
  ["text/plain; version=0.0.4; charset=utf-8;", false],
  ["text/plain ; version = 0.0.4", false],
  ['text/plain; charset="utf-8"', false],
  ['text/plain; a="x\\"y"', false],
  ["text/plain;version=9", false],
  ["text/plain; charset", true],
  ["text/plain; =x", true],
  ["text/plain; a=b c", true],
  ["text/plain version=0.0.4", true],
  ["text/plain, text/plain", true],
  ["text/plain;;", true],
  [" text/plain ", false],
  ["text/html; charset=utf-8", true],
  ["text", true],
  ["text/*", true],
  ["*/*", true],
  [";", true],
  ["application/json", true],
  ["application/octet-stream", true],
  ["application/openmetrics-text", false],
  ["application/openmetrics-text; version=3", false],
  ["application/vnd.google.protobuf", false],
  ["application/vnd.google.protobuf; encoding=text", false],
  ["application/protobuf", true],
  ["application/x-protobuf", true],
];

for (const [type, isReplaced] of TYPES) {
  test(`${type} ${isReplaced ? "gives way to" : "stays before"} the fallback`, () => {
    const fallback = "text/plain; version=1.0.0; charset=utf-8";
    assert.equal(exposedType(type, "PrometheusText1.0.0"), isReplaced ? fallback : type);
    assert.equal(exposedType(type, undefined), type);
  });
}

const PROTOCOLS = {
  "PrometheusProto": "protobuf",
  "PrometheusText0.0.4": "text",
  "PrometheusText1.0.0": "text",
  "OpenMetricsText0.0.1": "openmetrics",
  "OpenMetricsText1.0.0": "openmetrics",
  "OpenMetricsText2.0.0": "openmetrics2",
} as const;

for (const [protocol, format] of Object.entries(PROTOCOLS)) {
  test(`the fallback ${protocol} is read as ${format}`, () => {
    const type = exposedType(null, protocol as keyof typeof PROTOCOLS);
    assert.equal(bodyFormat(type), format);
    assert.equal(exposedType(type, "PrometheusText0.0.4"), type);
  });
}
