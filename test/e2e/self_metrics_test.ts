/** `self_metrics: append`: Weir's own metrics in the responses to scrapes, in every form of these. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort, runProgram } from "../support/e2e/program.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import {
  httpUpstream,
  OPEN_METRICS_TYPE,
  servingUpstream,
  TEXT_TYPE,
} from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";
import { bodyOf, liftedText } from "../support/lines/composite_body.ts";
import { CONTENT_TYPES } from "../../src/upstream/negotiate.ts";

const APP = '# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{pod="a"} 1\njobs{pod="b"} 2\n';

async function weirBefore(t: TestContext, upstream: string, more: object = {}) {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, stringify({ upstream_url: upstream, self_metrics: "append", ...more }));
  return await startWeir(t, [path]);
}

/** The names of the families of a text, in their order. */
const families = (text: string) => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);

async function assertWhole(text: string): Promise<void> {
  const check = await runProgram("promtool", ["check", "metrics"], { stdin: [Buffer.from(text)] });
  assert.deepEqual([check.exitCode, check.stderr], [0, ""]);
  const names = families(text);
  assert.deepEqual(names, [...new Set(names)]);
}

peerTest(["curl", "promtool"], "behind the application's metrics, in text", async (t) => {
  const url = `${await servingUpstream(t, APP)}/metrics`;
  const weir = await weirBefore(t, url, {
    metric_relabel_configs: [
      { action: "labeldrop", regex: "pod" },
      { action: "drop", source_labels: ["__name__"], regex: "weir_.*" },
    ],
  });
  for (let scrape = 1; scrape <= 3; scrape++) {
    const text = (await curl(`${weir.url}/metrics`)).body.toString();
    assert.ok(text.startsWith("# HELP jobs Jobs.\n# TYPE jobs gauge\njobs 3\n# HELP weir_"), text);
    await assertWhole(text);
    // Of the scrapes before this one; rules see none of it, and it is counted as nothing.
    assert.match(text, new RegExp(`^weir_input_samples_total ${2 * (scrape - 1)}$`, "m"));
    assert.match(text, new RegExp(`^weir_output_samples_total ${scrape - 1}$`, "m"));
    assert.ok(!/process_|weir_memory_limit/.test(text), text);
    assert.match(text, /^weir_build_info\{/m);
  }
  const gzip = await curl(`${weir.url}/metrics`, "--compressed");
  assert.equal(gzip.headers.get("content-encoding"), "gzip");
  await assertWhole(gzip.body.toString());
  // Nothing but the scrape itself has them.
  for (const path of ["/source"]) {
    assert.equal((await curl(`${weir.url}${path}`)).body.toString(), APP);
  }
  const head = await curl(`${weir.url}/metrics`, "--head");
  assert.equal(head.status, 200);
  assert.ok((await weir.ownMetrics()).has("process_start_time_seconds"));
});

peerTest(["curl"], "in OpenMetrics, protobuf and OpenMetrics 2.0", async (t) => {
  for (const format of ["openmetrics", "protobuf", "openmetrics2"] as const) {
    const body = format === "openmetrics" ? `${APP}# EOF\n` : bodyOf(APP, format);
    const type = CONTENT_TYPES[format];
    const url = `${await servingUpstream(t, body, type)}/metrics`;
    for (const rules of [[], [{ action: "labeldrop", regex: "pod" }]]) {
      const weir = await weirBefore(t, url, { metric_relabel_configs: rules });
      const answer = await curl(`${weir.url}/metrics`, "-H", `Accept: ${type}`);
      assert.equal(answer.headers.get("content-type"), type);
      const bytes = new Uint8Array(answer.body);
      const lines = format === "openmetrics" ? answer.body.toString() : liftedText([bytes], format);
      const isOpen = format === "openmetrics";
      assert.ok(families(lines).includes(isOpen ? "weir_scrapes" : "weir_scrapes_total"), lines);
      assert.deepEqual(families(lines), [...new Set(families(lines))]);
      assert.equal(families(lines)[0], "jobs");
      if (format === "protobuf") continue;
      const text = answer.body.toString();
      assert.equal(text.indexOf("# EOF"), text.length - "# EOF\n".length);
    }
  }
});

peerTest(
  ["curl", "promtool"],
  "what the upstream has of the same names stays its own",
  async (t) => {
    const below = await weirBefore(t, `${await servingUpstream(t, APP)}/metrics`);
    const above = await weirBefore(t, `${below.url}/metrics`);
    for (let scrape = 0; scrape < 3; scrape++) {
      const text = (await curl(`${above.url}/metrics`)).body.toString();
      await assertWhole(text);
      // The lower one's: it has read what the upper one has not.
      assert.match(text, new RegExp(`^weir_input_samples_total ${2 * scrape}$`, "m"));
    }
    assert.equal(above.logged("own metrics not appended").length, 1);
  },
);

peerTest(["curl", "promtool"], "behind a gateway's, with a target missing", async (t) => {
  const upstreams = [
    `${await servingUpstream(t, APP)}/metrics`,
    `http://127.0.0.1:${await freePort()}/metrics`,
  ];
  const path = join(temporaryFolder(t), "weir.yaml");
  const subsets = { all: [{ action: "labeldrop", regex: "pod" }] };
  writeFileSync(path, stringify({ upstreams, self_metrics: "append", subsets }));
  const weir = await startWeir(t, [path]);
  await curl(`${weir.url}/metrics`);
  const text = (await curl(`${weir.url}/metrics`)).body.toString();
  await assertWhole(text);
  assert.match(text, /^weir_targets\{state="down"\} 1$/m);
  assert.equal(
    families(text).indexOf("weir_target_up") < families(text).indexOf("weir_targets"),
    true,
  );
  // Not in subsets, which are for others.
  const subset = (await curl(`${weir.url}/metrics/all`)).body.toString();
  assert.ok(!subset.includes("weir_scrapes_total"), subset);
});

peerTest(["curl", "promtool"], "of each route with its own response", async (t) => {
  const url = `${await servingUpstream(t, APP)}/metrics`;
  const path = join(temporaryFolder(t), "weir.yaml");
  const routes = ["/a", "/b"].map((path) => ({ path, upstream_url: url }));
  writeFileSync(path, stringify({ routes, self_metrics: "append" }));
  const weir = await startWeir(t, [path]);
  const [a, b] = await Promise.all(["/a", "/b"].map(async (route) => {
    await curl(`${weir.url}${route}`);
    const text = (await curl(`${weir.url}${route}`)).body.toString();
    await assertWhole(text);
    return text;
  }));
  assert.match(a, /^weir_input_samples_total\{route="\/a"\} 2$/m);
  assert.match(b, /^weir_input_samples_total\{route="\/b"\} 2$/m);
  // Together they have each series once.
  const series = (text: string) =>
    text.split("\n").filter((line) => line.startsWith("weir_")).map((line) =>
      line.replace(/ \S+$/, "")
    );
  assert.deepEqual(series(a).filter((key) => series(b).includes(key)), []);
  assert.match(a, /^weir_build_info/m);
});

peerTest(["curl"], "in what is shared, cut, or no exposition", async (t) => {
  const many = APP + Array.from({ length: 500 }, (_, n) => `items{n="${n}"} 1\n`).join("");
  let asked = 0;
  const url = await httpUpstream(t, (request, response) => {
    asked++;
    if (request.url === "/page") {
      return void response.writeHead(200, { "content-type": "text/html" }).end("<p>");
    }
    if (request.url === "/gone") {
      return void response.writeHead(404, { "content-type": TEXT_TYPE }).end("a 1\n");
    }
    if (request.headers["if-none-match"] !== undefined) {
      return void response.writeHead(304, { etag: '"1"' }).end();
    }
    response.writeHead(200, { "content-type": OPEN_METRICS_TYPE, etag: '"1"' }).end(
      `${many}# EOF\n`,
    );
  });
  const shared = await weirBefore(t, `${url}/metrics`, { min_scrape_interval: "60s" });
  const first = await curl(`${shared.url}/metrics`);
  const second = await curl(`${shared.url}/metrics`);
  assert.ok(first.body.toString().includes("weir_scrapes_total{"));
  assert.deepEqual(second.body, first.body);
  assert.equal(asked, 1);
  const cut = await weirBefore(t, `${url}/metrics`, {
    prometheus: { max_output_bytes_per_scrape: 600 },
    scrape: { on_limit: "truncate" },
  });
  const text = (await curl(`${cut.url}/metrics`)).body.toString();
  assert.match(text, /^weir_scrape_truncated\{limit="output"\} 1$/m);
  assert.match(text, /^weir_build_info\{/m);
  assert.ok(text.indexOf("# EOF") === text.length - 6, text);
  const page = await curl(`${(await weirBefore(t, `${url}/page`)).url}/metrics`);
  assert.deepEqual([page.status, page.body.toString()], [200, "<p>"]);
  const gone = await curl(`${(await weirBefore(t, `${url}/gone`)).url}/metrics`);
  assert.ok(gone.status !== 200 && !gone.body.toString().includes("weir_"), gone.body.toString());
  // What is processed answers no condition: it is another body than the upstream's.
  const edge = await weirBefore(t, url, { tap_enabled: false });
  const whole = await curl(`${edge.url}/metrics`, "-H", 'If-None-Match: "1"');
  assert.match(whole.body.toString(), /^weir_build_info\{/m);
  assert.deepEqual([whole.status, whole.headers.has("etag")], [200, false]);
});

peerTest(
  ["prometheus3"],
  "Prometheus takes all of it, in the format that it likes best",
  async (t) => {
    const text = await weirBefore(t, `${await servingUpstream(t, APP)}/metrics`);
    const open = await weirBefore(
      t,
      `${await servingUpstream(t, `${APP}# EOF\n`, OPEN_METRICS_TYPE)}/metrics`,
    );
    const type = CONTENT_TYPES.protobuf;
    const proto = await weirBefore(
      t,
      `${await servingUpstream(t, bodyOf(APP, "protobuf"), type)}/metrics`,
    );
    const jobs = {
      text: text.url,
      open: open.url,
      proto: { url: proto.url, scrape_protocols: ["PrometheusProto"] },
    };
    const prometheus = await startPrometheus(t, jobs, { peer: "prometheus3" });
    await prometheus.scrapedTwice(Object.keys(jobs));
    const count = async (query: string) => (await prometheus.query(query))[0]?.value;
    for (const job of Object.keys(jobs)) {
      assert.equal(await count(`up{job="${job}"}`), 1, job);
      assert.equal(await count(`count(jobs{job="${job}"})`), 2, job);
      assert.equal(await count(`count(weir_build_info{job="${job}"})`), 1, job);
      assert.ok((await count(`weir_input_samples_total{job="${job}"}`))! >= 2, job);
      assert.ok(
        (await count(`count(weir_scrape_duration_seconds_bucket{job="${job}"})`))! > 10,
        job,
      );
    }
  },
);
