import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { printableConfig } from "../../src/config/print.ts";
import { checkText } from "../../src/cli/check_report.ts";
import { type Input, loadJson } from "../support/config/load_json.ts";
import { sentences } from "../support/config/sentences.ts";

const TLS = { ca_file: "ca.pem", cert_file: "c.pem", key_file: "k.pem" };
const UPSTREAM = { upstream_url: "https://a:1/metrics" };

/** Each `http_config`, and what is wrong with it. */
const PROBLEMS: Record<string, [unknown, ...string[]]> = {
  "two kinds of credentials": [
    { basic_auth: { username: "u" }, authorization: { credentials: "s3cret" } },
    ": found basic_auth and authorization, wanted at most one of them",
  ],
  "both forms of basic_auth": [
    { basic_auth: { username: "u", username_file: "f", password: "s3cret", password_file: "f" } },
    ".basic_auth: found username and username_file, wanted at most one of them",
    ".basic_auth: found password and password_file, wanted at most one of them",
  ],
  "basic_auth of nothing": [
    { basic_auth: {} },
    ".basic_auth: found nothing, wanted username and password",
  ],
  "both forms of credentials": [
    { authorization: { credentials: "s3cret", credentials_file: "f" } },
    ".authorization: found credentials and credentials_file, wanted at most one of them",
  ],
  "authorization of nothing": [
    { authorization: { type: "Token" } },
    ".authorization: found neither, wanted credentials or credentials_file",
  ],
  "authorization of the type basic": [
    { authorization: { type: "Basic", credentials: "s3cret" } },
    '.authorization.type: found "Basic", wanted basic_auth in place of authorization',
  ],
  "credentials that no header may hold": [
    { authorization: { credentials: "s3cret\ns3cret" } },
    ".authorization.credentials: found <secret>, wanted the value of an HTTP header, on one line",
  ],
  "credentials that are a number": [
    { authorization: { credentials: 53 }, basic_auth: undefined },
    ".authorization.credentials: found <secret>, wanted a string",
  ],
  "both forms of certificates": [
    { tls_config: { ...TLS, ca: "s3cret", cert: "s3cret", key: "s3cret" } },
    ".tls_config: found ca and ca_file, wanted at most one of them",
    ".tls_config: found cert and cert_file, wanted at most one of them",
    ".tls_config: found key and key_file, wanted at most one of them",
  ],
  "a certificate without its key": [
    { tls_config: { cert_file: "c.pem" } },
    ".tls_config: found cert_file without key or key_file, wanted both or neither",
  ],
  "a key without its certificate": [
    { tls_config: { key: "s3cret" } },
    ".tls_config: found key without cert or cert_file, wanted both or neither",
  ],
  "a retired version of TLS": [
    { tls_config: { min_version: "TLS10" } },
    '.tls_config.min_version: found "TLS10", wanted TLS12 or TLS13',
  ],
  "versions of TLS in the wrong order": [
    { tls_config: { min_version: "TLS13", max_version: "TLS12" } },
    ".tls_config: found min_version above max_version, wanted it to be at most that",
  ],
  "a reserved header": [
    { http_headers: { "Authorization": { secrets: ["s3cret"] } } },
    '.http_headers.Authorization: found "Authorization", wanted a header that may be set',
  ],
  "a header in two spellings": [
    { http_headers: { "X-A": { values: ["s3cret"] }, "x-a": { secrets: ["s3cret"] } } },
    ".http_headers.x-a: X-A is there too, wanted one of them",
  ],
  "a header's value that none is": [
    { http_headers: { "X-A": { values: ["s3cret"], secrets: ["s3\ncret"] } } },
    ".http_headers.X-A.secrets[0]: found <secret>, wanted the value of an HTTP header, on one line",
  ],
  "unknown keys at every depth": [
    {
      bearer_tokn: "s3cret",
      http_headers: { "X-A": { value: ["s3cret"] } },
      tls_config: { Ca: 1 },
    },
    '.bearer_tokn: unknown key (the nearest known one is "basic_auth")',
    '.http_headers.X-A.value: unknown key (did you mean "values"?)',
    '.tls_config.Ca: unknown key (did you mean "ca"?)',
  ],
};

for (const [name, [http_config, ...problems]] of Object.entries(PROBLEMS)) {
  test(`an http_config with ${name}`, async () => {
    const places: [string, object][] = [
      ["http_config", { ...UPSTREAM, http_config }],
      ["upstreams[1].http_config", { upstreams: ["a:1", { url: "b:1", http_config }] }],
      ["policy_providers[0].http_config", {
        ...UPSTREAM,
        policy_providers: [{ id: "h", type: "http", url: "http://a", http_config }],
      }],
    ];
    for (const [place, file] of places) {
      deepEqual(await problemsOf({ file }), problems.map((text) => `weir.json: ${place}${text}`));
    }
  });
}

