/** Edge's own config file, as its users have it, starts Weir unchanged. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { httpUpstream, servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const SECRET = "s3cr3t-of-the-sync-server";

/** `config-prometheus.json` of Edge, with keys of its other distributions left in it. */
function edgeConfig(upstream: string, policies: string, sync: string): string {
  return JSON.stringify(
    {
      listen_address: "127.0.0.1",
      listen_port: 9090,
      upstream_url: upstream,
      metrics_url: null,
      logs_url: "http://localhost:8081",
      log_level: "debug",
      pretty_print_json: false,
      max_body_size: 1048576,
      max_connections: 1024,
      worker_count: 4,
      thread_pool_count: 2,
      tap_enabled: false,
      service: {
        name: "edge",
        namespace: "production",
        version: "1.0",
        resource_attributes: [{ key: "deployment.environment", value: "${ENVIRONMENT}" }],
        labels: [{ key: "team", value: "platform" }],
      },
      prometheus: {
        max_input_bytes_per_scrape: 10485760,
        max_output_bytes_per_scrape: 10485760,
      },
      policy_providers: [
        { id: "local", type: "file", path: policies },
        {
          id: "tero",
          type: "http",
          url: `${sync}/v1/policy/sync`,
          headers: [{ name: "Authorization", value: "Bearer ${TERO_API_KEY}" }],
          poll_interval_secs: 60,
        },
      ],
    },
    null,
    2,
  );
}

interface Sync {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A policy server that drops what `remote_` begins. */
function syncServer(t: TestContext, syncs: Sync[]): Promise<string> {
  return httpUpstream(t, async (request, response) => {
    let body = "";
    for await (const bytes of request) body += bytes;
    syncs.push({ path: request.url, authorization: request.headers.authorization, body });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({
      policies: [{
        id: "remote",
        name: "Drop remote",
        enabled: true,
        metric: { match: [{ metricField: "METRIC_FIELD_NAME", regex: "^remote_" }], keep: false },
      }],
      hash: "1",
      syncTimestampUnixNano: "1700000000000000000",
      recommendedSyncIntervalSeconds: 60,
      syncType: 1,
      errorMessage: "",
    }));
  });
}

peerTest(["curl"], "Edge's config file with both providers is in force unchanged", async (t) => {
  const syncs: Sync[] = [];
  const upstream = await servingUpstream(t, "local_a 1\nremote_a 1\nkept_a 1\n");
  const policies = dropPolicies(t, [{ metric_field: "name", starts_with: "local_" }]);
  const path = join(temporaryFolder(t), "config-prometheus.json");
  writeFileSync(path, edgeConfig(upstream, policies, await syncServer(t, syncs)));
  const port = await freePort();
  const weir = await startWeir(t, [path], {
    listen: false,
    env: { TERO_LISTEN_PORT: `${port}`, TERO_API_KEY: SECRET, ENVIRONMENT: "production" },
  });

  assert.equal(weir.url, `http://127.0.0.1:${port}`);
  assert.equal((await curl(`${weir.url}/_health`)).status, 200);
  await eventually("ready", async () => (await curl(`${weir.url}/-/ready`)).status === 200);
  assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "kept_a 1\n");

  const [{ path: asked, authorization, body }] = syncs;
  assert.equal(asked, "/v1/policy/sync");
  assert.equal(authorization, `Bearer ${SECRET}`);
  assert.equal(JSON.parse(body).fullSync, true);
  assert.match(body, /"production"/);

  const warnings = weir.logged("ignored keys").filter((line) => line.includes(" level=warn "));
  assert.equal(warnings.length, 1);
  const keys = ["logs_url", "max_connections", "worker_count", "thread_pool_count"];
  for (const key of [...keys, "pretty_print_json"]) assert.ok(warnings[0].includes(key), key);
  assert.match(weir.logged("msg=listening")[0], / max_input_bytes=10485760 /);
  assert.ok(weir.logged("level=debug").length > 0);

  assert.equal(await weir.stop(), 0);
  assert.equal(weir.log.includes(SECRET), false, "the log holds the secret");
});

peerTest(
  ["curl"],
  "a policy server that is down: scrapes pass, the secret stays one",
  async (t) => {
    const upstream = await servingUpstream(t, "local_a 1\nremote_a 1\n");
    const policies = dropPolicies(t, [{ metric_field: "name", starts_with: "local_" }]);
    const path = join(temporaryFolder(t), "config-prometheus.json");
    writeFileSync(path, edgeConfig(upstream, policies, `http://127.0.0.1:${await freePort()}`));
    const weir = await startWeir(t, [path], {
      listen: false,
      env: { TERO_LISTEN_PORT: `${await freePort()}`, TERO_API_KEY: SECRET },
    });
    assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "remote_a 1\n");
    await weir.counted({ 'weir_policy_loads_total{provider="tero",result="success"}': 0 });
    await eventually("the failed load", async () => {
      const loads = await weir.ownMetrics();
      return loads.get('weir_policy_loads_total{provider="tero",result="failure"}')! > 0;
    });
    const status = (await curl(`${weir.url}/-/status`)).body.toString();
    assert.match(status, /policy provider tero: /);
    assert.match(weir.logged("ENVIRONMENT")[0], /is not set, an empty string was used/);
    assert.equal((weir.log + status).includes(SECRET), false);
  },
);
