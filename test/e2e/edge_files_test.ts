/** Files of Edge's users, as its repository, its chart and its guide have them, start unchanged. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { answer, type SyncRequest, syncServer } from "../support/policy/sync_server.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { httpUpstream } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const TOKEN = "app-token-5f";
const KEY = "key-of-the-control-plane";

/** An application that wants a token, and has more than one endpoint. */
function application(t: TestContext): Promise<string> {
  return httpUpstream(t, (request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) response.writeHead(401).end();
    else {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(
        request.url === "/metrics/cadvisor"
          ? "container_a 1\ndebug_c 1\n"
          : "app_a 1\ndebug_b 1\nremote_a 1\n",
      );
    }
  });
}

const policy = (id: string, prefix: string) => ({
  id,
  name: id,
  enabled: true,
  metric: { match: [{ metric_field: "name", regex: `^${prefix}` }], keep: false },
});

interface Sync {
  readonly url: string;
  readonly requests: readonly SyncRequest[];
}

/** A policy server that drops what `remote_` begins, by the id of the file's policy. */
async function controlPlane(t: TestContext): Promise<Sync> {
  const server = await syncServer((response, request) => {
    if (request.headers.authorization !== `Bearer ${KEY}`) return response.writeHead(403).end();
    return answer({ policies: [policy("drop", "remote_")], hash: "1" })(response);
  });
  t.after(() => server.stop());
  return { url: server.url.replace("/v1/policy/sync", ""), requests: server.requests };
}

/** Starts Weir in a folder with these files, by these arguments alone. */
async function startIn(
  t: TestContext,
  files: Readonly<Record<string, unknown>>,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<WeirProcess> {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) {
    if (name.includes("/")) mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(content, null, 2));
  }
  return await startWeir(t, args, {
    listen: false,
    program: ["sh", "-c", `cd '${folder}' && exec '${binary[0]}' "$@"`, "weir"],
    env: { TERO_LISTEN_PORT: `${await freePort()}`, ...env },
  });
}

async function scrape(weir: WeirProcess, path = "/metrics"): Promise<string> {
  const token = ["-H", `Authorization: Bearer ${TOKEN}`];
  const { status, body } = await curl(`${weir.url}${path}`, ...token);
  assert.equal(status, 200, weir.log);
  return body.toString();
}

/** The probes of Edge's chart, and of its guide. */
async function probed(weir: WeirProcess): Promise<void> {
  const { status, body } = await curl(`${weir.url}/_health`);
  assert.deepEqual([status, body.toString()], [200, '{"status":"ok"}']);
}

const REPOSITORYS = {
  listen_address: "127.0.0.1",
  listen_port: 8080,
  upstream_url: "http://localhost:8888",
  log_level: "info",
  max_body_size: 1048576,
  prometheus: { max_input_bytes_per_scrape: 10485760, max_output_bytes_per_scrape: 10485760 },
  policy_providers: [
    { id: "file", type: "file", path: "policies.json" },
    {
      id: "http",
      type: "http",
      url: "${TERO_CONTROL_PLANE_URL}/v1/policy/sync",
      headers: [{ name: "Authorization", value: "Bearer ${TERO_API_TOKEN}" }],
    },
  ],
};

peerTest(["curl"], "the repository's file, with its environment", async (t) => {
  const sync = await controlPlane(t);
  const weir = await startIn(
    t,
    { "config.json": REPOSITORYS, "policies.json": { policies: [policy("drop", "debug_")] } },
    [],
    {
      TERO_UPSTREAM_URL: await application(t),
      TERO_CONTROL_PLANE_URL: sync.url,
      TERO_API_TOKEN: KEY,
    },
  );
  await probed(weir);
  await eventually("ready", async () => (await curl(`${weir.url}/-/ready`)).status === 200);
  assert.equal(await scrape(weir), "app_a 1\ndebug_b 1\n", "the server's policy, not the file's");
  assert.equal(await weir.stop(), 0);
  assert.equal(sync.requests.length, 2, "the hits are told at the stop");
});

