/** Serving to bearer tokens that a Kubernetes API server reviews. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { LOGIN, serverSection, users } from "../support/e2e/web_config.ts";
import { binary, denoSource, runWeir, startWeir } from "../support/e2e/weir_process.ts";
import { CertificateAuthority, pemOf } from "../support/runtime/certificates.ts";
import { KubernetesApi } from "../support/server/kubernetes_api.ts";

const TEXT = gauges(3);
const PROMETHEUS = { username: "system:serviceaccount:monitoring:prometheus", groups: ["a"] };

/** An API server with TLS, and the files that a Pod has of it. */
class Cluster {
  readonly api = new KubernetesApi("weirs-own-token");
  readonly folder: string;
  readonly authority: CertificateAuthority;
  port = 0;

  constructor(context: TestContext) {
    this.folder = temporaryFolder(context);
    this.authority = new CertificateAuthority(this.folder);
    writeFileSync(join(this.folder, "token"), "weirs-own-token\n");
    this.api.users.set("prometheus-token", PROMETHEUS);
    this.api.users.set("other-token", { username: "system:serviceaccount:default:other" });
    this.api.allowed.set(PROMETHEUS.username, ["get /metrics", "get /-/metrics"]);
  }

  async start(context: TestContext): Promise<this> {
    const { certificate, key } = pemOf(this.authority.issue("api", "DNS:api.test"));
    const server = createServer(
      { cert: certificate, key },
      (request, response) => void this.api.listener(request, response),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** A config file, and the environment of a Pod. */
  config(upstream: string, rest: object = {}, auth: object = {}): string {
    const path = join(this.folder, "weir.yaml");
    const http_config = {
      authorization: { credentials_file: join(this.folder, "token") },
      tls_config: { ca_file: this.authority.certificate },
    };
    const web = { kubernetes_auth: { http_config, ...auth }, ...rest };
    writeFileSync(path, stringify({ upstream_url: upstream, web }));
    return path;
  }

  get env() {
    return {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(this.port),
    };
  }
}

const bearer = (token: string) => ["--header", `Authorization: Bearer ${token}`];

for (const [name, program] of [["binary", binary], ["Deno", denoSource]] as const) {
  peerTest(["curl", "openssl"], `${name}: allowed, denied, forbidden, API down`, async (t) => {
    const cluster = await new Cluster(t).start(t);
    const { api } = cluster;
    const upstream = await servingUpstream(t, TEXT);
    const config = cluster.config(upstream, { auth_exempt: ["/-/ready"], reload: true });
    const weir = await startWeir(t, [config], { program, env: cluster.env, guarded: true });
    const ask = async (path: string, ...args: readonly string[]) => {
      const { status, body } = await curl(`${weir.url}${path}`, ...args);
      return [status, body.toString()];
    };
    assert.deepEqual(await ask("/metrics", ...bearer("prometheus-token")), [200, TEXT]);
    assert.deepEqual(api.asked.map(([, spec]) => spec), [
      { token: "prometheus-token" },
      {
        user: PROMETHEUS.username,
        groups: PROMETHEUS.groups,
        nonResourceAttributes: { path: "/metrics", verb: "get" },
      },
    ]);
    for (let n = 0; n < 20; n++) await ask("/metrics", ...bearer("prometheus-token"));
    assert.equal(api.asked.length, 2, "what was allowed is asked for again");
    assert.deepEqual(await ask("/metrics"), [401, "unauthorized\n"]);
    assert.deepEqual(await ask("/metrics", ...bearer("expired")), [401, "unauthorized\n"]);
    assert.deepEqual(await ask("/metrics", ...bearer("other-token")), [403, "forbidden\n"]);
    assert.deepEqual(await ask("/source", ...bearer("prometheus-token")), [403, "forbidden\n"]);
    assert.deepEqual(
      await ask("/-/reload", "--request", "POST", ...bearer("prometheus-token")),
      [403, "forbidden\n"],
    );
    assert.equal((await ask("/-/ready"))[0], 200);
    api.failure = [500, "{}"];
    const down = "the token cannot be reviewed: the Kubernetes API server did not answer\n";
    assert.deepEqual(await ask("/metrics", ...bearer("another")), [503, down]);
    assert.deepEqual(await ask("/metrics", ...bearer("prometheus-token")), [200, TEXT]);
    const metrics = String((await ask("/-/metrics", ...bearer("prometheus-token")))[1]);
    assert.equal(metrics, down, "a path that is not known is not served while the API is down");
    api.failure = undefined;
    const own = await eventually("the API server is asked again", async () => {
      const [status, text] = await ask("/-/metrics", ...bearer("prometheus-token"));
      return status === 200 ? String(text) : undefined;
    });
    const refused = [...own.matchAll(/^weir_refused_requests_total\{reason="(\w+)"\} (\d+)$/gm)]
      .map(([, reason, count]) => [reason, Number(count)])
      .filter(([reason]) => reason === "denied" || reason === "forbidden");
    assert.deepEqual(refused, [["denied", 2], ["forbidden", 3]]);
    assert.match(own, /^weir_kubernetes_reviews_total\{kind="token",result="error"\} 1$/m);
    assert.equal(await weir.stop(), 0, weir.log);
    for (const secret of ["prometheus-token", "other-token", "weirs-own-token"]) {
      assert.ok(!weir.log.includes(secret), weir.log);
    }
    assert.equal(weir.logged("TokenReview: answered 500, wanted 200 or 201").length, 1, weir.log);
  });
}

peerTest(["curl", "openssl"], "an API server under another authority lets nobody in", async (t) => {
  const cluster = await new Cluster(t).start(t);
  const stranger = new CertificateAuthority(cluster.folder, "stranger");
  const http_config = {
    authorization: { credentials_file: join(cluster.folder, "token") },
    tls_config: { ca_file: stranger.certificate },
  };
  const config = cluster.config(await servingUpstream(t, TEXT), {}, { http_config });
  const weir = await startWeir(t, [config], { env: cluster.env, guarded: true });
  const { status } = await curl(`${weir.url}/metrics`, ...bearer("prometheus-token"));
  assert.deepEqual([status, cluster.api.asked], [503, []]);
  assert.equal(weir.logged("level=error").length, 1, weir.log);
});

peerTest(["curl", "openssl"], "a token file that is rotated is used at once", async (t) => {
  const cluster = await new Cluster(t).start(t);
  const config = cluster.config(await servingUpstream(t, TEXT));
  const token = join(cluster.folder, "token");
  writeFileSync(token, "an-old-token");
  const weir = await startWeir(t, [config], { env: cluster.env, guarded: true });
  const ask = () => curl(`${weir.url}/metrics`, ...bearer("prometheus-token"));
  assert.equal((await ask()).status, 503);
  assert.equal(weir.logged("system:auth-delegator").length, 1, weir.log);
  writeFileSync(token, "weirs-own-token");
  await eventually("the new token is used", async () => (await ask()).status === 200);
});

peerTest(
  ["curl", "openssl", "prometheus"],
  "Prometheus scrapes over TLS with its token",
  async (t) => {
    const cluster = await new Cluster(t).start(t);
    const webFile = join(cluster.folder, "web.yml");
    writeFileSync(
      webFile,
      stringify({
        tls_server_config: serverSection(cluster.authority.issue("weir")),
        basic_auth_users: users,
      }),
    );
    const config = cluster.config(await servingUpstream(t, TEXT), { config_file: webFile });
    const weir = await startWeir(t, [config], { env: cluster.env, guarded: true });
    const trust = ["--cacert", cluster.authority.certificate];
    const { status, headers } = await curl(`${weir.url}/metrics`, ...trust);
    assert.deepEqual(
      [status, headers.get("www-authenticate")],
      [401, 'Basic realm="weir", charset="UTF-8", Bearer realm="weir"'],
    );
    assert.equal((await curl(`${weir.url}/metrics`, ...trust, ...LOGIN)).status, 200);
    const tokenFile = join(cluster.folder, "prometheus-token");
    writeFileSync(tokenFile, "prometheus-token");
    const prometheus = await startPrometheus(t, {
      weir: {
        url: weir.url,
        scheme: "https",
        authorization: { credentials_file: tokenFile },
        tls_config: { ca_file: cluster.authority.certificate },
      },
    });
    await prometheus.scrapedTwice(["weir"]);
    const [up] = await prometheus.query('min_over_time(up{job="weir"}[1m])');
    assert.equal(up.value, 1);
    assert.equal(cluster.api.asked.length, 2, "more than one review of one token");
  },
);

const refusals: readonly [
  what: string,
  env: Record<string, string>,
  token: string,
  text: RegExp,
][] = [
  [
    "nothing says which API server",
    {},
    "token",
    /^web\.kubernetes_auth\.api_server: found nothing, and no KUBERNETES_SERVICE_HOST /,
  ],
  [
    "the Pod has no token",
    { KUBERNETES_SERVICE_HOST: "127.0.0.1" },
    "nowhere",
    /^web\.kubernetes_auth\.http_config: credentials_file: .*nowhere/,
  ],
];

for (const [what, env, token, text] of refusals) {
  peerTest(["openssl"], `where ${what} Weir does not start`, async (t) => {
    const cluster = new Cluster(t);
    const http_config = { authorization: { credentials_file: join(cluster.folder, token) } };
    const config = cluster.config("localhost:1", {}, { http_config });
    const { exitCode, stderr } = await runWeir([config, "--listen", "127.0.0.1:0"], { env });
    assert.equal(exitCode, 2);
    assert.match(String(stderr), text);
  });
}
