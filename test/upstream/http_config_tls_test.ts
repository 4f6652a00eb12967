import assert from "node:assert/strict";
import { test } from "node:test";
import type tls from "node:tls";
import type { HttpConfigEntry } from "../../src/config/http_config_schema.ts";
import { getUpstream } from "../../src/upstream/get.ts";
import { BYTES, COMPLETE, largeBody, SAMPLES, STALLS, TORN } from "../support/upstream/answers.ts";
import {
  type CredentialFiles,
  httpConfig,
  pem,
  pemPath,
  withFiles,
} from "../support/upstream/credential_files.ts";
import { failureOf, readText, request } from "../support/upstream/get_fixture.ts";
import {
  type Answer,
  head,
  type RawUpstream,
  rawUpstream,
} from "../support/upstream/raw_upstream.ts";

type TlsConfig = NonNullable<HttpConfigEntry["tls_config"]>;

const TRUSTED: TlsConfig = { ca: pem("authority"), server_name: "target.test" };

/** A TLS server for `target.test` that asks for a client certificate, and takes all. */
async function withTls(
  answer: Answer,
  use: (upstream: RawUpstream) => Promise<void>,
  more: tls.TlsOptions = {},
): Promise<void> {
  const upstream = await rawUpstream(answer, "127.0.0.1", {
    key: pem("key"),
    cert: pem("certificate"),
    ca: pem("client_authority"),
    requestCert: true,
    rejectUnauthorized: false,
    ...more,
  });
  try {
    await use(upstream);
  } finally {
    upstream.stop();
  }
}

/** Tells what the handshake told: server name, client, protocol. The connection stays open. */
const TELLS: Answer = (socket) => {
  const secure = socket as tls.TLSSocket & { servername?: string };
  const name = secure.servername || "no name";
  const client = secure.getPeerCertificate()?.subject?.CN ?? "nobody";
  const text = `${name} ${client} ${secure.getProtocol()}\n`;
  socket.write(head(`Content-Length: ${text.length}`) + text);
};

async function ask(
  { url }: RawUpstream,
  tls_config: TlsConfig,
  connectTo?: string,
): Promise<string> {
  const http = httpConfig({ tls_config });
  const { body } = await getUpstream(request(`${url}/metrics`, { http, connectTo }));
  return await readText(body);
}

test("an authority, a server name and a client certificate are used, and none is shared", () =>
  withTls(TELLS, async (upstream) => {
    const one = { ...TRUSTED, cert: pem("client1"), key: pem("client1_key") };
    const other = { ...TRUSTED, cert: pem("client2"), key: pem("client2_key") };
    for (let round = 0; round < 2; round++) {
      assert.equal(await ask(upstream, TRUSTED), "target.test nobody TLSv1.3\n");
      assert.equal(await ask(upstream, one), "target.test weir-1 TLSv1.3\n");
      assert.equal(await ask(upstream, other), "target.test weir-2 TLSv1.3\n");
    }
    const anyServer = { insecure_skip_verify: true };
    assert.match(await ask(upstream, anyServer), / nobody TLSv1.3\n/);
    const named = upstream.url.replace("127.0.0.1", "target.test");
    const byAddress = { ca: TRUSTED.ca, cert: one.cert, key: one.key };
    const found = await ask({ ...upstream, url: named }, byAddress, "127.0.0.1");
    assert.equal(found, "target.test weir-1 TLSv1.3\n");
  }));

const UNTRUSTED: Record<string, TlsConfig> = {
  "the system's authorities": { server_name: "target.test" },
  "another authority": { ...TRUSTED, ca: pem("client_authority") },
  "another server name": { ...TRUSTED, server_name: "other.test" },
  "the address as the name": { ca: TRUSTED.ca },
};

for (const [name, config] of Object.entries(UNTRUSTED)) {
  test(`a server is not trusted with ${name}, even after one that was`, () =>
    withTls(TELLS, async (upstream) => {
      await ask(upstream, TRUSTED);
      await ask(upstream, { insecure_skip_verify: true });
      const [reason, status, message] = await failureOf(ask(upstream, config));
      assert.deepEqual([reason, status], ["tls", 502], message);
      assert.equal(upstream.requests.length, 2);
    }));
}

