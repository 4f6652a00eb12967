/** `/analyze/tap` before real upstreams, and clients that are not as they should be. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { MAX_TAP_LISTENERS } from "../../src/bounds.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream, servingUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, denoSource, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const drop = (regex: string) => ({ action: "drop", source_labels: ["__name__"], regex });

/** What a tap shows while somebody scrapes. */
async function tapped(weir: WeirProcess, query: string): Promise<string[]> {
  let isOver = false;
  const tap = curl(`${weir.url}/analyze/tap?${query}`).finally(() => isOver = true);
  while (!isOver) {
    await curl(`${weir.url}/metrics`);
    await delay(50);
  }
  const { status, body } = await tap;
  equal(status, 200);
  return body.toString().trimEnd().split("\n");
}

for (const [on, program] of [["the binary", binary], ["Deno", denoSource]] as const) {
  peerTest(["curl"], `a gateway tells of which target a sample is, on ${on}`, async (t) => {
    const folder = temporaryFolder(t);
    const one = await servingUpstream(t, 'a{pod="1"} 1\nb 2\nb 3\nc 4\n');
    const two = await servingUpstream(t, 'a{pod="2"} 1\nb 5\nc 6\n');
    const config = join(folder, "weir.json");
    writeFileSync(
      config,
      JSON.stringify({
        upstreams: [one, { url: two, labels: { zone: "z" } }],
        metric_relabel_configs: [drop("c")],
        limits: { series_per_family: 1, action: "drop" },
        target_metrics: false,
      }),
    );
    const weir = await startWeir(t, [config], { program });
    const name = (url: string) => new URL(url).host;
    const unheard = (await curl(`${weir.url}/metrics`)).body.toString();
    const sorted = (lines: readonly string[]) => [...lines].sort();
    const before = await tapped(weir, "stage=before&n=7");
    deepEqual(
      sorted(before.slice(0, -1)),
      sorted([
        ...['a{pod="1"} 1', "b 2", "b 3", "c 4"].map((line) => `${name(one)}\t${line}`),
        ...['a{pod="2"} 1', "b 5", "c 6"].map((line) => `${name(two)}\t${line}`),
      ]),
    );
    const dropped = await tapped(weir, "stage=dropped&n=5");
    const reasons = dropped.slice(0, -1).map((line) => line.split("\t"));
    const [ofLimit, others] = [
      reasons.filter(([, reason]) => reason === "limit series_per_family"),
      reasons.filter(([, reason]) => reason !== "limit series_per_family"),
    ];
    deepEqual(
      sorted(others.map((columns) => columns.join("\t"))),
      sorted([
        `${name(one)}\tduplicate\tb 3`,
        `${name(one)}\trule ${config}: metric_relabel_configs[0]\tc 4`,
        `${name(two)}\trule ${config}: metric_relabel_configs[0]\tc 6`,
      ]),
    );
    // Of the two that differ in a label, and of those that a zone tells apart, one is too many.
    deepEqual(ofLimit.map(([, , line]) => line[0]).sort(), ["a", "b"]);
    const after = await tapped(weir, "stage=after&n=2");
    deepEqual(
      after.slice(0, 2),
      unheard.split("\n").filter((line) => line !== "" && !/^#|^weir_/.test(line)),
    );
    equal((await curl(`${weir.url}/metrics`)).body.toString(), unheard);
  });

  peerTest(["curl"], `a reload in the midst, and gzip both ways, on ${on}`, async (t) => {
    const folder = temporaryFolder(t);
    const body = gzipSync("a 1\nb 2\n");
    const upstream = await httpUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": TEXT_TYPE, "content-encoding": "gzip" });
      response.end(body);
    });
    const config = join(folder, "weir.json");
    const write = (regex: string) =>
      writeFileSync(
        config,
        JSON.stringify({
          upstream_url: upstream,
          web: { reload: true },
          metric_relabel_configs: [drop(regex)],
        }),
      );
    write("a");
    const weir = await startWeir(t, [config], { program });
    const tap = curl(`${weir.url}/analyze/tap?stage=dropped&n=2`);
    await delay(300);
    await curl(`${weir.url}/metrics`, "--compressed");
    write("b");
    await curl(`${weir.url}/-/reload`, "-X", "POST");
    const { body: answer } = await curl(`${weir.url}/metrics`, "--compressed");
    equal(answer.toString(), "a 1\n");
    const { body: shown } = await tap;
    const rule = `rule ${config}: metric_relabel_configs[0]`;
    equal(
      shown.toString(),
      `${rule}\ta 1\n${rule}\tb 2\n# end: lines; scrapes: 1, not to their end: 0\n`,
    );
  });

  peerTest(["curl"], `clients that leave, or read nothing, hold up nobody, on ${on}`, async (t) => {
    const long = `a{text="${"x".repeat(8_000)}"} 1\n`;
    const text = Array.from({ length: 1500 }, (_, at) => long.replace("a{", `a${at}{`)).join("");
    const weir = await startWeir(t, ["-H", await servingUpstream(t, text)], { program });
    // One who leaves makes room for the next.
    for (let count = 0; count < MAX_TAP_LISTENERS + 1; count++) {
      await curl(`${weir.url}/analyze/tap?stage=before`, "--max-time", "0.2");
    }
    const { hostname, port } = new URL(weir.url);
    const sockets = Array.from({ length: MAX_TAP_LISTENERS }, () => {
      const socket = connect(Number(port), hostname);
      socket.pause();
      socket.write("GET /analyze/tap?stage=before&n=1000 HTTP/1.1\r\nHost: weir\r\n\r\n");
      t.after(() => socket.destroy());
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    await eventually("all of them listen", async () => {
      const { status } = await curl(`${weir.url}/analyze/tap?stage=before`, "--max-time", "0.3");
      return status === 409;
    });
    const before = await weir.ownMetrics();
    for (let count = 0; count < 5; count++) {
      const { status, body } = await curl(`${weir.url}/metrics`);
      deepEqual([status, body.length], [200, text.length]);
    }
    // They have had as many bytes as they may, and are listened to no more.
    const next = await tapped(weir, "stage=before&n=1&match=^a7%7B");
    match(next[0], /^a7\{/);
    ok(before.size > 0);
  });
}

peerTest(["curl"], "without --tap there is no tap where other machines can connect", async (t) => {
  const upstream = await servingUpstream(t, "a 1\n");
  const answer = async (...flags: string[]) => {
    const weir = await startWeir(t, ["-H", upstream, ...flags, "--listen", "0.0.0.0:0"], {
      listen: false,
    });
    const { status, body } = await curl(`${weir.url}/analyze/tap?stage=none`);
    return [status, body.toString().slice(0, 17)];
  };
  deepEqual(await answer(), [403, "the tap is off, a"]);
  deepEqual(await answer("--tap"), [400, 'stage: found "non']);
});
