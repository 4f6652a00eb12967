/** `/metrics/<name>`: snapshots of the last whole scrape, each by rules of its own. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import {
  byteUpstream,
  gauges,
  httpUpstream,
  OPEN_METRICS_TYPE,
  servingUpstream,
  TEXT_TYPE,
} from "../support/e2e/upstreams.ts";
import { startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const lines = (...text: string[]) => text.map((line) => `${line}\n`).join("");

const exposition = lines(
  "# HELP requests_total Requests.",
  "# TYPE requests_total counter",
  'requests_total{code="200",path="/a"} 5',
  'requests_total{code="200",path="/b"} 2',
  'requests_total{code="500",path="/a"} 1',
  "# TYPE fds gauge",
  "fds 10",
  "# TYPE stamped gauge",
  "stamped 1 1700000000000",
);

const rules = `
metric_relabel_configs:
- {action: keep, source_labels: [__name__], regex: fds}
requests:
- {action: keep, source_labels: [__name__], regex: requests_total}
- {action: labeldrop, regex: path}
all: []
`;
const withSubsets = ["--relabel", rules];
const plain = [...withSubsets, "--subset-timestamps", "false"];
const requests = lines(
  "# HELP requests_total Requests.",
  "# TYPE requests_total counter",
  'requests_total{code="200"} 7',
  'requests_total{code="500"} 1',
);

async function textOf(weir: WeirProcess, path: string): Promise<string> {
  const answer = await curl(`${weir.url}${path}`);
  assert.equal(answer.exitCode, 0);
  return `${answer.status} ${answer.body}`;
}

peerTest(["curl"], "one request to the upstream fills all; policies count once", async (t) => {
  let asked = 0;
  const upstream = await httpUpstream(t, (_, response) => {
    asked++;
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(exposition);
  });
  const policies = dropPolicies(t, [{ datapoint_attribute: "code", equals: "500" }]);
  const weir = await startWeir(t, ["-H", upstream, ...plain, "--policies", policies]);
  assert.equal(
    await textOf(weir, "/metrics/requests"),
    "503 no scrape of /metrics yet: it is what fills /metrics/requests\n",
  );
  assert.equal(asked, 0);
  assert.equal(await textOf(weir, "/metrics"), lines("200 # TYPE fds gauge", "fds 10"));
  const kept = (text: string) => text.replace(/^.*code="500".*\n/m, "");
  assert.equal(await textOf(weir, "/metrics/requests"), `200 ${kept(requests)}`);
  assert.equal(await textOf(weir, "/metrics/all"), `200 ${kept(exposition)}`);
  assert.equal(
    await textOf(weir, "/metrics/other"),
    '404 no subset "other": there are requests, all\n',
  );
  assert.equal(asked, 1);
  await weir.counted({
    'weir_policy_hits_total{policy="drop-0"}': 1,
    'weir_scrapes_total{path="/metrics/requests",code="200",outcome="complete"}': 1,
    'weir_scrapes_total{path="/metrics/requests",code="503",outcome="error"}': 1,
  });
  assert.equal(
    [...(await weir.ownMetrics()).keys()].filter((key) => key.includes("/metrics/other")).length,
    0,
  );
});

peerTest(["curl"], "no subset is configured: 404 says so", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, exposition)]);
  assert.equal(await textOf(weir, "/metrics/x"), '404 no subset "x": none is configured\n');
});

peerTest(["curl"], "samples get the scrape's time, in the format's unit", async (t) => {
  const begin = Date.now();
  const open = exposition.replace(/total C/g, "total C").replaceAll(" 1700000000000", " 1700000000")
    .replaceAll(/^# (HELP|TYPE) requests_total/gm, "# $1 requests") + "# EOF\n";
  const cases = [
    { text: exposition, type: TEXT_TYPE, msPerUnit: 1, end: "stamped 1 1700000000000\n" },
    { text: open, type: OPEN_METRICS_TYPE, msPerUnit: 1000, end: "stamped 1 1700000000\n# EOF\n" },
  ];
  for (const { text, type, msPerUnit, end } of cases) {
    const weir = await startWeir(t, ["-H", await servingUpstream(t, text, type), ...withSubsets]);
    await curl(`${weir.url}/metrics`);
    const answer = await curl(`${weir.url}/metrics/requests`, "-H", `accept: ${type}`);
    assert.equal(answer.headers.get("content-type"), type);
    const samples = [
      ...answer.body.toString().matchAll(/^(requests_total\{.*\}) (\d) ([\d.]+)$/gm),
    ];
    assert.deepEqual(samples.map(([, series, value]) => `${series} ${value}`), [
      'requests_total{code="200"} 7',
      'requests_total{code="500"} 1',
    ]);
    const [first, second] = samples.map(([, , , timestamp]) => Number(timestamp) * msPerUnit);
    assert.equal(first, second);
    assert.ok(first >= begin - 1 && first <= Date.now() + 1, `${first}`);
    // A sample that has a time keeps it.
    const all = await curl(`${weir.url}/metrics/all`, "-H", `accept: ${type}`);
    assert.ok(all.body.toString().endsWith(end));
    assert.equal(/ 1[67]\d{8}/.test(await textOf(weir, "/metrics")), false);
  }
});

peerTest(["curl"], "OpenMetrics goes to who asks for it, text to everyone else", async (t) => {
  const open = '# TYPE c counter\nc_total{path="/a"} 1 1700000000 # {id="x"} 1\n# EOF\n';
  const text = '# TYPE c_total counter\nc_total{path="/a"} 1 1700000000000\n';
  const ofText = "# TYPE c counter\nc 1\n";
  const prometheus =
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3";
  const asked: [accept: string, served: [string, string], answered: [string, string]][] = [
    [prometheus, [OPEN_METRICS_TYPE, open], [OPEN_METRICS_TYPE, open]],
    ["text/plain", [OPEN_METRICS_TYPE, open], [TEXT_TYPE, text]],
    ["text/plain;q=0.9,application/openmetrics-text;q=0.1", [OPEN_METRICS_TYPE, open], [
      TEXT_TYPE,
      text,
    ]],
    ["*/*", [OPEN_METRICS_TYPE, open], [TEXT_TYPE, text]],
    ["application/json", [OPEN_METRICS_TYPE, open], [TEXT_TYPE, text]],
    [prometheus, [TEXT_TYPE, ofText], [TEXT_TYPE, ofText]],
    ["application/openmetrics-text", [TEXT_TYPE, ofText], [TEXT_TYPE, ofText]],
  ];
  for (const [accept, [type, body], expected] of asked) {
    const weir = await startWeir(t, ["-H", await servingUpstream(t, body, type), ...plain]);
    await curl(`${weir.url}/metrics`);
    // The second time what was made of the snapshot is there.
    for (let times = 0; times < 2; times++) {
      const answer = await curl(`${weir.url}/metrics/all`, "-H", `accept: ${accept}`);
      assert.deepEqual([answer.headers.get("content-type"), `${answer.body}`], expected, accept);
      assert.equal(answer.headers.get("vary"), "Accept, Accept-Encoding");
    }
  }
});