test("redirect hosts: what they are, and where they have no effect", async () => {
  const { upstreams } = await loadJson({
    file: { ...UPSTREAM, http_config: { redirect_hosts: ["B.test", "[FD00::7]:81"] } },
  });
  deepEqual(upstreams[0].http?.redirectHosts, ["b.test", "[fd00::7]:81"]);
  const wrong = { redirect_hosts: ["http://a", "*.b"] };
  deepEqual(await problemsOf({ file: { ...UPSTREAM, http_config: wrong } }), [
    'weir.json: http_config.redirect_hosts[0]: found "http://a", wanted HOST or HOST:PORT',
    'weir.json: http_config.redirect_hosts[1]: found "*.b", wanted HOST or HOST:PORT',
  ]);
  const none = { redirect_hosts: ["a"], follow_redirects: false };
  deepEqual(await problemsOf({ file: { upstreams: [{ url: "a:1", http_config: none }] } }), [
    "weir.json: upstreams[0].http_config.redirect_hosts: " +
    "has no effect with follow_redirects: false, which follows no redirect",
  ]);
  const http_config = { redirect_hosts: ["a"] };
  const provider = { id: "h", type: "http", url: "http://a", http_config };
  deepEqual(await problemsOf({ file: { ...UPSTREAM, policy_providers: [provider] } }), [
    "weir.json: policy_providers[0].http_config.redirect_hosts: " +
    "has no effect with a policy sync, which follows no redirect",
  ]);
});

test("credentials that stand beside an http_config", async () => {
  const http_config = { basic_auth: { username: "u", password: "s3cret" } };
  const ofUrl = "cannot be combined with a user name or password in the URL";
  const url = "http://u:s3cret@a:1/";
  deepEqual(await problemsOf({ file: { upstream_url: url, http_config } }), [
    `weir.json: http_config.basic_auth: ${ofUrl}`,
  ]);
  const flags = { upstream: [url, "b:1"] };
  deepEqual(await problemsOf({ file: { ...UPSTREAM, http_config }, flags }), [
    `weir.json: http_config.basic_auth: ${ofUrl}`,
  ]);
  deepEqual(await problemsOf({ file: { upstreams: [{ url, http_config }] } }), [
    `weir.json: upstreams[0].http_config.basic_auth: ${ofUrl}`,
  ]);
  const headers = [{ name: "authorization", value: "s3cret" }];
  const provider = { id: "h", type: "http", url: "http://a", headers, http_config };
  deepEqual(await problemsOf({ file: { ...UPSTREAM, policy_providers: [provider] } }), [
    "weir.json: policy_providers[0].http_config.basic_auth: " +
    "cannot be combined with an Authorization header in headers",
  ]);
});

test("an upstream without an http_config has the common one, with one its own alone", async () => {
  const http_config = { authorization: { credentials_file: "token" } };
  const own = { basic_auth: { username: "u", password_file: "p" }, follow_redirects: false };
  const file = { http_config, upstreams: ["a:1", { url: "b:1", http_config: own }] };
  const { upstreams } = await loadJson({ file });
  const credentials = { key: "credentials_file", file: "token" };
  deepEqual(upstreams.map(({ http }) => http), [
    {
      basicAuth: undefined,
      authorization: { type: "Bearer", credentials },
      headers: [],
      tls: undefined,
      followRedirects: true,
      redirectHosts: [],
    },
    {
      basicAuth: {
        username: { key: "username", text: "u" },
        password: { key: "password_file", file: "p" },
      },
      authorization: undefined,
      headers: [],
      tls: undefined,
      followRedirects: false,
      redirectHosts: [],
    },
  ]);
  const flags = { upstream: "c:1" };
  const ofFlag = await loadJson({ file, flags });
  deepEqual(ofFlag.upstreams[0].http?.authorization, { type: "Bearer", credentials });
  const plain = await loadJson({ file: UPSTREAM });
  equal("http" in plain.upstreams[0], false);
});

test("the environment sets credentials", async () => {
  const env = {
    WEIR_HTTP_CONFIG_BASIC_AUTH_USERNAME: "u",
    WEIR_HTTP_CONFIG_BASIC_AUTH_PASSWORD: "s3cret",
  };
  const { upstreams } = await loadJson({ file: UPSTREAM, env });
  deepEqual(upstreams[0].http?.basicAuth, {
    username: { key: "username", text: "u" },
    password: { key: "password", text: "s3cret" },
  });
});

test("no secret of an http_config is printed, and paths are", async () => {
  const secret = "s3cret";
  const http_config = {
    basic_auth: { username: secret, password: secret },
    tls_config: { ca: secret, cert: secret, key: secret, server_name: "target.test" },
    http_headers: { "X-A": { values: [secret], secrets: [secret], files: ["header-file"] } },
  };
  const ofProvider = { authorization: { credentials: secret } };
  const file = {
    ...UPSTREAM,
    http_config,
    policy_providers: [{ id: "h", type: "http", url: "http://a", http_config: ofProvider }],
  };
  const config = await loadJson({ file });
  const settings = {
    config,
    rules: undefined,
    subsets: new Map(),
    routes: [],
    files: [],
    warnings: [],
    fingerprint: "",
  };
  const policies = { entries: [], notInForce: [], notLoaded: [] };
  const printed = JSON.stringify(printableConfig(config));
  const memory = { containerBytes: undefined, limitBytes: undefined };
  const report = { settings, web: undefined, policies, memory, lints: [] };
  const checked = checkText(report).join("\n");
  equal(`${printed}${checked}`.includes(secret), false);
  equal(printed.includes("header-file") && printed.includes("target.test"), true);
  const { http } = JSON.parse(printed).upstreams[0];
  deepEqual(http.basicAuth.password, { key: "password", text: "<secret>" });
});

async function problemsOf(input: Input): Promise<readonly string[]> {
  try {
    await loadJson(input);
  } catch (error) {
    if (error instanceof ConfigError) return sentences(error);
    throw error;
  }
  throw new Error("nothing was wrong");
}