test("versions of TLS are bounded as configured", async () => {
  const versions = ["TLSv1.2", "TLSv1.3"] as const;
  for (const version of versions) {
    await withTls(TELLS, async (upstream) => {
      const bounds = [{ min_version: "TLS13" }, { max_version: "TLS12" }] as const;
      for (const [index, bound] of bounds.entries()) {
        const work = ask(upstream, { ...TRUSTED, ...bound });
        const fits = (index === 0) === (version === "TLSv1.3");
        if (fits) assert.equal(await work, `target.test nobody ${version}\n`);
        else assert.deepEqual((await failureOf(work)).slice(0, 2), ["tls", 502]);
      }
    }, { minVersion: version, maxVersion: version });
  }
});

test("a client certificate that is replaced is used by the next request", () =>
  withFiles((files) =>
    withTls(TELLS, async (upstream) => {
      const tls_config = { ...TRUSTED, ...rotated(files, 1) };
      const http = httpConfig({ tls_config });
      const client = async () => {
        const { body } = await getUpstream(request(upstream.url, { http }));
        return (await readText(body)).split(" ")[1];
      };
      assert.equal(await client(), "weir-1");
      files.write("cert.pem", pem("client2"));
      assert.equal(await client(), "weir-1", "the key is still the other one's");
      files.write("cert.pem", "half a certifica");
      assert.equal(await client(), "weir-1", "the certificate is half written");
      rotated(files, 2);
      assert.equal(await client(), "weir-2");
    })
  ));

/** Writes the n-th client's certificate and key. */
function rotated(files: CredentialFiles, n: number): TlsConfig {
  return {
    cert_file: files.write("cert.pem", pem(`client${n}`)),
    key_file: files.write("key.pem", pem(`client${n}_key`)),
  };
}

test("responses under a client certificate are read whole or error", () => {
  const { "ended by closing": _, ...framed } = COMPLETE;
  const answers: [string, Answer, RegExp | undefined][] = [
    ...Object.entries(framed).map(([name, answer]): [string, Answer, undefined] => [
      name,
      answer,
      undefined,
    ]),
    ...Object.entries(TORN).map(([name, [answer, begin]]): [string, Answer, RegExp] => [
      name,
      answer,
      begin,
    ]),
  ];
  const answer: Answer = (socket, path) => answers[Number(path.slice(1))][1](socket, path);
  return withTls(answer, async ({ url }) => {
    const http = httpConfig({
      tls_config: { ...TRUSTED, cert: pem("client1"), key: pem("client1_key") },
    });
    for (const [index, [name, , begin]] of answers.entries()) {
      const get = async () =>
        await readText((await getUpstream(request(`${url}/${index}`, { http }))).body);
      if (begin === undefined) assert.equal(await get(), SAMPLES, name);
      else assert.match((await failureOf(get())).join(" "), begin, name);
    }
  });
});

test("a slow reader slows a server under a client certificate", () => {
  const { answer, size, accepted } = largeBody();
  return withTls(answer, async ({ url }) => {
    const http = httpConfig({
      tls_config: { ...TRUSTED, cert: pem("client1"), key: pem("client1_key") },
    });
    const { body } = await getUpstream(request(url, { http }));
    await body.read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(accepted() < size / 2, `${accepted()} of ${size} bytes were taken`);
    let read = 0;
    while (read < size / 2) read += (await body.read())!.length;
    await body.cancel();
  });
});

test("a body that stalls under a client certificate ends at the deadline", () =>
  withTls(STALLS, async (upstream) => {
    const http = httpConfig({ tls_config: TRUSTED });
    const { body } = await getUpstream(request(upstream.url, { http, budgetSeconds: 0.5 }));
    let read = 0;
    while (read < BYTES.length) read += (await body.read())!.length;
    assert.deepEqual((await failureOf(body.read())).slice(0, 2), ["timeout", 504]);
    await upstream.closed();
  }));

test("a handshake that nobody answers ends at the deadline", async () => {
  const upstream = await rawUpstream(() => {});
  try {
    const http = httpConfig({ tls_config: TRUSTED });
    const url = upstream.url.replace("http:", "https:");
    const work = getUpstream(request(url, { http, budgetSeconds: 0.3 }));
    assert.deepEqual((await failureOf(work)).slice(0, 2), ["timeout", 504]);
    await upstream.closed();
  } finally {
    upstream.stop();
  }
});

test("paths of certificates are read from files", () =>
  withTls(TELLS, async (upstream) => {
    const found = await ask(upstream, {
      ca_file: pemPath("authority"),
      cert_file: pemPath("client1"),
      key_file: pemPath("client1_key"),
      server_name: "target.test",
    });
    assert.equal(found, "target.test weir-1 TLSv1.3\n");
  }));
