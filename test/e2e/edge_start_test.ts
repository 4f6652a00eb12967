/** What starts Edge starts Weir, and asks for the same. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { httpUpstream } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, runWeir, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

/** An application that notes what it is asked for. */
async function application(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const url = await httpUpstream(t, (request: IncomingMessage, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end("a 1\n");
  });
  return { url, asked };
}

function file(t: TestContext, content: unknown, name = "config.json"): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function start(
  t: TestContext,
  content: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<WeirProcess> {
  const port = `${await freePort()}`;
  return await startWeir(t, [file(t, content)], {
    listen: false,
    env: { TERO_LISTEN_PORT: port, ...env },
  });
}

const JOINED: readonly (readonly [base: string, path: string, asked: string])[] = [
  ["", "/metrics", "/metrics"],
  ["/", "/metrics", "/metrics"],
  ["/base", "/metrics", "/base/metrics"],
  ["/base/", "/metrics", "/base/metrics"],
  ["/base/metrics", "/metrics", "/base/metrics"],
  ["/metrics", "/metrics", "/metrics"],
  ["/metrics/", "/metrics", "/metrics"],
  ["/base", "/metrics?collect[]=cpu", "/base/metrics?collect[]=cpu"],
  ["/base", "/metrics/cadvisor", "/base/metrics/cadvisor"],
  ["/base", "/source", "/base/metrics"],
  ["/base", "/other/page", "/base/other/page"],
  ["/metrics", "/other", "/other"],
  ["/probe?target=x", "/metrics", "/probe?target=x"],
];

peerTest(["curl"], "the request's path is put behind the upstream's", async (t) => {
  for (const key of ["upstream_url", "metrics_url"]) {
    for (const [base, path, asked] of JOINED) {
      const app = await application(t);
      const weir = await start(t, { [key]: `${app.url}${base}`, policy_providers: [] });
      await curl(`${weir.url}${path}`, "--globoff");
      assert.deepEqual(app.asked, [`GET ${asked}`], `${key} ${base} ${path}`);
      await weir.kill();
    }
  }
});

peerTest(["curl"], "a file of Weir's own asks for its upstream's path, as ever", async (t) => {
  const app = await application(t);
  const weir = await start(t, { upstream_url: `${app.url}/base` });
  assert.equal((await curl(`${weir.url}/metrics`)).status, 200);
  assert.equal((await curl(`${weir.url}/other`)).status, 404);
  assert.equal((await curl(`${weir.url}/metrics`, "-d", "x")).status, 405);
  assert.deepEqual(app.asked, ["GET /base"]);
});

peerTest(["curl"], "metrics are asked of metrics_url, all else of upstream_url", async (t) => {
  const [metrics, rest] = [await application(t), await application(t)];
  const weir = await start(t, {
    metrics_url: `${metrics.url}/m`,
    upstream_url: `${rest.url}/r`,
    policy_providers: [],
  });
  for (const path of ["/metrics", "/metrics/cadvisor", "/api/v1"]) await curl(weir.url + path);
  assert.deepEqual(metrics.asked, ["GET /m/metrics", "GET /m/metrics/cadvisor"]);
  assert.deepEqual(rest.asked, ["GET /r/api/v1"]);
});

const STARTS: readonly (readonly [name: string, file: object, warning?: RegExp])[] = [
  ["null sections and values", {
    service: null,
    prometheus: null,
    log_level: null,
    metrics_url: null,
    policy_providers: null,
    max_body_size: null,
    worker_count: 1,
  }],
  ["nulls inside of a section", {
    service: { name: null, labels: null },
    prometheus: { max_input_bytes_per_scrape: null },
    policy_providers: [{ id: "x", type: "http", url: "http://127.0.0.1:1/", headers: null }],
  }],
  ["numbers in strings", {
    max_body_size: "1048576",
    listen_port: "1",
    prometheus: { max_input_bytes_per_scrape: "10485760" },
    policy_providers: [
      { id: "x", type: "http", url: "http://127.0.0.1:1/", poll_interval_secs: "60" },
    ],
  }],
  [
    "unknown keys anywhere",
    {
      polcy: 1,
      service: { nmae: "x", name: "y" },
      prometheus: { max_input_bytes: 1 },
      policy_providers: [{
        id: "x",
        type: "http",
        url: "http://127.0.0.1:1/",
        path: "p",
        retry: 3,
      }],
    },
    /ignored unknown keys: polcy, service\.nmae .*did you mean \\"name\\".*, prometheus\.max_input_bytes .*, policy_providers\[0\]\.path, policy_providers\[0\]\.retry"$/,
  ],
  ["invalid values of keys without effect", {
    worker_count: "many",
    max_connections: [],
    s3_dump: 5,
    max_body_size: "large",
    policy_providers: [],
  }],
  [
    "providers with the id of another one",
    {
      policy_providers: [
        { id: "x", type: "http", url: "http://127.0.0.1:1/" },
        { id: "x", type: "http", url: "http://127.0.0.1:2/" },
      ],
    },
    /policy_providers\[1\]\.id: is taken, this policy provider is called \\"x-2\\""$/,
  ],
  ["providers without an id", {
    policy_providers: [
      { type: "http", url: "http://127.0.0.1:1/" },
      { type: "http", url: "http://127.0.0.1:2/", id: "" },
      { type: "http", url: "http://127.0.0.1:3/", id: null },
    ],
  }],
  [
    "a provider whose URL is a variable that is not set",
    { policy_providers: [{ id: "x", type: "http", url: "${NOT_SET}" }] },
    /policy_providers\[0\]\.url: found no url in \\"\$\{NOT_SET\}\\": this policy provider is off"$/,
  ],
  [
    "a provider of which the host is a variable that is not set",
    { policy_providers: [{ id: "x", type: "http", url: "${NOT_SET}/v1/policy/sync" }] },
    /found no url in .*: this policy provider is off"$/,
  ],
  [
    "a provider without a URL, and one without a path",
    { policy_providers: [{ id: "x", type: "http" }, { id: "y", type: "file", path: "" }] },
    /policy_providers\[1\]\.path: found nothing: this policy provider is off"$/,
  ],
  ["a log level of Edge's readme", { log_level: "trace", policy_providers: [] }],
];

for (const [name, content, warning] of STARTS) {
  peerTest(["curl"], `starts with ${name}`, async (t) => {
    const app = await application(t);
    const weir = await start(t, { upstream_url: app.url, ...content });
    assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "a 1\n");
    const warnings = weir.logged("level=warn");
    if (warning !== undefined) assert.ok(warnings.some((line) => warning.test(line)), weir.log);
    else assert.deepEqual(warnings.filter((line) => line.includes("unknown keys")), []);
  });
}

