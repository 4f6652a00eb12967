/** One Weir before many targets of which some fail, in all the ways in which targets do. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { chunk, head, rawUpstream } from "../support/upstream/raw_upstream.ts";
import {
  addressOf,
  linesOf,
  scrape,
  sortedLines,
  targetLines,
} from "../support/e2e/gateway_answer.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import {
  byteUpstream,
  httpUpstream,
  servingUpstream,
  TEXT_TYPE,
} from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const jobs = (a: number, b: number) =>
  `# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{queue="a"} ${a}\njobs{queue="b"} ${b}\n`;
const jobLines = (a: number, b: number) => jobs(a, b).split("\n").slice(0, -1);

/** Long enough for what was written before to have arrived. */
const TRAVEL_MS = 200;
const cut = jobs(100, 200).slice(0, -20);

/** Targets that fail: where they are, and the status and the reason of a scrape of nothing else. */
const failing: readonly {
  readonly name: string;
  readonly start: (t: TestContext) => Promise<string>;
  readonly status: number;
  readonly reason: string;
  readonly text: (url: string) => RegExp;
}[] = [
  {
    name: "hangs",
    start: async (t) => (await byteUpstream(t, () => {})).url,
    status: 504,
    reason: "timeout",
    text: () => /did not finish within (0\.9|0\.89\d) s/,
  },
  {
    name: "hangs inside its body",
    start: async (t) =>
      (await byteUpstream(t, (socket) => {
        socket.write(head("Transfer-Encoding: chunked"));
        socket.write(chunk(Buffer.from(jobs(100, 200))));
      })).url,
    status: 504,
    reason: "timeout",
    text: () => /did not finish within (0\.9|0\.89\d) s/,
  },
  {
    name: "sends half of a Content-Length and dies",
    start: (t) =>
      dying(t, (socket) => socket.write(head(`Content-Length: ${jobs(100, 200).length}`) + cut)),
    status: 502,
    reason: "reset",
    text: () => /connection closed before the response was complete/,
  },
  {
    name: "sends half of its chunks and dies",
    start: (t) =>
      dying(t, (socket) => {
        socket.write(head("Transfer-Encoding: chunked"));
        socket.write(chunk(Buffer.from(cut)));
      }),
    status: 502,
    reason: "reset",
    text: () => /connection closed before the response was complete/,
  },
  {
    name: "answers with a page",
    start: (t) => servingUpstream(t, "<!doctype html>\n<title>Log in</title>\n", "text/html"),
    status: 502,
    reason: "protocol",
    text: () => /a line is no sample: "<!doctype html>"/,
  },
  {
    name: "answers 500",
    start: (t) => httpUpstream(t, (_, response) => response.writeHead(500).end("jobs 7\n")),
    status: 500,
    reason: "status",
    text: () => /answered 500/,
  },
  {
    name: "refuses",
    start: async () => `http://127.0.0.1:${await freePort()}`,
    status: 502,
    reason: "refused",
    text: () => /connection refused/,
  },
];

async function dying(t: TestContext, send: (socket: Socket) => void): Promise<string> {
  const upstream = await byteUpstream(t, async (socket) => {
    send(socket);
    await delay(TRAVEL_MS);
    socket.destroy();
  });
  return upstream.url;
}

/** Prometheus's timeout in seconds: 0.5 are the offset, and a tenth of the rest is for merging. */
const TIMEOUT = 1.5;

for (const { name, start, status, reason, text } of failing) {
  peerTest(["curl"], `a target that ${name}: left out, or the scrape fails`, async (t) => {
    const good = await servingUpstream(t, jobs(3, 4));
    const other = await servingUpstream(t, jobs(10, 20));
    const bad = await start(t);
    const upstreams = ["-H", good, "-H", bad, "-H", other];
    const message = new RegExp(`^upstream ${bad}/metrics: .*\n$`);

    const partial = await startWeir(t, upstreams);
    const answer = await scrape(partial.url, TIMEOUT);
    assert.deepEqual([answer.exitCode, answer.status], [0, 200]);
    assert.equal(answer.headers.get("content-type"), TEXT_TYPE);
    assert.deepEqual(linesOf(answer), [
      ...jobLines(13, 24),
      ...targetLines([addressOf(good), 1, 2], [addressOf(bad), 0, 0], [addressOf(other), 1, 2]),
    ]);
    await partial.counted({
      'weir_targets{state="up"}': 2,
      'weir_targets{state="down"}': 1,
      [`weir_upstream_errors_total{reason="${reason}"}`]: 1,
      weir_upstream_up: 1,
    });
    assert.equal(partial.logged('msg="targets not read"').length, 1);

    const strict = await startWeir(t, [...upstreams, "--on-target-error", "fail"]);
    const refused = await scrape(strict.url, TIMEOUT);
    assert.deepEqual([refused.exitCode, refused.status], [0, status]);
    assert.match(refused.body.toString(), message);
    assert.match(refused.body.toString(), text(bad));
    await strict.counted({ weir_upstream_up: 0 });

    const alone = await startWeir(t, ["-H", bad, "-H", bad.replace("127.0.0.1", "localhost")]);
    const nothing = await scrape(alone.url, TIMEOUT);
    assert.deepEqual([nothing.exitCode, nothing.status], [0, status]);
    assert.match(nothing.body.toString(), message);
    assert.match(nothing.body.toString(), text(bad));
    await alone.counted({ 'weir_targets{state="down"}': 2, weir_upstream_up: 0 });
  });
}

