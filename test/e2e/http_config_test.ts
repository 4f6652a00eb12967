/** Credentials of upstreams, on the binary: files that are rotated under load, and Unix sockets. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type tls from "node:tls";
import { pem, pemPath } from "../support/upstream/credential_files.ts";
import { gzipBomb } from "../support/upstream/gzip_bomb.ts";
import { chunk, head, rawUpstream } from "../support/upstream/raw_upstream.ts";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const COMPLETE = 'weir_scrapes_total{path="/metrics",code="200",outcome="complete"}';
const CREDENTIALS = 'weir_upstream_errors_total{reason="credentials"}';

/** A folder with a configuration, and what writes further files there. */
function folderWith(context: TestContext, config: object) {
  const folder = temporaryFolder(context);
  const write = (name: string, content: string) => {
    // As secrets are mounted: at one moment.
    writeFileSync(join(folder, `${name}.new`), content);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  const text = JSON.stringify(config).replaceAll("DIR", folder);
  write("weir.json", text);
  return { path: join(folder, "weir.json"), folder, write };
}

peerTest(["curl"], "a client certificate rotated under load: no failed scrape", async (t) => {
  const seen = new Map<string, number>();
  const upstream = await rawUpstream(
    (socket) => {
      const { subject } = (socket as tls.TLSSocket).getPeerCertificate();
      const name = String(subject?.CN);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      socket.write(head("Transfer-Encoding: chunked"));
      socket.write(chunk(Buffer.from(`client{name="${name}"} 1\n`)));
      socket.write("0\r\n\r\n");
    },
    "127.0.0.1",
    {
      key: pem("key"),
      cert: pem("certificate"),
      ca: pem("client_authority"),
      requestCert: true,
      rejectUnauthorized: true,
    },
  );
  t.after(() => upstream.stop());
  const tls_config = {
    ca_file: pemPath("authority"),
    cert_file: "DIR/client.pem",
    key_file: "DIR/client_key.pem",
    server_name: "target.test",
  };
  const { path, write } = folderWith(t, {
    upstream_url: upstream.url,
    http_config: { tls_config },
  });
  const rotate = (n: number) => {
    write("client.pem", pem(`client${n}`));
    write("client_key.pem", pem(`client${n}_key`));
  };
  rotate(1);
  const weir = await startWeir(t, [path]);
  const failed: string[] = [];
  let scrapes = 0;
  for (let round = 0; round < 20; round++) {
    const load = Array.from({ length: 10 }, async () => {
      const response = await fetch(`${weir.url}/metrics`);
      const text = await response.text();
      scrapes++;
      if (response.status !== 200 || !/^client\{name="weir-[12]"\} 1\n$/.test(text)) {
        failed.push(`${response.status} ${text}`);
      }
    });
    rotate(1 + round % 2);
    await Promise.all(load);
  }
  assert.deepEqual(failed, []);
  assert.equal(await (await fetch(`${weir.url}/metrics`)).text(), 'client{name="weir-2"} 1\n');
  assert.deepEqual([...seen.keys()].sort(), ["weir-1", "weir-2"]);
  await weir.counted({ [COMPLETE]: scrapes + 1, [CREDENTIALS]: 0 });
});

const SECRETS = ["s3cret-1", "s3cret-2"];

for (
  const [name, http_config, wanted] of [
    [
      "a password",
      { basic_auth: { username: "weir", password_file: "DIR/secret" } },
      (secret: string) => `Basic ${btoa(`weir:${secret}`)}`,
    ],
    [
      "a bearer token",
      { authorization: { credentials_file: "DIR/secret" } },
      (secret: string) => `Bearer ${secret}`,
    ],
  ] as const
) {
  peerTest(["curl"], `${name} in a file that is rotated, and never shown`, async (t) => {
    let valid = SECRETS[0];
    const url = await httpUpstream(t, (request, response) => {
      const isValid = request.headers.authorization === wanted(valid);
      response.writeHead(isValid ? 200 : 401, { "content-type": TEXT_TYPE }).end("a 1\n");
    });
    const { path, folder, write } = folderWith(t, {
      upstream_url: `${url}/metrics`,
      log_level: "debug",
      http_config,
    });
    write("secret", `${valid}\n`);
    const weir = await startWeir(t, [path]);
    for (valid of SECRETS) {
      write("secret", `${valid}\n`);
      assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "a 1\n");
    }
    renameSync(join(folder, "secret"), join(folder, "elsewhere"));
    const answer = await curl(`${weir.url}/metrics`);
    assert.equal(answer.status, 502);
    assert.ok(answer.body.toString().includes(`_file: ${join(folder, "secret")}: `));
    await weir.counted({ [COMPLETE]: 2, [CREDENTIALS]: 1 });

    const pages = await Promise.all(
      ["/", "/metrics", "/-/metrics", "/analyze"].map((page) => curl(`${weir.url}${page}`)),
    );
    const checked = await runWeir(["check", path, "--json"]);
    const shown = [...pages.map(({ body }) => body), checked.stdout, weir.stderr].join("\n");
    assert.match(shown, /"file":/);
    for (const secret of SECRETS) {
      assert.equal(shown.includes(secret), false);
      assert.equal(shown.includes(btoa(`weir:${secret}`)), false);
    }
  });
}