peerTest(
  [],
  "unknown keys are errors with strict, in weir check, and in Weir's sections",
  async (t) => {
    const edge = { upstream_url: "http://127.0.0.1:1", policy_providers: [] };
    const cases: readonly (readonly [object, string[], string])[] = [
      [{ ...edge, polcy: 1, strict: true }, [], "polcy: unknown key"],
      [{ ...edge, polcy: 1 }, ["check"], "polcy: unknown key"],
      [{ ...edge, web: { config_fiel: "x" } }, [], "web.config_fiel: unknown key"],
      [{ ...edge, limits: { serie: 1 } }, [], "limits.serie: unknown key"],
    ];
    for (const [content, command, problem] of cases) {
      const { exitCode, stderr } = await runWeir([...command, file(t, content)]);
      assert.equal(exitCode, 2, problem);
      assert.ok(stderr.includes(problem), stderr);
    }
    const env = { TERO_STRICT: "true" };
    const { stderr } = await runWeir([file(t, { ...edge, polcy: 1 })], { env });
    assert.ok(stderr.includes("polcy: unknown key"), stderr);
    const { exitCode } = await runWeir(["check", file(t, edge)]);
    assert.equal(exitCode, 0);
  },
);

peerTest(["curl"], "a file that goes away while Weir runs leaves it in force", async (t) => {
  const app = await application(t);
  const folder = temporaryFolder(t);
  const path = join(folder, "config.json");
  const env = { TERO_LISTEN_PORT: `${await freePort()}`, TERO_UPSTREAM_URL: app.url };
  for (const args of [[path], []]) {
    writeFileSync(path, JSON.stringify({ policy_providers: [], web: { reload: true } }));
    const weir = await startIn(t, folder, args, env);
    rmSync(path);
    const reload = () => curl(`${weir.url}/-/reload`, "-X", "POST");
    const { status, body } = await reload();
    assert.deepEqual([status, body.includes("config.json")], [500, true], body.toString());
    assert.equal((await reload()).status, 500, "web.reload is in force yet");
    await weir.kill();
  }
});

