/** `/source` of a gateway: one target as it is, the one that `?target=` names. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { addressOf } from "../support/e2e/gateway_answer.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

interface Application {
  readonly url: string;
  readonly address: string;
  /** Paths with their queries, as they were asked for. */
  readonly asked: string[];
}

async function application(t: TestContext, text: string): Promise<Application> {
  const asked: string[] = [];
  const url = await httpUpstream(t, (request, response) => {
    asked.push(request.url!);
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(text);
  });
  return { url, address: addressOf(url), asked };
}

const dropAll = ["--relabel", "[{action: drop, source_labels: [__name__], regex: 'x.*'}]"];

peerTest(["curl"], "several targets: the one that is named, untouched", async (t) => {
  const [first, second] = [await application(t, "x 1\n\n#\n"), await application(t, "x 2\n")];
  const weir = await startWeir(t, ["-H", first.url, "-H", `${second.url}/m?a=1`, ...dropAll]);
  const addresses = `${first.address}\n${second.address}\n`;
  const answers = [
    { query: "", status: 400, body: `2 targets: choose with ?target=\n${addresses}` },
    {
      query: "?target=10.0.0.1:80",
      status: 400,
      body: `no target "10.0.0.1:80": choose with ?target=\n${addresses}`,
    },
    { query: `?target=${first.address}`, status: 200, body: "x 1\n\n#\n" },
    {
      query: `?b=%32&target=${encodeURIComponent(second.address)}&c`,
      status: 200,
      body: "x 2\n",
    },
  ];
  for (const { query, status, body } of answers) {
    const answer = await curl(`${weir.url}/source${query}`);
    assert.deepEqual([answer.status, answer.body.toString()], [status, body], query);
    const type = status === 200 ? TEXT_TYPE : "text/plain; charset=utf-8";
    assert.equal(answer.headers.get("content-type"), type);
  }
  assert.deepEqual(first.asked, ["/metrics"]);
  assert.deepEqual(second.asked, ["/m?a=1&b=%32&c"]);
  await weir.counted({
    'weir_scrapes_total{path="/source",code="200",outcome="complete"}': 2,
    'weir_scrapes_total{path="/source",code="400",outcome="error"}': 2,
  });
  const failures = [...await weir.ownMetrics()].filter(([key]) => key.startsWith("weir_upstream_"));
  assert.ok(
    failures.every(([key, value]) => !/up$|errors/.test(key) || value === 0),
    `${failures}`,
  );
});

peerTest(["curl"], "one target is the one that is meant", async (t) => {
  const only = await application(t, "x 1\n");
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(config, `upstreams: [{ url: "${only.url}", labels: { zone: a } }]\n`);
  const weir = await startWeir(t, [config, ...dropAll]);
  assert.equal((await curl(`${weir.url}/source`)).body.toString(), "x 1\n");
  assert.equal((await curl(`${weir.url}/source?target=${only.address}`)).status, 200);
  assert.equal((await curl(`${weir.url}/source?target=gone:80`)).status, 400);
  assert.deepEqual(only.asked, ["/metrics", "/metrics"]);
});

peerTest(["curl"], "without a gateway the query is the upstream's own", async (t) => {
  const only = await application(t, "x 1\n");
  const weir = await startWeir(t, ["-H", `${only.url}/metrics`]);
  assert.equal((await curl(`${weir.url}/source?target=host`)).body.toString(), "x 1\n");
  assert.deepEqual(only.asked, ["/metrics?target=host"]);
});

peerTest(["curl"], "HEAD asks and returns no body", async (t) => {
  const [first, second] = [await application(t, "x 1\n"), await application(t, "x 2\n")];
  const weir = await startWeir(t, ["-H", first.url, "-H", second.url]);
  for (const [query, status] of [["", 400], [`?target=${first.address}`, 200]] as const) {
    const answer = await curl(`${weir.url}/source${query}`, "--head");
    assert.deepEqual([answer.exitCode, answer.status, answer.body.length], [0, status, 0]);
  }
});
