import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import { buildSeriesRules } from "../../src/lines/rules_in_force.ts";
import { SubsetSnapshots } from "../../src/lines/subset_snapshots.ts";
import { currentRuntime } from "../../src/runtime/current.ts";
import { nameLookup } from "../../src/upstream/name_lookup.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

/** An exporter whose answers `answer` gives. */
async function exporter(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return { url: `http://127.0.0.1:${port}/metrics`, close };
}

test("a target that was cut off in the first scrape counts what it rises by from then on", async () => {
  let total = 100;
  let isFirst = true;
  const failing = await exporter((response) => {
    if (!isFirst) return response.end("# TYPE b_total counter\nb_total 1\n");
    response.statusCode = 500;
    response.end();
  });
  const slow = await exporter((response) => {
    // Still under way when the other one has failed.
    if (!isFirst) response.end(`# TYPE a_total counter\na_total ${total}\n`);
  });
  const runtime = await currentRuntime();
  const config = await loadConfig({
    flags: { upstream: [slow.url, failing.url], "on-target-error": "fail" },
    env: {},
    version: "test",
    instanceId: "test",
  });
  const gateway = new Gateway({
    config,
    gateway: { ...config.gateway!, targetMetrics: false },
    rules: await buildSeriesRules(config),
    subsets: new Map(),
    snapshots: new SubsetSnapshots(),
    lookUp: nameLookup(runtime),
    metrics: new WeirMetrics("test", runtime),
    version: "test",
  });
  const scrape = () =>
    gateway.scrape({
      path: "/metrics",
      query: "",
      accept: "text/plain",
      budgetSeconds: 10,
      signal: new AbortController().signal,
      policies: undefined,
    });
  const valueOfA = async () => {
    const text = await new Response(new Blob([...(await scrape()).chunks])).text();
    return /^a_total (.*)$/m.exec(text)?.[1];
  };
  try {
    await assert.rejects(scrape(), /answered 500/);
    isFirst = false;
    assert.equal(await valueOfA(), "0");
    total = 107;
    assert.equal(await valueOfA(), "7");
  } finally {
    await slow.close();
    await failing.close();
  }
});