/** Starts Weir in a folder of its own, by arguments alone. */
function startIn(t: TestContext, folder: string, args: readonly string[], env: object) {
  return startWeir(t, [...args], {
    listen: false,
    program: ["sh", "-c", `cd '${folder}' && exec '${binary[0]}' "$@"`, "weir"],
    env: { ...env },
  });
}

peerTest(["curl"], "without arguments, ./config.json is read if it is Edge's", async (t) => {
  const app = await application(t);
  const env = { TERO_LISTEN_PORT: `${await freePort()}` };
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ upstream_url: app.url, max_body_size: 1 }),
  );
  const weir = await startIn(t, folder, [], env);
  assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "a 1\n");
  await weir.kill();

  for (const other of ['{"name": "another program"}', '{"a": ']) {
    writeFileSync(join(folder, "config.json"), other);
    const own = await startIn(t, folder, [], env);
    assert.match(own.logged("msg=listening")[0], / upstream=http:\/\/localhost:10254\/metrics /);
    assert.equal(own.logged("is not read").length, 1, own.log);
    await own.kill();
  }
});

peerTest(
  ["curl"],
  "a named file that is missing: the environment, if it has an upstream",
  async (t) => {
    const app = await application(t);
    const missing = join(temporaryFolder(t), "config.json");
    const port = `${await freePort()}`;
    const weir = await startWeir(t, [missing], {
      listen: false,
      env: { TERO_LISTEN_PORT: port, TERO_UPSTREAM_URL: `${app.url}/base` },
    });
    assert.equal((await curl(`${weir.url}/metrics`)).status, 200);
    assert.deepEqual(app.asked, ["GET /base/metrics"]);
    assert.match(weir.logged("level=warn")[0], /config\.json: is not there: defaults and the env/);
    assert.match(weir.logged("msg=listening")[0], / max_input_bytes=10485760 /);
    await weir.kill();

    const without: Readonly<Record<string, string>>[] = [
      {},
      { TERO_UPSTREAM_URL: "" },
      { WEIR_UPSTREAM_URL: app.url },
    ];
    for (const env of without) {
      const { exitCode, stderr } = await runWeir([missing], { env });
      assert.equal(exitCode, 2);
      assert.match(stderr, /config\.json/);
    }
    mkdirSync(missing);
    const { exitCode } = await runWeir([missing], { env: { TERO_UPSTREAM_URL: app.url } });
    assert.equal(exitCode, 2, "a folder is there");
  },
);

peerTest(["curl"], "an empty TERO_METRICS_URL clears, and overrides hold variables", async (t) => {
  const [metrics, upstream] = [await application(t), await application(t)];
  const content = {
    metrics_url: metrics.url,
    upstream_url: "http://127.0.0.1:1",
    policy_providers: [],
  };
  const weir = await start(t, content, {
    TERO_METRICS_URL: "",
    TERO_UPSTREAM_URL: "${APPLICATION}/x",
    APPLICATION: upstream.url,
  });
  assert.equal((await curl(`${weir.url}/metrics`)).status, 200);
  assert.deepEqual([metrics.asked, upstream.asked], [[], ["GET /x/metrics"]]);

  const own = await start(t, { metrics_url: metrics.url }, { TERO_METRICS_URL: "" });
  assert.equal((await curl(`${own.url}/metrics`)).status, 200);
  assert.deepEqual(metrics.asked, ["GET /metrics"], "Weir's own form: empty is unset");
});

peerTest([], "what an override's variable holds is not printed", async (t) => {
  const content = { upstream_url: "http://127.0.0.1:1", policy_providers: [] };
  const env = { TERO_UPSTREAM_URL: "${X}", X: "a b-s3cret" };
  const { exitCode, stderr } = await runWeir([file(t, content)], { env });
  assert.equal(exitCode, 2);
  assert.match(stderr, /TERO_UPSTREAM_URL: found "\$\{X\}" \(from the environment\)/);
  assert.equal(stderr.includes("s3cret"), false);
});
