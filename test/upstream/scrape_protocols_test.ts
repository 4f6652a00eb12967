import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { ScrapeProtocol } from "../../src/config/scrape_protocols.ts";
import { upstreamFormats } from "../../src/upstream/negotiate.ts";
import { boundedFormats } from "../../src/upstream/scrape_protocols.ts";

const PROTO = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited;q=0.6";
const OM2 = "application/openmetrics-text;version=2.0.0;q=0.6";
const OM1 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5";
const OM0 = "application/openmetrics-text;version=0.0.1;q=0.4";
const TEXT1 = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3";
const TEXT0 = "text/plain;version=0.0.4;q=0.2";
const ANY = "*/*;q=0.1";
const ALL = [PROTO, OM2, OM1, OM0, TEXT1, TEXT0, ANY].join(",");
const PLAIN = "text/plain;version=0.0.4";

interface Case {
  readonly what: string;
  readonly client: string | null;
  readonly protocols: readonly ScrapeProtocol[];
  readonly accept: string;
  readonly wanted?: string;
}

const CASES: readonly Case[] = [
  {
    what: "text alone, as metric-gate reads it",
    client: ALL,
    protocols: ["PrometheusText0.0.4"],
    accept: `${TEXT0},${ANY}`,
  },
  {
    what: "both texts, in the client's order",
    client: ALL,
    protocols: ["PrometheusText1.0.0", "PrometheusText0.0.4"],
    accept: [TEXT1, TEXT0, ANY].join(","),
  },
  {
    what: "no protobuf, which is not missed then",
    client: [PROTO, OM1, TEXT0, ANY].join(","),
    protocols: ["OpenMetricsText1.0.0", "PrometheusText0.0.4"],
    accept: [OM1, TEXT0, ANY].join(","),
  },
  {
    what: "protobuf stays what is wanted most",
    client: [PROTO, OM1, TEXT0, ANY].join(","),
    protocols: ["PrometheusProto", "PrometheusText0.0.4"],
    accept: [PROTO, TEXT0, ANY].join(","),
    wanted: "PrometheusProto",
  },
  {
    what: "each version by itself",
    client: ALL,
    protocols: ["OpenMetricsText2.0.0", "OpenMetricsText0.0.1"],
    accept: [OM2, OM0, ANY].join(","),
  },
  {
    what: "a client that reads none of them",
    client: `${TEXT0},${ANY}`,
    protocols: ["OpenMetricsText1.0.0"],
    accept: `${PLAIN},${ANY}`,
  },
  {
    what: "a client that says nothing",
    client: null,
    protocols: ["PrometheusText0.0.4"],
    accept: `${PLAIN},*/*;q=0.1`,
  },
];

for (const { what, client, protocols, accept, wanted } of CASES) {
  test(`what is asked for is bounded: ${what}`, () => {
    const found = boundedFormats(client, protocols);
    deepEqual([found.accept, found.wanted], [accept, wanted]);
    // Again, and after another.
    boundedFormats("text/plain", protocols);
    equal(boundedFormats(client, protocols).accept, accept);
  });
}

test("unbounded it is what the client asks for", () => {
  for (const client of [ALL, TEXT0, null]) {
    deepEqual(boundedFormats(client, undefined), upstreamFormats(client));
  }
});
