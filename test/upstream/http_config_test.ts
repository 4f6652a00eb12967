import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpConfigEntry } from "../../src/config/http_config_schema.ts";
import { parseUpstream } from "../../src/config/upstream_url.ts";
import { getUpstream } from "../../src/upstream/get.ts";
import { COMPLETE, SAMPLES, STALLS, status, TORN } from "../support/upstream/answers.ts";
import { httpConfig, pem, withFiles } from "../support/upstream/credential_files.ts";
import { failureOf, readText, request, withUpstream } from "../support/upstream/get_fixture.ts";
import type { RawUpstream } from "../support/upstream/raw_upstream.ts";

const WHOLE = COMPLETE["with a Content-Length"];

async function ask(url: string, entry: HttpConfigEntry): Promise<string> {
  const { body } = await getUpstream(request(url, { http: httpConfig(entry) }));
  return await readText(body);
}

/** The value of a header in the latest request, in lower case. */
function sent({ requests }: RawUpstream, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, "m").exec(requests.at(-1)!)?.[1];
}

const BASIC = `basic ${btoa("user:pä55".replace("ä", "\xc3\xa4"))}`.toLowerCase();

test("credentials and headers are sent, from texts and from files", () =>
  withFiles((files) =>
    withUpstream(WHOLE, async (upstream) => {
      await ask(upstream.url, { basic_auth: { username: "user", password: "pä55" } });
      assert.equal(sent(upstream, "authorization"), BASIC);
      const username_file = files.write("user", "user\n");
      const password_file = files.write("password", " pä55\r\n");
      await ask(upstream.url, { basic_auth: { username_file, password_file } });
      assert.equal(sent(upstream, "authorization"), BASIC);
      await ask(upstream.url, { authorization: { credentials: "t0ken" } });
      assert.equal(sent(upstream, "authorization"), "bearer t0ken");
      const credentials_file = files.write("token", "t0ken-of-file\n");
      const authorization = { type: "Token", credentials_file };
      const http_headers = {
        "X-A": { values: ["1", "2"], secrets: ["3"], files: [password_file] },
      };
      files.write("password", "4");
      const withUser = upstream.url.replace("//", "//other:us3r@");
      await ask(withUser, { authorization, http_headers });
      assert.equal(sent(upstream, "authorization"), "token t0ken-of-file");
      assert.equal(sent(upstream, "x-a"), "1, 2, 3, 4");
      files.write("token", "t0ken-of-next-file");
      await ask(upstream.url, { authorization });
      assert.equal(sent(upstream, "authorization"), "token t0ken-of-next-file");
    })
  ));

test("a file that is being written is waited for", () =>
  withFiles((files) =>
    withUpstream(WHOLE, async (upstream) => {
      const credentials_file = files.write("token", "");
      setTimeout(() => files.write("token", "t0ken"), 30);
      await ask(upstream.url, { authorization: { credentials_file } });
      assert.equal(sent(upstream, "authorization"), "bearer t0ken");
    })
  ));

const cert = pem("client1");
const key = pem("client1_key");

/** Files, the `http_config` that names them in the folder, and the end of the error. */
const UNUSABLE: Record<string, [Record<string, string>, HttpConfigEntry, RegExp]> = {
  "a password file that is not there": [
    {},
    { basic_auth: { username: "u", password_file: "DIR/none" } },
    /^password_file: DIR\/none: there is no such file$/,
  ],
  "an empty token": [
    { token: "\n" },
    { authorization: { credentials_file: "DIR/token" } },
    /^credentials_file: DIR\/token: is empty$/,
  ],
  "a token of two lines": [
    { token: "s3cret\ns3cret" },
    { authorization: { credentials_file: "DIR/token" } },
    /^credentials_file: DIR\/token: wanted the value of an HTTP header, on one line$/,
  ],
  "a header that is too large": [
    { token: "s3cret".repeat(200_000) },
    { http_headers: { "X-A": { files: ["DIR/token"] } } },
    /^http_headers.X-A: DIR\/token: found 1200000 bytes, wanted 1048576 at most$/,
  ],
  "no authority": [
    { ca: "s3cret" },
    { tls_config: { ca_file: "DIR/ca" } },
    /^ca_file: DIR\/ca: wanted certificates in PEM$/,
  ],
  "a broken authority": [
    { ca: `${cert}-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----\n` },
    { tls_config: { ca_file: "DIR/ca" } },
    /^ca_file: DIR\/ca: wanted certificates in PEM$/,
  ],
  "no certificate": [
    { cert: "s3cret", key },
    { tls_config: { cert_file: "DIR/cert", key_file: "DIR/key" } },
    /^cert_file: DIR\/cert: wanted a certificate in PEM$/,
  ],
  "no key": [
    { cert, key: "s3cret" },
    { tls_config: { cert_file: "DIR/cert", key_file: "DIR/key" } },
    /^key_file: DIR\/key: wanted a private key in PEM, not encrypted$/,
  ],
  "another one's key": [
    { cert, key: pem("client2_key") },
    { tls_config: { cert_file: "DIR/cert", key_file: "DIR/key" } },
    /^cert_file: DIR\/cert: is not the certificate of key_file: DIR\/key$/,
  ],
};

