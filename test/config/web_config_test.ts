import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hashSync } from "bcryptjs";
import { MAX_CREDENTIAL_BYTES } from "../../src/bounds.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { readWebConfig, type WebConfig } from "../../src/config/web_config.ts";
import type { TlsProblem } from "../../src/runtime/server_tls.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";
import { sentences } from "../support/config/sentences.ts";

const pem = (name: string) =>
  readFileSync(new URL(`../upstream/tls/${name}.pem`, import.meta.url).pathname).toString();

const hash = hashSync("secret", 4);

const FILES = {
  "/etc/weir/tls/server.pem": pem("certificate"),
  "/etc/weir/tls/server.key": pem("key"),
  "/etc/ca.pem": pem("authority"),
};

const PATHS = "cert_file: tls/server.pem, key_file: tls/server.key";

function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
  refused: readonly TlsProblem[] = [],
): Promise<WebConfig> {
  const all = { ...FILES, "/etc/weir/web.yml": text, ...files };
  const runtime = { ...memoryFiles(all), tlsProblems: () => Promise.resolve(refused) };
  return readWebConfig("/etc/weir/web.yml", runtime);
}

test("everything that Weir can do, with paths relative to the file", async () => {
  const { tls, headers, users, files } = await read(`
tls_server_config:
  cert_file: tls/server.pem
  key_file: /etc/weir/tls/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ../ca.pem
  client_allowed_sans: [prometheus.test]
  min_version: TLS11
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: true
http_server_config:
  http2: false
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  prometheus: ${hash}
`);
  assert.deepEqual(tls, {
    certificate: pem("certificate"),
    key: pem("key"),
    clientAuth: "RequireAndVerifyClientCert",
    clientAuthorities: pem("authority"),
    clientNames: ["prometheus.test"],
    minVersion: "TLSv1.1",
    maxVersion: "TLSv1.2",
    cipherSuites: ["ECDHE-RSA-AES128-GCM-SHA256"],
    curves: ["X25519", "P-256"],
    preferServerCiphers: true,
    http2: false,
  });
  assert.deepEqual(headers, [
    ["X-Frame-Options", "deny"],
    ["Strict-Transport-Security", "max-age=31536000"],
  ]);
  assert.deepEqual([...users], [["prometheus", hash]]);
  assert.deepEqual(files, ["/etc/weir/web.yml", ...Object.keys(FILES)]);
});

test("Go's defaults, and nothing at all", async () => {
  const { tls } = await read(`tls_server_config: {${PATHS}}`);
  assert.deepEqual([tls?.clientAuth, tls?.minVersion, tls?.maxVersion, tls?.cipherSuites], [
    "NoClientCert",
    "TLSv1.2",
    "TLSv1.3",
    [],
  ]);
  const nothing = await read("{}");
  assert.deepEqual([nothing.tls, nothing.headers, nothing.users.size], [undefined, [], 0]);
});

test("with suites of TLS 1.3 alone no older version is spoken", async () => {
  const suites = "cipher_suites: [TLS_AES_128_GCM_SHA256]";
  const { tls } = await read(`tls_server_config: {${PATHS}, ${suites}}`);
  assert.equal(tls?.minVersion, "TLSv1.3");
});

test("the fingerprint is that of all the contents", async () => {
  const text = `tls_server_config: {${PATHS}}`;
  const first = await read(text);
  assert.equal((await read(text)).fingerprint, first.fingerprint);
  const changed = { "/etc/weir/tls/server.pem": `${pem("certificate")}\n` };
  assert.notEqual((await read(text, changed)).fingerprint, first.fingerprint);
});

const TLS = "/etc/weir/web.yml: tls_server_config";

