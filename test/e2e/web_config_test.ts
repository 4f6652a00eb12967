/** Serving by a web config file of the exporter-toolkit's format: TLS, passwords, headers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { pemOf, shownName } from "../support/runtime/certificates.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import {
  LOGIN,
  PASSWORD,
  serverSection,
  USER,
  users,
  WebFolder,
} from "../support/e2e/web_config.ts";
import { binary, denoSource, runWeir, startWeir } from "../support/e2e/weir_process.ts";

const text = gauges(2000);

const CLIENTS_NEED_ONE = "RequireAndVerifyClientCert";

for (const [name, program] of [["binary", binary], ["Deno", denoSource]] as const) {
  peerTest(["curl", "openssl"], `${name}: without a password nothing is served`, async (t) => {
    const folder = new WebFolder(t);
    folder.write({
      tls_server_config: serverSection(folder.authority.issue("server")),
      http_server_config: { headers: { "X-Content-Type-Options": "nosniff" } },
      basic_auth_users: users,
    });
    const env = { WEIR_PASSTHROUGH: "true", WEIR_WEB_RELOAD: "true" };
    const args = ["-H", await servingUpstream(t, text), "--web.config.file", folder.path];
    const weir = await startWeir(t, args, { program, env, guarded: true });
    const ask = (path: string, ...args: readonly string[]) =>
      curl(`${weir.url}${path}`, ...folder.trust(), ...args);
    const paths = [
      "/metrics",
      "/source",
      "/",
      "/-/metrics",
      "/-/config",
      "/_health",
      "/-/ready",
      "/nowhere",
    ];
    for (const path of paths) {
      for (const args of [[], ["--head"], ["--request", "POST"]]) {
        const { status, headers, body } = await ask(path, ...args);
        const found = [status, headers.get("www-authenticate")?.split(" ")[0], body.toString()];
        const text = args[0] === "--head" ? "" : "unauthorized\n";
        assert.deepEqual(found, [401, "Basic", text], `${args.join(" ")} ${path}`);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
      }
    }
    assert.equal((await ask("/-/reload", "--request", "POST")).status, 401);
    const answer = await ask("/metrics", ...LOGIN);
    assert.deepEqual([answer.status, answer.body.toString()], [200, text]);
    assert.equal((await ask("/nowhere", ...LOGIN)).body.toString(), text);
    const http = await curl(`${weir.url.replace("https", "http")}/metrics`, ...LOGIN);
    assert.notEqual(http.status, 200);
    assert.equal(await weir.stop(), 0, weir.stderr);
    assert.ok(!weir.stderr.includes(PASSWORD) && !weir.stderr.includes(users[USER]));
  });
}

peerTest(["curl", "openssl"], "paths of web.auth_exempt need no password", async (t) => {
  const folder = new WebFolder(t);
  folder.write({ basic_auth_users: users });
  const config = `${folder.path}.weir.json`;
  const upstream_url = await servingUpstream(t, text);
  const web = { config_file: folder.path, auth_exempt: ["/-/ready"] };
  writeFileSync(config, JSON.stringify({ upstream_url, web }));
  const weir = await startWeir(t, [config], { guarded: true });
  const status = async (path: string) => (await curl(`${weir.url}${path}`)).status;
  assert.deepEqual(
    [await status("/-/ready"), await status("/-/healthy"), await status("/-/ready/x")],
    [200, 401, 401],
  );
});

peerTest(["curl", "openssl"], "clients without the right certificate are not served", async (t) => {
  const folder = new WebFolder(t);
  const { authority } = folder;
  const strangers = new WebFolder(t).authority;
  folder.write({
    tls_server_config: serverSection(authority.issue("server"), {
      client_auth_type: CLIENTS_NEED_ONE,
      client_ca_file: authority.certificate,
      client_allowed_sans: ["prometheus.test"],
      min_version: "TLS13",
    }),
  });
  const args = ["-H", await servingUpstream(t, text), "--web.config.file", folder.path];
  const weir = await startWeir(t, args, { guarded: true });
  const good = authority.issue("good", "DNS:prometheus.test");
  const served = async (...args: readonly string[]) =>
    (await curl(`${weir.url}/metrics`, ...args)).status;
  assert.equal(await served(...folder.trust(good)), 200);
  const other = folder.trust(authority.issue("other", "DNS:grafana.test"));
  const strange = folder.trust(strangers.issue("good", "DNS:prometheus.test"));
  for (const args of [folder.trust(), other, strange]) {
    assert.equal(await served(...args), undefined, args.join(" "));
  }
  assert.equal(await served(...folder.trust(good), "--tls-max", "1.2"), undefined);
});

peerTest(
  ["prometheus", "curl", "openssl"],
  "Prometheus scrapes with a client certificate and a password while both sides' files change",
  async (t) => {
    const folder = new WebFolder(t);
    const { authority } = folder;
    const client = authority.issue("client", "DNS:prometheus.test");
    const sections = (server: string) => ({
      tls_server_config: serverSection(authority.issue(server), {
        client_auth_type: CLIENTS_NEED_ONE,
        client_ca_file: authority.certificate,
      }),
      basic_auth_users: users,
    });
    folder.write(sections("server-0"));
    const args = ["-H", await servingUpstream(t, text), "--web.config.file", folder.path];
    const weir = await startWeir(t, args, { guarded: true });
    const prometheus = await startPrometheus(t, {
      weir: {
        url: weir.url,
        scheme: "https",
        basic_auth: { username: USER, password: PASSWORD },
        tls_config: {
          ca_file: authority.certificate,
          cert_file: client.certificate,
          key_file: client.key,
        },
      },
    });
    const { failures, scrapes, stop } = load(weir.url, [...folder.trust(client), ...LOGIN]);
    for (let n = 1; n <= 5; n++) {
      folder.write(sections(`server-${n}`));
      await eventually(`the certificate server-${n} is in force`, async () => {
        return await shownName(Number(new URL(weir.url).port), pemOf(client)) === `server-${n}`;
      });
    }
    await prometheus.scrapedTwice(["weir"]);
    await stop();
    assert.deepEqual(failures, []);
    assert.ok(scrapes() > 20, `${scrapes()} scrapes`);
    const [down] = await prometheus.query('min_over_time(up{job="weir"}[1m])');
    assert.equal(down.value, 1);
    assert.ok((await prometheus.series("weir")).length >= 2000);
    assert.equal(await weir.stop(), 0, weir.stderr);
  },
  60_000,
);

/** Four clients that scrape one after the other, each on a new connection, until `stop`. */
function load(url: string, args: readonly string[]) {
  const failures: unknown[] = [];
  let count = 0;
  let stopping = false;
  const client = async () => {
    while (!stopping) {
      const { exitCode, status, body } = await curl(`${url}/metrics`, ...args);
      count++;
      if (exitCode !== 0 || status !== 200 || body.toString() !== text) {
        failures.push([exitCode, status, body.length]);
      }
    }
  };
  const clients = Array.from({ length: 4 }, client);
  const stop = async () => {
    stopping = true;
    await Promise.all(clients);
  };
  return { failures, scrapes: () => count, stop };
}