peerTest(["curl"], "too old: 503", async (t) => {
  const upstream = await servingUpstream(t, exposition);
  const weir = await startWeir(t, ["-H", upstream, ...plain, "--subset-max-age", "300ms"]);
  await curl(`${weir.url}/metrics`);
  const old = await eventually("the snapshot is too old", async () => {
    const text = await textOf(weir, "/metrics/requests");
    return text.startsWith("503") && text;
  });
  assert.match(
    old,
    /^503 the last whole scrape of \/metrics is \d+\.\d s old, subset_max_age is 0\.3 s\n$/,
  );
  await eventually("a scrape makes a new one", async () => {
    await curl(`${weir.url}/metrics`);
    return await textOf(weir, "/metrics/requests") === `200 ${requests}`;
  });
});

peerTest(["curl"], "HEAD and gzip", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, exposition), ...plain]);
  const url = `${weir.url}/metrics/requests`;
  assert.deepEqual([(await curl(url, "--head")).status], [503]);
  // Nobody read it: it was not read here either.
  await curl(`${weir.url}/metrics`, "--head");
  assert.equal((await curl(url)).status, 503);
  await curl(`${weir.url}/metrics`);
  const head = await curl(url, "--head", "-H", "Accept-Encoding: gzip");
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  const zipped = await curl(url, "-H", "Accept-Encoding: gzip");
  for (const answer of [head, zipped]) {
    assert.equal(answer.headers.get("content-encoding"), "gzip");
    assert.equal(answer.headers.get("content-type"), TEXT_TYPE);
  }
  assert.equal(gunzipSync(zipped.body).toString(), requests);
});

