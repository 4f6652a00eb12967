import assert from "node:assert/strict";
import { test } from "node:test";
import { exporterOf, gatewayOf, textOf } from "../support/gateway/gateway_of.ts";

test("a target that was cut off in the first scrape counts what it rises by from then on", async () => {
  let total = 100;
  let isFirst = true;
  const failing = await exporterOf((_, response) => {
    if (!isFirst) return response.end("# TYPE b_total counter\nb_total 1\n");
    response.statusCode = 500;
    response.end();
  });
  const slow = await exporterOf((_, response) => {
    // Still under way when the other one has failed.
    if (!isFirst) response.end(`# TYPE a_total counter\na_total ${total}\n`);
  });
  const gateway = await gatewayOf([slow.url, failing.url], { "on-target-error": "fail" });
  const valueOfA = async () => /^a_total (.*)$/m.exec(await textOf(await gateway.scrape()))?.[1];
  try {
    await assert.rejects(gateway.scrape(), /answered 500/);
    isFirst = false;
    assert.equal(await valueOfA(), "0");
    total = 107;
    assert.equal(await valueOfA(), "7");
  } finally {
    await slow.close();
    await failing.close();
  }
});
