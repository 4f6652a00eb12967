/** What a client that wants a format which is not read gets instead, and what is said of it. */
import assert from "node:assert/strict";
import { runProgram } from "../support/e2e/program.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream, OPEN_METRICS_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited";
const BODY = '# TYPE c counter\nc_total 1 # {trace="a"} 1\n# EOF\n';

peerTest(
  ["curl"],
  "protobuf is not asked for: OpenMetrics stands in, and that is said",
  async (t) => {
    const asked: (string | undefined)[] = [];
    const url = await httpUpstream(t, (request, response) => {
      asked.push(request.headers.accept);
      response.writeHead(200, { "content-type": OPEN_METRICS_TYPE }).end(BODY);
    });
    const weir = await startWeir(t, ["-H", url, "--relabel", "[{action: labeldrop, regex: q}]"]);
    const scrape = async (accept: string) => {
      const args = ["-s", "-H", `accept: ${accept}`, `${weir.url}/metrics`];
      const { stdout } = await runProgram("curl", args);
      return stdout.toString();
    };
    for (const _ of [1, 2]) assert.equal(await scrape(`${PROTOBUF};q=0.6,*/*;q=0.5`), BODY);
    await scrape("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1");
    const richest = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,";
    assert.deepEqual(asked.map((accept) => accept?.startsWith(richest)), [true, true, false]);
    assert.ok(asked.every((accept) => !accept?.includes("protobuf")));
    await weir.counted({
      'weir_format_downgrades_total{from="PrometheusProto",to="OpenMetricsText1.0.0"}': 2,
    });
    assert.equal(weir.logged("a client wants a format that is not read").length, 1);
  },
);