/** Answers that are no whole scrape. */
const failures = ["500", "cut", "refused", "unreadable end"] as const;

for (const failure of failures) {
  peerTest(
    ["curl"],
    `after a scrape that fails (${failure}) the last whole one stays`,
    async (t) => {
      let failing = false;
      const later = exposition.replaceAll(/ 5$/gm, " 50");
      const upstream = await byteUpstream(t, (socket) => {
        socket.write(
          failing && failure === "500"
            ? "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
            : head("Transfer-Encoding: chunked"),
        );
        if (failing && failure === "500") return;
        if (!failing) {
          socket.write(chunk(Buffer.from(exposition)));
          return socket.write("0\r\n\r\n");
        }
        // All samples of the subset are there, and the end of the response is not.
        socket.write(chunk(Buffer.from(later)));
        if (failure === "unreadable end") socket.write("zz\r\n");
        setTimeout(() => socket.destroy(), failure === "cut" ? 200 : 0);
      });
      const weir = await startWeir(t, ["-H", upstream.url, ...plain]);
      await curl(`${weir.url}/metrics`);
      assert.equal(await textOf(weir, "/metrics/requests"), `200 ${requests}`);
      failing = true;
      if (failure === "refused") upstream.stop();
      const answer = await curl(`${weir.url}/metrics`);
      assert.ok(answer.status !== 200 || BROKEN_OFF.includes(answer.exitCode), `${answer.status}`);
      assert.equal(await textOf(weir, "/metrics/requests"), `200 ${requests}`);
      assert.equal(await textOf(weir, "/metrics/all"), `200 ${exposition}`);
    },
  );
}

peerTest(
  ["curl"],
  "a client that leaves inside the scrape leaves the snapshot as it was",
  async (t) => {
    let endless = false;
    const upstream = await httpUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": TEXT_TYPE });
      if (endless) response.write("fds 99\nrequests_total 1\n");
      else response.end(exposition);
    });
    const weir = await startWeir(t, ["-H", upstream, ...plain]);
    await curl(`${weir.url}/metrics`);
    endless = true;
    assert.equal((await curl(`${weir.url}/metrics`, "--max-time", "0.5")).exitCode, 28);
    await weir.counted({ weir_scrapes_in_flight: 0 });
    assert.equal(await textOf(weir, "/metrics/all"), `200 ${exposition}`);
  },
);

peerTest(["curl"], "samples that meet in a subset are aggregated as declared", async (t) => {
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(
    config,
    lines(
      `upstream_url: ${await servingUpstream(t, exposition)}`,
      "subset_timestamps: false",
      "aggregation: { rules: [{ match: requests_total, function: max }] }",
      "subsets:",
      "  total:",
      "  - { action: labeldrop, regex: code|path }",
      "  - { action: drop, source_labels: [__name__], regex: fds|stamped }",
    ),
  );
  const weir = await startWeir(t, [config]);
  assert.equal(await textOf(weir, "/metrics"), `200 ${exposition}`);
  assert.equal(
    await textOf(weir, "/metrics/total"),
    lines(
      "200 # HELP requests_total Requests.",
      "# TYPE requests_total counter",
      "requests_total 5",
    ),
  );
});

const cut = (limit: string) =>
  lines(
    "# HELP weir_scrape_truncated How often a byte limit cut this scrape short.",
    "# TYPE weir_scrape_truncated gauge",
    `weir_scrape_truncated{limit="${limit}"} 1`,
  );

const itemRules = `
metric_relabel_configs: []
few: [{action: keep, source_labels: [item], regex: '0*1'}]
all: []
`;

