/** A gateway whose targets are the addresses of a name, in a DNS server that is real. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { addressOf, linesOf, scrape, targetLines } from "../support/e2e/gateway_answer.ts";
import { startNameServer } from "../support/e2e/name_server.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { servingUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { binary, denoSource, startWeir } from "../support/e2e/weir_process.ts";

interface Seen {
  readonly address: string;
  readonly host: string | undefined;
  readonly url: string;
}

/** A server on all of these addresses, at one port; each exposes a sample of its own. */
async function application(
  t: TestContext,
  addresses: readonly string[],
): Promise<{ readonly port: number; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  let port = 0;
  for (const address of addresses) {
    const server = createServer((request: IncomingMessage, response) => {
      seen.push({ address, host: request.headers.host, url: request.url! });
      response.writeHead(200, { "content-type": TEXT_TYPE }).end(`up_at{ip="${address}"} 1\n`);
    }).listen(port, address);
    await once(server, "listening");
    ({ port } = server.address() as { port: number });
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  return { port, seen };
}

const NAME = "app.weir.test";
const peers = ["curl", "dnsmasq", "root"] as const;

peerTest(peers, "all addresses of a name are asked under that name", async (t) => {
  const addresses = ["127.0.0.2", "127.0.0.3", "::1"];
  const { port, seen } = await application(t, addresses);
  const names = await startNameServer(t, { [NAME]: addresses });
  const args = ["-H", `dns+${NAME}:${port}/metrics`, "--dns-family", "both"];
  const weir = await startWeir(t, args, { program: names.weir });
  const answer = await curl(`${weir.url}/metrics?collect=cpu`);
  const targets = [`127.0.0.2:${port}`, `127.0.0.3:${port}`, `[::1]:${port}`];
  const samples = addresses.map((address) => `up_at{ip="${address}"} 1`);
  assert.deepEqual(linesOf(answer).slice(0, 3).sort(), samples);
  assert.deepEqual(
    linesOf(answer).slice(3),
    targetLines(...targets.map((address) => [address, 1, 1] as const)),
  );
  assert.deepEqual(
    seen.toSorted((a, b) => a.address < b.address ? -1 : 1),
    addresses.map((address) => ({
      address,
      host: `${NAME}:${port}`,
      url: "/metrics?collect=cpu",
    })),
  );
});

/** A pod of a dual-stack cluster: one application, which listens on both of its addresses. */
async function dualStackPod(
  t: TestContext,
): Promise<{ readonly port: number; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(200, { "content-type": TEXT_TYPE })
      .end("# TYPE requests_total counter\nrequests_total 7\n");
  }).listen(0, "::");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, asked: () => asked };
}

interface Family {
  readonly name: string;
  readonly upstreams: readonly string[];
  readonly flags?: readonly string[];
  /** Addresses of the name. */
  readonly addresses: readonly string[];
  /** Of the targets, without the port. */
  readonly targets: readonly string[];
}

const FOUR = "127.0.0.2";
const DUAL = [FOUR, "::1"];
const FAMILIES: readonly Family[] = [
  { name: "a pod counts once", upstreams: ["dns+"], addresses: DUAL, targets: [FOUR] },
  {
    name: "both",
    upstreams: ["dns+"],
    flags: ["--dns-family", "both"],
    addresses: DUAL,
    targets: [FOUR, "[::1]"],
  },
  {
    name: "ipv6",
    upstreams: ["dns+"],
    flags: ["--dns-family=ipv6"],
    addresses: DUAL,
    targets: ["[::1]"],
  },
  {
    name: "ipv4",
    upstreams: ["dns+"],
    flags: ["--dns-family=ipv4"],
    addresses: DUAL,
    targets: [FOUR],
  },
  { name: "dns4+", upstreams: ["dns4+"], addresses: DUAL, targets: [FOUR] },
  { name: "dns6+", upstreams: ["dns6+"], addresses: DUAL, targets: ["[::1]"] },
  {
    name: "dns6+ goes before --dns-family",
    upstreams: ["dns6+", "dns+"],
    flags: ["--dns-family=ipv4"],
    addresses: DUAL,
    targets: ["[::1]", FOUR],
  },
  { name: "IPv6 alone", upstreams: ["dns+"], addresses: ["::1"], targets: ["[::1]"] },
  {
    name: "mapped IPv4",
    upstreams: ["dns+"],
    flags: ["--dns-family=both"],
    addresses: [FOUR, "::ffff:127.0.0.2", "::ffff:127.0.0.3"],
    targets: [FOUR, "127.0.0.3"],
  },
];

