/** The recorded answers are served as the registry that gave them would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordedExporter } from "../support/e2e/recorded_exporter.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily";
const OPEN_METRICS = "application/openmetrics-text";

/** What `expfmt.NegotiateAccept` (prometheus/common 0.72.1) gives for promhttp's formats. */
const NEGOTIATED: readonly (readonly [accept: string, type: string])[] = [
  [
    `${OPEN_METRICS};version=1.0.0;escaping=allow-utf-8;q=0.6,${OPEN_METRICS};version=0.0.1;q=0.5,` +
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    `${OPEN_METRICS}; version=1.0.0; charset=utf-8; escaping=allow-utf-8`,
  ],
  [
    `${PROTOBUF};encoding=delimited;q=0.7,${OPEN_METRICS};version=1.0.0;escaping=allow-utf-8;q=0.6`,
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " +
    "encoding=delimited; escaping=underscores",
  ],
  [
    `${OPEN_METRICS};version=2.0.0;escaping=allow-utf-8;q=0.7,${PROTOBUF};encoding=delimited;q=0.6`,
    `${OPEN_METRICS}; version=2.0.0; charset=utf-8; escaping=allow-utf-8`,
  ],
  [
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.7,*/*;q=0.6",
    "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8",
  ],
  [
    "text/plain;version=0.0.4;q=0.7,*/*;q=0.6",
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  ],
  [
    `${OPEN_METRICS};version=0.0.1;q=0.7,*/*;q=0.6`,
    `${OPEN_METRICS}; version=0.0.1; charset=utf-8; escaping=underscores`,
  ],
  [
    `${OPEN_METRICS};version=3.0.0;escaping=allow-utf-8;q=0.7,text/plain;q=0.6`,
    "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8",
  ],
  [
    `${PROTOBUF};encoding=text;q=0.7,${OPEN_METRICS};version=1.0.0;q=0.5`,
    `${OPEN_METRICS}; version=1.0.0; charset=utf-8; escaping=underscores`,
  ],
  ["*/*", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"],
  [
    `text/plain;q=0.1,${OPEN_METRICS};version=1.0.0;q=0.5`,
    `${OPEN_METRICS}; version=1.0.0; charset=utf-8; escaping=underscores`,
  ],
];

for (const [accept, type] of NEGOTIATED) {
  test(`the recorded exporter, asked for ${accept}`, async (t) => {
    const url = await recordedExporter(t, 1_800_000_000);
    const response = await fetch(url, { headers: { accept } });
    assert.equal(response.headers.get("content-type"), type);
    const body = new TextDecoder().decode(await response.arrayBuffer());
    // The recorded second, in each spelling; protobuf's is not text.
    assert.doesNotMatch(body, /1795000000|1\.795000000/);
    assert.equal(body.includes(type.includes("allow-utf-8") ? "http.server" : "http_server"), true);
  });
}