peerTest(["curl"], "the output budget is each response's own", async (t) => {
  const upstream = await servingUpstream(t, gauges(5000));
  const args = ["--relabel", itemRules, "--subset-timestamps", "false"];
  const limit = ["--max-output-bytes", "1000", "--on-limit", "truncate"];
  const weir = await startWeir(t, ["-H", upstream, ...args, ...limit]);
  const main = await curl(`${weir.url}/metrics`);
  assert.equal(main.exitCode, 0);
  const truncated = main.body.toString();
  const left = truncated.replace(cut("output"), "");
  assert.ok(left.length <= 1000 && left.length > 950, `${left.length}`);
  assert.ok(gauges(5000).startsWith(left) && left.endsWith("\n"));
  assert.equal(truncated, left + cut("output"));
  assert.equal(await textOf(weir, "/metrics/all"), `200 ${truncated}`);
  assert.equal(await textOf(weir, "/metrics/few"), `200 ${gauges(1)}`);
  const logged = weir.logged('msg="scrape truncated"');
  assert.deepEqual(logged.map((line) => / path=(\S+)/.exec(line)?.[1]).sort(), [
    "/metrics",
    "/metrics/all",
  ]);
  await weir.counted({
    'weir_truncations_total{limit="output"}': 2,
    'weir_scrapes_total{path="/metrics",code="200",outcome="truncated"}': 1,
    'weir_scrapes_total{path="/metrics/all",code="200",outcome="truncated"}': 1,
    'weir_scrapes_total{path="/metrics/few",code="200",outcome="complete"}': 1,
  });

  const strict = await startWeir(t, [
    ...["-H", upstream, ...args, "--max-output-bytes", "1000"],
  ]);
  assert.equal((await curl(`${strict.url}/metrics`)).status, 502);
  assert.equal((await curl(`${strict.url}/metrics/few`)).status, 503);
});

peerTest(["curl"], "the input budget ends main and subsets in the same line", async (t) => {
  const upstream = await servingUpstream(t, gauges(5000));
  const args = ["--relabel", itemRules, "--subset-timestamps", "false"];
  const limit = ["--max-input-bytes", "100000", "--on-limit", "truncate"];
  const weir = await startWeir(t, ["-H", upstream, ...args, ...limit]);
  const main = (await curl(`${weir.url}/metrics`)).body.toString();
  const left = main.length - cut("input").length;
  assert.ok(left > 99_900 && left <= 100_000 && main.endsWith(cut("input")));
  assert.equal(await textOf(weir, "/metrics/all"), `200 ${main}`);
  assert.equal(await textOf(weir, "/metrics/few"), `200 ${gauges(1)}${cut("input")}`);
  // One scrape was cut, whatever was made of it.
  await weir.counted({ 'weir_truncations_total{limit="input"}': 1 });
});

peerTest(["curl"], "a reload removes and adds subsets, and keeps what others have", async (t) => {
  const file = join(temporaryFolder(t), "rules.yaml");
  const document = (...names: string[]) =>
    lines("metric_relabel_configs: []", ...names.map((n) => `${n}: []`));
  writeFileSync(file, document("one", "two"));
  const upstream = await servingUpstream(t, "a 1\n");
  const weir = await startWeir(t, [
    ...["-H", upstream, "--relabel-file", file, "--subset-timestamps", "false"],
  ]);
  await curl(`${weir.url}/metrics`);
  assert.equal(await textOf(weir, "/metrics/one"), "200 a 1\n");
  writeFileSync(file, document("two", "three"));
  weir.signal("SIGHUP");
  await eventually("the subset is gone", async () => {
    return await textOf(weir, "/metrics/one") === '404 no subset "one": there are two, three\n';
  });
  assert.equal(await textOf(weir, "/metrics/two"), "200 a 1\n");
  assert.match(await textOf(weir, "/metrics/three"), /^503 no scrape of \/metrics yet/);
  await curl(`${weir.url}/metrics`);
  assert.equal(await textOf(weir, "/metrics/three"), "200 a 1\n");
  writeFileSync(file, document("one"));
  weir.signal("SIGHUP");
  await eventually("the subset is back, without what it had", async () => {
    return (await textOf(weir, "/metrics/one")).startsWith("503 ");
  });
});

peerTest(["curl"], "a gateway's subsets are filled by one round of all targets", async (t) => {
  const [a, b] = [await servingUpstream(t, exposition), await servingUpstream(t, exposition)];
  const weir = await startWeir(t, ["-H", a, "-H", b, "--counters", "raw", ...plain]);
  assert.match(await textOf(weir, "/metrics/requests"), /^503 /);
  assert.match(
    await textOf(weir, "/metrics"),
    /^200 # TYPE fds gauge\nfds 20\n# HELP weir_target_up/,
  );
  assert.equal(
    await textOf(weir, "/metrics/requests"),
    `200 ${requests.replace(" 7", " 14").replace(" 1\n", " 2\n")}`,
  );
});
