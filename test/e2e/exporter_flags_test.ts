/** Weir started with the flags that Prometheus's exporters have, and where it answers then. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const scrape = "shop_orders 1\nshop_items 2\n";

async function answer(url: string): Promise<[number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

test("an exporter's line: address, path, level and format", async (t) => {
  const asked: string[] = [];
  const upstream = await httpUpstream(t, (request, response) => {
    asked.push(request.url!);
    response.setHeader("content-type", TEXT_TYPE);
    response.end(scrape);
  });
  const file = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(
    file,
    `upstream_url: ${upstream}
subsets: { orders: [{ action: keep, source_labels: [__name__], regex: shop_orders }] }
`,
  );
  const args = [
    `--config.file=${file}`,
    "--web.listen-address=127.0.0.1:0",
    "--web.telemetry-path=/filtered",
    "--log.level=debug",
    "--log.format=logfmt",
  ];
  const weir = await startWeir(t, args, { listen: false });
  assert.match(weir.logged("msg=listening")[0], / listen=127\.0\.0\.1:\d+ /);
  assert.ok(weir.logged("level=debug").length > 0);
  assert.deepEqual(await answer(`${weir.url}/filtered`), [200, scrape]);
  assert.match((await answer(`${weir.url}/filtered/orders`))[1], /^shop_orders 1 \d+\n$/);
  assert.deepEqual(await answer(`${weir.url}/source`), [200, scrape]);
  assert.deepEqual(await answer(`${weir.url}/source/filtered`), [200, scrape]);
  assert.equal((await answer(`${weir.url}/analyze?format=json`))[0], 200);
  for (const path of ["/metrics", "/metrics/orders", "/metrics/", "/filtered/other"]) {
    assert.equal((await answer(weir.url + path))[0], 404, path);
  }
  // The upstream knows nothing of where Weir answers.
  assert.deepEqual([...new Set(asked)], ["/metrics"]);
  const metrics = await weir.ownMetrics();
  assert.equal(
    metrics.get('weir_scrapes_total{path="/filtered",code="200",outcome="complete"}'),
    1,
  );
  assert.ok(![...metrics.keys()].some((key) => key.includes('path="/metrics"')));
});

test("without a file, what asks for the path that was gets the page of links", async (t) => {
  const upstream = await httpUpstream(t, (_request, response) => {
    response.setHeader("content-type", TEXT_TYPE);
    response.end(scrape);
  });
  const weir = await startWeir(t, ["-H", `${upstream}/m`, "--web.telemetry-path", "/a/b"]);
  assert.deepEqual(await answer(`${weir.url}/a/b`), [200, scrape]);
  for (const path of ["/metrics", "/metrics/", "/metrics/x/y"]) {
    const [status, text] = await answer(weir.url + path);
    assert.equal(status, 200, path);
    assert.match(text, /<li><a href="\/a\/b">\/a\/b<\/a><\/li>/, path);
    assert.doesNotMatch(text, /href="\/metrics"/, path);
  }
});

test("the variable and the key say the same, and check prints it", async (t) => {
  const file = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(file, "upstream_url: localhost:1\nweb: { telemetry_path: /of/file }\n");
  const ofFile = await runWeir(["check", file]);
  assert.match(ofFile.stdout.toString(), /^path +\/of\/file$/m);
  const env = { WEIR_WEB_TELEMETRY_PATH: "/of/variable" };
  assert.match((await runWeir(["check", file], { env })).stdout.toString(), /\/of\/variable$/m);
  const plain = await runWeir(["check", "-H", "localhost:1/metrics"]);
  assert.doesNotMatch(plain.stdout.toString(), /^path /m);
});

const REFUSED: readonly [name: string, args: string[], config: string, message: string][] = [
  [
    "routes name their paths",
    ["--web.telemetry-path=/a"],
    "upstream_url: localhost:1\nroutes: [{ path: /metrics }]\n",
    "--web.telemetry-path: found a path beside routes, wanted none: routes name their own\n",
  ],
  [
    "one of Weir's own",
    ["--web.telemetry-path=/-/metrics"],
    "upstream_url: localhost:1\n",
    `--web.telemetry-path: found "/-/metrics", wanted a path like /metrics that is not one of Weir's own\n`,
  ],
  [
    "all that is below one",
    ["--web.telemetry-path=/metrics/*"],
    "upstream_url: localhost:1\n",
    `--web.telemetry-path: found "/metrics/*", wanted a path like /metrics that is not one of Weir's own\n`,
  ],
  [
    "an address that is none, by the name that was written",
    ["--web.listen-address=9100"],
    "upstream_url: localhost:1\n",
    `--web.listen-address: found "9100", wanted ADDR:PORT, [IPV6]:PORT, :PORT or unix:PATH\n`,
  ],
];

for (const [name, args, config, message] of REFUSED) {
  test(`refused: ${name}`, async (t) => {
    const file = join(temporaryFolder(t), "weir.yaml");
    writeFileSync(file, config);
    for (const command of [[], ["check"]]) {
      const run = await runWeir([...command, "--config", file, ...args]);
      assert.equal(run.exitCode, 2);
      assert.equal(run.stderr, message);
    }
  });
}