peerTest(["curl"], "a redirect elsewhere is not followed, nor are credentials given", async (t) => {
  const seen: string[] = [];
  const elsewhere = await httpUpstream(t, (request, response) => {
    seen.push(request.url!);
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(jobs(100, 200));
  });
  const asked: IncomingMessage[] = [];
  const moved = await httpUpstream(t, (request, response) => {
    asked.push(request);
    response.writeHead(302, { location: `${elsewhere}/metrics` }).end();
  });
  const good = await servingUpstream(t, jobs(3, 4));
  const secret = moved.replace("http://", "http://user:hunter2@");
  const weir = await startWeir(t, ["-H", good, "-H", secret]);
  const answer = await scrape(weir.url);
  assert.deepEqual(linesOf(answer), [
    ...jobLines(3, 4),
    ...targetLines([addressOf(good), 1, 2], [addressOf(moved), 0, 0]),
  ]);
  assert.deepEqual(asked.map(({ headers }) => headers.authorization), [
    `Basic ${btoa("user:hunter2")}`,
  ]);
  assert.deepEqual(seen, []);
  assert.match(weir.stderr, new RegExp(`redirects to another origin, ${elsewhere}`));
  assert.ok(!weir.stderr.includes("hunter2"));

  const strict = await startWeir(t, ["-H", good, "-H", secret, "--on-target-error", "fail"]);
  const refused = await scrape(strict.url);
  assert.equal(refused.status, 502);
  assert.match(refused.body.toString(), /^upstream \S+: redirects to another origin, \S+\n$/);
  assert.ok(!refused.body.toString().includes("hunter2"));
  assert.deepEqual(seen, []);
});

peerTest(["curl"], "targets on IPv6 and with gzip are read like others", async (t) => {
  const six = await rawUpstream((socket) => {
    socket.end(head("Connection: close", `Content-Length: ${jobs(3, 4).length}`) + jobs(3, 4));
  }, "::1");
  t.after(() => six.stop());
  const zipped = await httpUpstream(t, (_, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE, "content-encoding": "gzip" })
      .end(gzipSync(jobs(10, 20)));
  });
  assert.match(six.url, /^http:\/\/\[::1\]:/);
  for (const prefix of ["", "dns+"]) {
    const weir = await startWeir(t, ["-H", `${prefix}${six.url}/metrics`, "-H", zipped]);
    const answer = await scrape(weir.url);
    assert.deepEqual(linesOf(answer), [
      ...jobLines(13, 24),
      ...targetLines([addressOf(six.url), 1, 2], [addressOf(zipped), 1, 2]),
    ]);
  }
  assert.match(
    six.requests[0],
    new RegExp(`\r\nhost: ${addressOf(six.url).replace(/\W/g, "\\$&")}\r`),
  );
});

peerTest(["curl"], "target_label keeps samples apart, target_metrics can be off", async (t) => {
  const [first, second] = [
    await servingUpstream(t, jobs(3, 4)),
    await servingUpstream(t, jobs(5, 6)),
  ];
  const args = ["-H", first, "-H", second, "--target-label", "instance"];
  const weir = await startWeir(t, [...args, "--target-metrics", "false"]);
  const [a, b] = [addressOf(first), addressOf(second)];
  const lines = sortedLines(linesOf(await scrape(weir.url)));
  assert.deepEqual(
    lines,
    sortedLines([
      ...jobLines(0, 0).slice(0, 2),
      `jobs{instance="${a}",queue="a"} 3`,
      `jobs{instance="${a}",queue="b"} 4`,
      `jobs{instance="${b}",queue="a"} 5`,
      `jobs{instance="${b}",queue="b"} 6`,
    ]),
  );
});

peerTest(["curl"], "upstreams with labels; one alone is a gateway too", async (t) => {
  const [first, second] = [
    await servingUpstream(t, jobs(3, 4)),
    await servingUpstream(t, jobs(5, 6)),
  ];
  const config = join(temporaryFolder(t), "weir.yaml");
  const lines = [
    "upstreams:",
    `  - { url: "${first}/metrics", labels: { zone: basement } }`,
    "metric_relabel_configs:",
    "  - { action: labeldrop, regex: queue }",
  ];
  writeFileSync(config, lines.join("\n"));
  const alone = await startWeir(t, [config]);
  const basement = [...jobLines(0, 0).slice(0, 2), 'jobs{zone="basement"} 7'];
  assert.deepEqual(linesOf(await scrape(alone.url)), [
    ...basement,
    ...targetLines([addressOf(first), 1, 2]),
  ]);
  lines.splice(2, 0, `  - ${second}/metrics`, "target_metrics: false");
  writeFileSync(config, lines.join("\n"));
  const both = await startWeir(t, [config]);
  const merged = sortedLines(linesOf(await scrape(both.url)));
  assert.deepEqual(merged, sortedLines([...basement, "jobs 11"]));
});

peerTest([], "passthrough and several targets exclude each other", async () => {
  const run = await runWeir(["-H", "a:1", "-H", "b:1", "--passthrough"]);
  assert.equal(run.exitCode, 2);
  assert.match(run.stderr, /passthrough.*2 upstreams/);
});
