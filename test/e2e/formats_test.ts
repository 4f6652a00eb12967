/** What a client gets that wants a format which its upstream does not have, and what is said of it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream, OPEN_METRICS_TYPE } from "../support/e2e/upstreams.ts";
import { curl } from "../support/e2e/curl.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited";
const BODY = '# TYPE c counter\nc_total 1 # {trace="a"} 1\n# EOF\n';

const RICHEST = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";

/** What is asked of the upstream in the place of a client's header, and what its answer is counted as. */
const ACCEPTS: Record<string, [accept: string, asked: string, from: string | undefined]> = {
  "protobuf": [
    `${PROTOBUF};q=0.6,*/*;q=0.5`,
    `${PROTOBUF};q=0.6,${RICHEST};q=0.55,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
    "PrometheusProto",
  ],
  "OpenMetrics 2.0": [
    "application/openmetrics-text;version=2.0.0,*/*;q=0.5",
    `application/openmetrics-text;version=2.0.0,${RICHEST};q=0.75,` +
    "text/plain;version=0.0.4;q=0.1,*/*;q=0.05",
    "OpenMetricsText2.0.0",
  ],
  "OpenMetrics 2.1": [
    "application/openmetrics-text;version=2.1.0,*/*;q=0.5",
    `${RICHEST};q=0.75,text/plain;version=0.0.4;q=0.1,*/*;q=0.05`,
    "other",
  ],
  "OpenMetrics 1.0": [
    "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    undefined,
  ],
};

for (const [name, [accept, wanted, from]] of Object.entries(ACCEPTS)) {
  peerTest(["curl"], `${name} where the upstream has OpenMetrics 1.0 at best`, async (t) => {
    const asked: (string | undefined)[] = [];
    const url = await httpUpstream(t, (request, response) => {
      asked.push(request.headers.accept);
      response.writeHead(200, { "content-type": OPEN_METRICS_TYPE }).end(BODY);
    });
    const weir = await startWeir(t, ["-H", url, "--relabel", "[{action: labeldrop, regex: q}]"]);
    for (const _ of [1, 2]) {
      const { body } = await curl(`${weir.url}/metrics`, "-H", `accept: ${accept}`);
      assert.equal(body.toString(), BODY);
    }
    assert.deepEqual(asked, [wanted, wanted]);
    const counter = `weir_format_downgrades_total{from="${from}",to="OpenMetricsText1.0.0"}`;
    assert.equal((await weir.ownMetrics()).get(counter), from === undefined ? undefined : 2);
    const logged = weir.logged("a client wants a format that");
    assert.equal(logged.length, from === undefined ? 0 : 1);
  });
}

const WITH_DROPPED = BODY.replace("# EOF", '# TYPE d gauge\nd{q="1"} 1\n# EOF');

/** The types that name no format, and one that does: the last wins over the setting. */
const TYPES: Record<string, [type: string | undefined, read: string]> = {
  "no Content-Type": [undefined, OPEN_METRICS_TYPE],
  "HTML": ["text/html", OPEN_METRICS_TYPE],
  "a malformed type": ["application/openmetrics-text; version", OPEN_METRICS_TYPE],
  "OpenMetrics 0.0.1": [
    "application/openmetrics-text; version=0.0.1; charset=utf-8",
    "application/openmetrics-text; version=0.0.1; charset=utf-8",
  ],
};
const RULES = "[{action: drop, source_labels: [__name__], regex: d}]";
const FALLBACK = ["--relabel", RULES, "--fallback-protocol", "OpenMetricsText1.0.0"];

for (const [name, [type, read]] of Object.entries(TYPES)) {
  peerTest(["curl"], `${name} from an upstream, with --fallback-protocol`, async (t) => {
    const url = await typedUpstream(t, type);
    const weir = await startWeir(t, ["-H", url, ...FALLBACK]);
    const { headers, body } = await curl(
      `${weir.url}/metrics`,
      "-H",
      `accept: ${OPEN_METRICS_TYPE}`,
    );
    assert.deepEqual([headers.get("content-type"), body.toString()], [read, BODY]);
    await weir.counted({ 'weir_passed_through_lines_total{reason="unparseable"}': 0 });
  });
}

peerTest(["curl"], "targets that name no format, with --fallback-protocol", async (t) => {
  const targets = [await typedUpstream(t, undefined), await typedUpstream(t, "text/html")];
  const flags = ["--target-metrics", "false", "--counters", "raw", ...FALLBACK];
  const weir = await startWeir(t, [...targets.flatMap((url) => ["-H", url]), ...flags]);
  const { headers, body } = await curl(`${weir.url}/metrics`, "-H", `accept: ${OPEN_METRICS_TYPE}`);
  const sum = BODY.replace("c_total 1", "c_total 2");
  assert.deepEqual([headers.get("content-type"), body.toString()], [OPEN_METRICS_TYPE, sum]);
});

peerTest(["curl"], "without a fallback a type that names no format passes on", async (t) => {
  for (const type of [undefined, "text/html", "application/x-unknown"]) {
    const weir = await startWeir(t, ["-H", await typedUpstream(t, type), "--relabel", RULES]);
    const { status, headers } = await curl(`${weir.url}/metrics`);
    assert.deepEqual([status, headers.get("content-type")], [200, type]);
  }
});

peerTest(["curl"], "what is forwarded keeps its type, whatever the fallback is", async (t) => {
  const url = await typedUpstream(t, "text/html");
  const weir = await startWeir(t, ["-H", url, "--passthrough", ...FALLBACK]);
  const { headers, body } = await curl(`${weir.url}/page`);
  assert.deepEqual([headers.get("content-type"), body.toString()], ["text/html", WITH_DROPPED]);
});

peerTest(
  ["curl"],
  "weir filter of a URL that names no format, with --fallback-protocol",
  async (t) => {
    const url = await typedUpstream(t, undefined);
    const { exitCode, stdout } = await runWeir(["filter", `${url}/metrics`, ...FALLBACK]);
    assert.deepEqual([exitCode, stdout.toString()], [0, BODY]);
  },
);

function typedUpstream(t: TestContext, type: string | undefined): Promise<string> {
  return httpUpstream(t, (_request, response) => {
    response.writeHead(200, type === undefined ? {} : { "content-type": type }).end(WITH_DROPPED);
  });
}