peerTest(["curl", "openssl"], "a broken web config file leaves the old one in force", async (t) => {
  const folder = new WebFolder(t);
  const server = serverSection(folder.authority.issue("server"));
  folder.write({ tls_server_config: server, basic_auth_users: users });
  const args = ["-H", await servingUpstream(t, text), "--web.config.file", folder.path];
  const weir = await startWeir(t, args, { guarded: true });
  const own = async () =>
    (await curl(`${weir.url}/-/metrics`, ...folder.trust(), ...LOGIN)).body.toString();
  assert.match(await own(), /^weir_web_config_last_reload_successful 1$/m);
  const broken = [
    { basic_auth_users: users },
    { tls_server_config: { ...server, key_file: "absent.key" } },
    { tls_server_config: server, basic_auth_users: { [USER]: PASSWORD } },
  ];
  for (const [index, sections] of broken.entries()) {
    folder.write(sections);
    await eventually("it is noticed", () => weir.logged("not reloaded").length === index + 1);
    assert.match(await own(), /^weir_web_config_last_reload_successful 0$/m);
  }
  folder.write({ tls_server_config: server });
  await eventually("nobody is asked any more", async () => {
    return (await curl(`${weir.url}/metrics`, ...folder.trust())).status === 200;
  });
  assert.ok(!weir.stderr.includes(PASSWORD), weir.stderr);
});

peerTest(
  ["openssl"],
  "what is wrong with a web config file is said before it listens",
  async (t) => {
    const folder = new WebFolder(t);
    folder.write({ tls_server_confg: {} });
    const problem = `${folder.path}:1:1: tls_server_confg: unknown key ` +
      '(did you mean "tls_server_config"?)\n';
    for (const words of [[], ["check"]]) {
      const { exitCode, stderr } = await runWeir([...words, "--web.config.file", folder.path]);
      assert.deepEqual([exitCode, stderr], [2, problem]);
    }
    folder.write({ basic_auth_users: users });
    const { stdout } = await runWeir(["check", "--web.config.file", folder.path]);
    assert.match(stdout.toString(), /^web +plain HTTP, 1 user$/m);
  },
);

peerTest(
  ["curl", "openssl"],
  "a connection that asks for nothing is closed, with TLS and without",
  async (t) => {
    const folder = new WebFolder(t);
    folder.write({ tls_server_config: serverSection(folder.authority.issue("server")) });
    const upstream = ["-H", await servingUpstream(t, text)];
    const secured = [...upstream, "--web.config.file", folder.path];
    const urls = [
      (await startWeir(t, upstream)).url,
      (await startWeir(t, secured, { guarded: true })).url,
    ];
    await Promise.all(urls.map(async (url) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      await once(socket, "connect");
      socket.resume().write("GET /metr");
      await once(socket, "close");
    }));
  },
);
