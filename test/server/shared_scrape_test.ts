import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { servedApp } from "../support/server/served_app.ts";

const LINES = Array.from({ length: 40_000 }, (_, number) => `a{number="${number}"} 1\n`).join("");

for (
  const [name, upstream, budget] of [
    ["in one piece", "a 1\nb 1\nc 1\n", 9],
    ["as a stream", LINES, 700_000],
  ] as const
) {
  test(`a shared scrape that is truncated is counted so, ${name}`, async () => {
    const app = await servedApp({
      upstream,
      config: { coalesce: true, prometheus: { max_output_bytes_per_scrape: budget } },
    });
    const texts = await Promise.all([1, 2].map(async () => {
      const response = await app.request("/metrics");
      equal(response.status, 200);
      return await response.text();
    }));
    equal(texts[0], texts[1]);
    const counted = await (await app.request("/-/metrics")).text();
    const scrapes = counted.split("\n")
      .filter((line) => line.startsWith("weir_scrapes_total") && !line.endsWith(" 0"));
    deepEqual(scrapes, ['weir_scrapes_total{path="/metrics",code="200",outcome="truncated"} 2']);
  });
}
