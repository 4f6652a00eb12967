import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUpstream } from "../../src/config/upstream_url.ts";
import { askTarget } from "../../src/upstream/target_source.ts";
import { resolveTargets } from "../../src/upstream/targets.ts";
import { COMPLETE, SAMPLES } from "../support/upstream/answers.ts";
import { readText, request, withUpstream } from "../support/upstream/get_fixture.ts";

for (const [ip, bracketed] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]]) {
  test(`a target that was resolved to ${ip} is asked there, with the client's query`, () =>
    withUpstream(COMPLETE["chunked"], async (upstream) => {
      const { port } = new URL(upstream.url);
      const { url: _, ...how } = request("");
      const { targets } = await resolveTargets(
        [parseUpstream(`dns+http://target.test:${port}?a=1`)!],
        undefined,
        () => Promise.resolve([ip]),
        how.signal,
      );
      assert.deepEqual(targets.map(({ address }) => address), [`${bracketed}:${port}`]);
      const { body } = await askTarget(targets[0], { ...how, path: "/probe", query: "?b=2" });
      assert.equal(await readText(body), SAMPLES);
      assert.match(upstream.requests[0], /^get \/probe\?a=1&b=2 http/);
      assert.match(upstream.requests[0], new RegExp(`\r\nhost: target.test:${port}\r\n`));
    }, ip));
}