for (const [runtime, program] of [["binary", binary], ["Deno", denoSource]] as const) {
  for (const { name, upstreams, flags = [], addresses, targets } of FAMILIES) {
    peerTest(peers, `${runtime}, dual stack: ${name}`, async (t) => {
      const { port, asked } = await dualStackPod(t);
      const names = await startNameServer(t, { [NAME]: addresses });
      const urls = upstreams.flatMap((prefix) => ["-H", `${prefix}http://${NAME}:${port}/metrics`]);
      const args = [...urls, ...flags, "--counters", "raw"];
      const weir = await startWeir(t, args, { program: names.running(program) });
      const answer = await scrape(weir.url);
      assert.deepEqual(linesOf(answer), [
        "# TYPE requests_total counter",
        `requests_total ${7 * targets.length}`,
        ...targetLines(...targets.map((host) => [`${host}:${port}`, 1, 1] as const)),
      ]);
      assert.equal(asked(), targets.length);
    });
  }
}

peerTest(peers, "a name that gets IPv6 addresses, and loses those of IPv4", async (t) => {
  let count = 1000;
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE }).end([
      "# TYPE process_start_time_seconds gauge",
      "process_start_time_seconds 1700000000",
      "# TYPE requests_total counter",
      `requests_total ${count}`,
      "",
    ].join("\n"));
  }).listen(0, "::");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const names = await startNameServer(t, { [NAME]: [FOUR] });
  const weir = await startWeir(t, ["-H", `dns+${NAME}:${port}/m`], { program: names.weir });
  const scraped = async () => {
    const lines = linesOf(await scrape(weir.url));
    const sum = lines.find((line) => line.startsWith("requests_total "));
    const up = lines.filter((line) => line.startsWith("weir_target_up{"));
    return [sum, ...up];
  };
  const at = (host: string) => `weir_target_up{target="${host}:${port}"} 1`;
  // What the pod had counted before is no increase.
  assert.deepEqual(await scraped(), ["requests_total 0", at(FOUR)]);
  count += 5;
  assert.deepEqual(await scraped(), ["requests_total 5", at(FOUR)]);
  await names.setHosts({ [NAME]: DUAL });
  count += 10;
  assert.deepEqual(await scraped(), ["requests_total 15", at(FOUR)]);
  await names.setHosts({ [NAME]: ["::1"] });
  assert.deepEqual(await scraped(), ["requests_total 15", at("[::1]")]);
  count += 20;
  assert.deepEqual(await scraped(), ["requests_total 35", at("[::1]")]);
  await names.setHosts({ [NAME]: DUAL });
  count += 40;
  assert.deepEqual((await scraped()).slice(1), [at(FOUR)]);
});

peerTest(peers, "a name without an address of the family: the error says so", async (t) => {
  const { port } = await dualStackPod(t);
  const names = await startNameServer(t, { [NAME]: [FOUR] });
  const weir = await startWeir(t, ["-H", `dns6+${NAME}:${port}`], { program: names.weir });
  const answer = await scrape(weir.url);
  assert.deepEqual([answer.status, answer.body.toString()], [
    502,
    `upstream http://${NAME}:${port}/: ` +
    `host name not resolved: found ${FOUR}, wanted an IPv6 address\n`,
  ]);
  await weir.counted({ 'weir_upstream_errors_total{reason="dns"}': 1 });
});

peerTest(peers, "one address of a name refuses: the error says which", async (t) => {
  const { port } = await application(t, ["127.0.0.2"]);
  const names = await startNameServer(t, { [NAME]: ["127.0.0.2", "127.0.0.3"] });
  const weir = await startWeir(
    t,
    ["-H", `dns+${NAME}:${port}/metrics`, "--on-target-error", "fail"],
    { program: names.weir },
  );
  const answer = await scrape(weir.url);
  assert.equal(answer.status, 502);
  assert.equal(
    answer.body.toString(),
    `upstream http://${NAME}:${port}/metrics: connection refused (at 127.0.0.3:${port})\n`,
  );
});

peerTest(peers, "a name that does not resolve is a target that is down", async (t) => {
  const names = await startNameServer(t, {});
  const upstreams = ["-H", `dns+http://nowhere.test:80/metrics`];
  const alone = await startWeir(t, upstreams, { program: names.weir });
  const nothing = await scrape(alone.url);
  assert.deepEqual([nothing.exitCode, nothing.status], [0, 502]);
  assert.equal(
    nothing.body.toString(),
    "upstream http://nowhere.test/metrics: host name not found\n",
  );
  await alone.counted({ 'weir_upstream_errors_total{reason="dns"}': 1 });
  assert.equal((await curl(`${alone.url}/source`)).body.toString(), nothing.body.toString());

  const good = await servingUpstream(t, "a 1\n");
  const partial = await startWeir(t, [...upstreams, "-H", good], { program: names.weir });
  const answer = await scrape(partial.url);
  assert.equal(answer.status, 200);
  assert.deepEqual(linesOf(answer), [
    "a 1",
    ...targetLines(["nowhere.test:80", 0, 0], [addressOf(good), 1, 1]),
  ]);
});
