/** What a client gets that wants a format which its upstream does not have, and what is said of it. */
import assert from "node:assert/strict";
import { runProgram } from "../support/e2e/program.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream, OPEN_METRICS_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

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
      const args = ["-s", "-H", `accept: ${accept}`, `${weir.url}/metrics`];
      assert.equal((await runProgram("curl", args)).stdout.toString(), BODY);
    }
    assert.deepEqual(asked, [wanted, wanted]);
    const counter = `weir_format_downgrades_total{from="${from}",to="OpenMetricsText1.0.0"}`;
    assert.equal((await weir.ownMetrics()).get(counter), from === undefined ? undefined : 2);
    const logged = weir.logged("a client wants a format that");
    assert.equal(logged.length, from === undefined ? 0 : 1);
  });
}