peerTest(["curl"], "the repository's file, without the control plane and the file", async (t) => {
  const env = { TERO_UPSTREAM_URL: await application(t) };
  const bare = await startIn(t, { "config.json": REPOSITORYS }, ["config.json"], env);
  await probed(bare);
  assert.equal(await scrape(bare), "app_a 1\ndebug_b 1\nremote_a 1\n");
  assert.equal(bare.logged("this policy provider is off").length, 1);

  const files = {
    "config.json": REPOSITORYS,
    "policies.json": { policies: [policy("drop", "debug_")] },
  };
  const local = await startIn(t, files, ["config.json"], env);
  assert.equal((await curl(`${local.url}/-/ready`)).status, 200);
  assert.equal(await scrape(local), "app_a 1\nremote_a 1\n");
  assert.equal(await scrape(local, "/metrics/cadvisor"), "container_a 1\n");
});

/** What the chart makes of values: its defaults, and those of a scrape sidecar. */
function ofChart(
  values: { readonly url?: string; readonly extra?: object; readonly upstream: string },
) {
  const { url, extra = {}, upstream } = values;
  return {
    listen_address: "0.0.0.0",
    listen_port: 8080,
    upstream_url: upstream,
    metrics_url: upstream,
    log_level: "info",
    max_body_size: 1048576,
    max_connections: 256,
    ...extra,
    policy_providers: [
      { id: "file", type: "file", path: "tero/policies.json" },
      ...url === undefined ? [] : [{
        id: "http",
        type: "http",
        url: `${url}/v1/policy/sync`,
        headers: [{ name: "Authorization", value: "Bearer ${TERO_API_KEY}" }],
      }],
    ],
  };
}

const ALL_VALUES = {
  max_decoded_bytes: 4194304,
  worker_count: 2,
  thread_pool_count: 16,
  service: {
    name: "shop",
    namespace: "production",
    version: "2",
    resource_attributes: [{ key: "deployment.environment", value: "production" }],
    labels: [{ key: "team", value: "platform" }],
  },
};

peerTest(
  ["curl"],
  "what the chart renders: its defaults, with a control plane, with all",
  async (t) => {
    const upstream = await application(t);
    const none = { policies: [] };
    const start = (config: object, policies: object) =>
      startIn(
        t,
        { "tero/config.json": config, "tero/policies.json": policies },
        ["tero/config.json"],
        { TERO_API_KEY: KEY },
      );
    const plain = await start(ofChart({ upstream }), none);
    await probed(plain);
    assert.equal(await scrape(plain), "app_a 1\ndebug_b 1\nremote_a 1\n");

    const sync = await controlPlane(t);
    const synced = await start(ofChart({ upstream, url: sync.url }), none);
    await eventually("ready", async () => (await curl(`${synced.url}/-/ready`)).status === 200);
    assert.equal(await scrape(synced), "app_a 1\ndebug_b 1\n");
    const attributes = JSON.stringify(sync.requests[0].body.clientMetadata);
    for (const name of ["tero-edge", "tero", "latest"]) {
      assert.ok(attributes.includes(`{"stringValue":"${name}"}`), name);
    }

    const whole = ofChart({ upstream, url: sync.url, extra: ALL_VALUES });
    const all = await start(whole, { policies: [policy("mine", "debug_")] });
    await eventually("ready", async () => (await curl(`${all.url}/-/ready`)).status === 200);
    assert.equal(await scrape(all), "app_a 1\n");
    assert.match(
      all.logged("ignored keys")[0],
      /max_connections, .*thread_pool_count, worker_count/,
    );
  },
);

peerTest(["curl"], "the guide's sidecar", async (t) => {
  const sync = await controlPlane(t);
  const config = {
    listen_address: "0.0.0.0",
    listen_port: 9090,
    upstream_url: await application(t),
    log_level: "info",
    prometheus: { max_input_bytes_per_scrape: 10485760, max_output_bytes_per_scrape: 10485760 },
    policy_providers: [{
      id: "tero",
      type: "http",
      url: `${sync.url}/v1/policy/sync`,
      headers: [{ name: "Authorization", value: "Bearer ${TERO_API_KEY}" }],
      poll_interval_secs: 60,
    }],
  };
  const weir = await startIn(t, { "tero/config.json": config }, ["tero/config.json"], {
    TERO_API_KEY: KEY,
  });
  await probed(weir);
  await eventually("ready", async () => (await curl(`${weir.url}/-/ready`)).status === 200);
  assert.equal(await scrape(weir), "app_a 1\ndebug_b 1\n");
  assert.ok(weir.stdout.split("\n").some((line) => /policy/i.test(line)));
  assert.equal(/truncat/i.test(weir.stdout), false);
  assert.equal(weir.log.includes(KEY) || weir.log.includes(TOKEN), false);
});