for (const [name, [contents, entry, pattern]] of Object.entries(UNUSABLE)) {
  test(`${name}: the request fails with the file's name, and nothing is asked`, () =>
    withFiles((files) =>
      withUpstream(WHOLE, async (upstream) => {
        for (const [file, content] of Object.entries(contents)) files.write(file, content);
        const text = JSON.stringify(entry).replaceAll("DIR", files.folder);
        const [reason, code, message] = await failureOf(ask(`${upstream.url}/m`, JSON.parse(text)));
        assert.deepEqual([reason, code], ["credentials", 502]);
        const what = message.replace("upstream URL/m: ", "").replaceAll(files.folder, "DIR");
        assert.match(what, pattern);
        assert.equal(message.includes("s3cret"), false);
        assert.equal(upstream.requests.length, 0);
      })
    ));
}

const CREDENTIALS: Record<string, HttpConfigEntry> = {
  "basic_auth": { basic_auth: { username: "user", password: "s3cret" } },
  "authorization": { authorization: { credentials: "s3cret" } },
  "http_headers": { http_headers: { "X-Key": { secrets: ["s3cret"] } } },
};

for (const [name, entry] of Object.entries(CREDENTIALS)) {
  test(`${name} is not sent behind a redirect to elsewhere, and is behind one within`, () =>
    withUpstream(WHOLE, (other) =>
      withUpstream((socket, path) => {
        if (path === "/within") status("302 Found", "Location: /whole")(socket, path);
        else if (path === "/whole") WHOLE(socket, path);
        else status("302 Found", `Location: ${other.url}/`)(socket, path);
      }, async (upstream) => {
        assert.equal(await ask(`${upstream.url}/within`, entry), SAMPLES);
        const header = name === "http_headers" ? "x-key" : "authorization";
        assert.ok(sent(upstream, header));
        assert.equal(
          (await failureOf(ask(`${upstream.url}/m`, entry))).join(" "),
          "protocol 502 upstream URL/m: redirects to another origin, URL",
        );
        assert.equal(other.requests.length, 0);
      })));

  test(`${name} is not in the error where a server repeats it`, () => {
    const secret = name === "basic_auth" ? btoa("user:s3cret") : "s3cret";
    const telltales = [
      status("302 Found", `Location: http://s3cret.test/`),
      status("200 OK", `Content-Encoding: ${secret}`),
      status("401 s3cret"),
    ];
    return withUpstream(
      (socket, path) => telltales[Number(path.slice(1))](socket, path),
      async ({ url }) => {
        for (const index of telltales.keys()) {
          const [, , message] = await failureOf(ask(`${url}/${index}`, entry));
          assert.equal(message.toLowerCase().includes(secret.toLowerCase()), false, message);
          assert.equal(message.includes("s3cret"), false, message);
        }
      },
    );
  });
}

test("without follow_redirects a redirect is an answer", () =>
  withUpstream(status("302 Found", "Location: /whole"), async ({ url }) => {
    const failure = await failureOf(ask(`${url}/m`, { follow_redirects: false }));
    assert.deepEqual(failure, ["status", 502, "upstream URL/m: answered 302"]);
  }));

for (const [name, answer] of Object.entries(COMPLETE)) {
  test(`a response ${name} is read from a Unix socket`, () =>
    onSocket(answer, async (url, upstream) => {
      const http = { authorization: { credentials: "t0ken" } };
      assert.equal(await ask(`${url}/metrics?a=b`, http), SAMPLES);
      assert.match(upstream.requests[0], /^get \/metrics\?a=b http\/1.1\r\n/);
      assert.equal(sent(upstream, "host"), "localhost");
      assert.equal(sent(upstream, "authorization"), "bearer t0ken");
      assert.equal(sent(upstream, "accept-encoding"), "identity");
    }));
}

for (const [name, [answer, expected]] of Object.entries(TORN)) {
  test(`the body of a response ${name} from a Unix socket errors`, () =>
    onSocket(answer, async (url) => {
      assert.match((await failureOf(ask(url, {}))).join(" "), expected);
    }));
}

test("failures of a Unix socket name it", () =>
  onSocket(STALLS, async (url, upstream) => {
    const { body } = await getUpstream(request(url, { budgetSeconds: 0.3 }));
    const stalled = failureOf(readText(body));
    const socket = upstream.url.slice("unix:".length);
    assert.deepEqual(await stalled, [
      "timeout",
      504,
      `upstream unix:${socket}: did not finish within 0.3 s`,
    ]);
    await upstream.closed();
    upstream.stop();
    const [reason, code, message] = await failureOf(ask(`${url}/m`, {}));
    assert.deepEqual([reason, code], ["refused", 502]);
    assert.equal(message, `upstream unix:${socket}:/m: no such socket`);
  }));

function onSocket(
  answer: Parameters<typeof withUpstream>[0],
  use: (url: string, upstream: RawUpstream) => Promise<void>,
): Promise<void> {
  return withFiles((files) =>
    withUpstream(
      answer,
      (upstream) => use(parseUpstream(upstream.url)!.url, upstream),
      files.path("upstream.sock"),
    )
  );
}