test(
  "an upstream on a Unix socket, by flag and by configuration",
  { timeout: 30_000 },
  async (t) => {
    const socket = join(temporaryFolder(t), "app.sock");
    const server = createServer(({ url, headers }, response) => {
      response.writeHead(200, { "content-type": TEXT_TYPE })
        .end(`asked{path="${url}",host="${headers.host}"} 1\n`);
    }).listen(socket);
    t.after(() => void server.close());
    const asked = (path: string) => `asked{path="${path}",host="localhost"} 1\n`;
    const byFlag = await startWeir(t, ["-H", `unix:${socket}:/stats?all=1`]);
    assert.equal(await (await fetch(`${byFlag.url}/metrics`)).text(), asked("/stats?all=1"));
    assert.match(byFlag.stderr, new RegExp(`upstream="?unix:${socket}:/stats`));
    const encoded = encodeURIComponent(socket);
    const { path } = folderWith(t, {
      upstreams: [{ url: `http+unix://${encoded}`, labels: { a: "b" } }],
    });
    const byFile = await startWeir(t, [path, "--target-label", "target"]);
    const text = await (await fetch(`${byFile.url}/metrics?x=1`)).text();
    const labels = `a="b",host="localhost",path="/metrics?x=1",target="unix:${socket}"`;
    assert.ok(text.includes(`asked{${labels}} 1\n`), text);
    assert.ok(text.includes(`weir_target_up{target="unix:${socket}"} 1\n`), text);
  },
);

peerTest(["curl"], "a gzip bomb breaks the transfer off, and is counted", async (t) => {
  // 10 GiB.
  const gzip = gzipBomb(640);
  const url = await httpUpstream(t, (_, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE, "content-encoding": "gzip" }).end(gzip);
  });
  const weir = await startWeir(t, ["-H", url]);
  const answer = await curl(`${weir.url}/metrics`, "-o", "/dev/null");
  assert.notEqual(answer.exitCode, 0);
  await weir.counted({ 'weir_upstream_errors_total{reason="oversized"}': 1, [COMPLETE]: 0 });
  assert.ok(weir.peakMebibytes < 400, `${weir.peakMebibytes} MiB`);
});

peerTest(
  ["curl"],
  "a redirect to an allowed host, without credentials: every way to ask",
  async (t) => {
    const asked: IncomingMessage[] = [];
    const elsewhere = await httpUpstream(t, (request, response) => {
      asked.push(request);
      response.writeHead(200, { "content-type": TEXT_TYPE }).end("a 1\n");
    });
    const moved = await httpUpstream(t, (request, response) => {
      assert.equal(request.headers.authorization, "Bearer t0ken");
      response.writeHead(307, { location: `${elsewhere}${request.url}` }).end();
    });
    const upstream = (redirect_hosts: string[]) => ({
      url: moved,
      http_config: { authorization: { credentials: "t0ken" }, redirect_hosts },
    });
    const { host } = new URL(elsewhere);
    const sidecar = folderWith(t, { upstreams: [upstream([host])], passthrough: true });
    const gateway = folderWith(t, {
      upstreams: [{ ...upstream([host]), labels: { zone: "x" } }],
      target_metrics: false,
    });
    const paths = [["/metrics", "/metrics"], ["/source", "/metrics"], ["/other", "/other"]];
    for (
      const [path, expected] of [[sidecar.path, paths], [gateway.path, paths.slice(0, 2)]] as const
    ) {
      const weir = await startWeir(t, [path]);
      for (const [requested, forwarded] of expected) {
        const answer = await curl(`${weir.url}${requested}`);
        assert.match(answer.body.toString(), /^a(\{zone="x"\})? 1\n$/, requested);
        const { url, headers } = asked.at(-1)!;
        assert.deepEqual([url, headers.authorization, headers.host], [forwarded, undefined, host]);
      }
    }

    const before = asked.length;
    const other = folderWith(t, { upstreams: [upstream(["localhost"])] });
    const refused = await curl(`${(await startWeir(t, [other.path])).url}/metrics`);
    assert.deepEqual([refused.status, refused.body.toString()], [
      502,
      `upstream ${moved}/metrics: redirects to another origin, ${elsewhere}\n`,
    ]);
    assert.equal(asked.length, before);
  },
);