const wrong: Readonly<Record<string, readonly [text: string, ...problems: string[]]>> = {
  "an empty file": ["", "/etc/weir/web.yml: found an empty file, wanted a map of keys"],
  "a list": ["- a", "/etc/weir/web.yml: found no map, wanted a map of keys"],
  "a misspelled key": [
    "tls_server_confg: {}",
    '/etc/weir/web.yml: tls_server_confg: unknown key (did you mean "tls_server_config"?)',
  ],
  "a header that the toolkit does not have": [
    "http_server_config: { headers: { X-Frame-Option: deny } }",
    "/etc/weir/web.yml: http_server_config.headers.X-Frame-Option: unknown key " +
    '(did you mean "X-Frame-Options"?)',
  ],
  "a header of two lines": [
    'http_server_config: { headers: { X-Frame-Options: "a\\nb" } }',
    "/etc/weir/web.yml: http_server_config.headers.X-Frame-Options: found <secret>, " +
    "wanted the value of an HTTP header, on one line",
  ],
  "a certificate without its key": [
    "tls_server_config: { cert_file: tls/server.pem }",
    `${TLS}.key_file: found nothing, wanted the path of the certificate's key`,
  ],
  "a version of Go's that is none": [
    `tls_server_config: {${PATHS}, min_version: TLS9}`,
    `${TLS}.min_version: found "TLS9", wanted TLS10, TLS11, TLS12 or TLS13`,
  ],
  "a way to authenticate clients that is none": [
    `tls_server_config: {${PATHS}, client_auth_type: Require}`,
    `${TLS}.client_auth_type: found "Require", wanted NoClientCert, RequestClientCert, ` +
    "RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert",
  ],
  "clients to verify by nobody": [
    `tls_server_config: {${PATHS}, client_auth_type: RequireAndVerifyClientCert}`,
    `${TLS}.client_ca_file: found nothing, ` +
    "wanted whom client_auth_type RequireAndVerifyClientCert trusts",
  ],
  "authorities and names that nothing verifies": [
    `tls_server_config: {${PATHS}, client_ca_file: ../ca.pem, client_allowed_sans: [a]}`,
    `${TLS}.client_auth_type: found NoClientCert with client_ca_file, wanted one that verifies`,
    `${TLS}.client_auth_type: found NoClientCert with client_allowed_sans, ` +
    "wanted one that verifies",
  ],
  "versions the wrong way round": [
    `tls_server_config: {${PATHS}, max_version: TLS11}`,
    `${TLS}.max_version: found a version below TLSv1.2, which is the least`,
  ],
  "HTTP/2 without TLS": [
    "http_server_config: { http2: true }",
    "/etc/weir/web.yml: http_server_config.http2: found true without tls_server_config",
  ],
  "a file that is not there": [
    "tls_server_config: { cert_file: absent.pem, key_file: tls/server.key }",
    "/etc/weir/absent.pem: no such file",
  ],
  "a key in the certificate's place, and the other way round": [
    "tls_server_config: { cert_file: tls/server.key, key_file: tls/server.pem }",
    `${TLS}.cert_file: found no certificate in the file, wanted PEM text`,
    `${TLS}.key_file: found no key in the file, wanted a private key as PEM text`,
  ],
  "another certificate's key": [
    "tls_server_config: { cert_file: ../ca.pem, key_file: tls/server.key }",
    `${TLS}.key_file: found another certificate's key, wanted that of cert_file`,
  ],
  "a password in clear": [
    "basic_auth_users: { alice: secret }",
    "/etc/weir/web.yml: basic_auth_users.alice: found <secret>, wanted a bcrypt hash of cost " +
    '4 to 12, as `htpasswd -nBC 10 ""` prints it',
  ],
  "a hash that is too dear": [
    `basic_auth_users: { alice: "${hash.replace("$04$", "$13$")}" }`,
    "/etc/weir/web.yml: basic_auth_users.alice: found <secret>, wanted a bcrypt hash of cost " +
    '4 to 12, as `htpasswd -nBC 10 ""` prints it',
  ],
  "a user with a colon": [
    `basic_auth_users: { "a:b": "${hash}" }`,
    "/etc/weir/web.yml: basic_auth_users.a:b: found <secret>, wanted a name without a colon",
  ],
};

for (const [what, [text, ...problems]] of Object.entries(wrong)) {
  test(`a web config file with ${what} is refused`, async () => {
    await assert.rejects(read(text), (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.deepEqual(sentences(error), problems);
      return true;
    });
  });
}

test("what the runtime cannot do is refused, under the file's name", async () => {
  const refused: TlsProblem[] = [["http_server_config.http2", "found true, wanted false"]];
  await assert.rejects(read(`tls_server_config: {${PATHS}}`, {}, refused), {
    message: "/etc/weir/web.yml: http_server_config.http2: found true, wanted false",
  });
});

test("a file without an end is refused", async () => {
  const text = `# ${"x".repeat(MAX_CREDENTIAL_BYTES)}`;
  await assert.rejects(read(text), {
    message:
      `/etc/weir/web.yml: found ${text.length} bytes, wanted at most ${MAX_CREDENTIAL_BYTES}`,
  });
});
