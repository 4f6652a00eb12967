/** Families whose samples do not stand together, and series that are there twice, over HTTP. */
import assert from "node:assert/strict";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const ROW_BY_ROW = `# TYPE ready gauge
# TYPE acked counter
ready{q="1"} 1
acked{q="1"} 10
ready{q="2"} 2
acked{q="2"} 20
acked{q="2"} 20
ready{q="3"} 4
acked{q="3"} 40
`;

const DROP_Q = ["--relabel", "[{action: labeldrop, regex: q}]"];

peerTest(["curl"], "rows are summed, and what comes twice counts once", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, ROW_BY_ROW), ...DROP_Q]);
  const { body } = await curl(`${weir.url}/metrics`);
  assert.equal(body.toString(), "# TYPE ready gauge\nready 7\n# TYPE acked counter\nacked 70\n");
  await weir.counted({
    'weir_dropped_samples_total{stage="duplicate"}': 1,
    weir_merged_samples_total: 4,
  });
  assert.equal(weir.logged("samples dropped: the upstream sent their series twice").length, 1);
});

peerTest(["curl"], "a family that comes back too late breaks one scrape, not two", async (t) => {
  const pad = "x".repeat(300);
  let rows = "# TYPE a counter\n";
  for (let i = 0; i < 60_000; i++) rows += `a{i="${i}",pad="${pad}"} ${i}\n`;
  const source = `${rows}# TYPE b counter\nb{q="1"} 1\na{q="1",i="0",pad="${pad}"} 5\nb{q="2"} 2\n`;
  const weir = await startWeir(t, ["-H", await servingUpstream(t, source), ...DROP_Q]);
  const broken = await curl(`${weir.url}/metrics`);
  // How much is out by then is the network's matter.
  const isRefused = broken.exitCode === 0 && broken.status === 502;
  assert.ok(isRefused || BROKEN_OFF.includes(broken.exitCode), `curl ended: ${broken.exitCode}`);
  await weir.counted({ weir_noncontiguous_families_total: 1 });
  const [line] = [...weir.logged("scrape broken off"), ...weir.logged("scrape failed")];
  assert.match(String(line), /samples of family a do not stand together/);
  assert.match(String(line), /the next scrape holds up to 64 MiB/);
  const whole = await curl(`${weir.url}/metrics`);
  assert.equal(whole.exitCode, 0);
  const expected = rows.replace(/"} 0\n/, '"} 5\n') + "# TYPE b counter\nb 3\n";
  assert.ok(whole.body.toString() === expected, "each series once, summed");
});
