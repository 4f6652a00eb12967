import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { loadConfig } from "../../src/config/load.ts";
import { printableConfig, SECRET } from "../../src/config/print.ts";

async function load(kubernetesAuth: string) {
  const text = `upstream_url: a:1\nweb:\n  kubernetes_auth: ${kubernetesAuth}\n`;
  return await loadConfig({
    path: "weir.yaml",
    bytes: new TextEncoder().encode(text),
    flags: {},
    env: {},
    version: "1",
    instanceId: "i",
  });
}

test("without keys it is the Pod's service account, and the API server of its environment", async () => {
  const { web } = await load("{}");
  assert.deepEqual(web.kubernetesAuth, {
    apiServer: undefined,
    audiences: [],
    http: {
      basicAuth: undefined,
      authorization: {
        type: "Bearer",
        credentials: {
          key: "credentials_file",
          file: "/var/run/secrets/kubernetes.io/serviceaccount/token",
        },
      },
      headers: [],
      tls: {
        ca: { key: "ca_file", file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" },
        cert: undefined,
        key: undefined,
        serverName: undefined,
        insecureSkipVerify: false,
        minVersion: undefined,
        maxVersion: undefined,
      },
      followRedirects: true,
      redirectHosts: [],
    },
  });
});

const AT = "weir.yaml: web.kubernetes_auth";
const MAP = "a map of keys, or {} for the Pod's service account";
const URL = "an http(s) URL without a user or a query";

const wrong: readonly [text: string, problem: string][] = [
  ["", `${AT}: found null, wanted ${MAP}`],
  ["~", `${AT}: found null, wanted ${MAP}`],
  ["true", `${AT}: found true, wanted ${MAP}`],
  ["false", `${AT}: found false, wanted ${MAP}`],
  ["[]", `${AT}: found a list, wanted ${MAP}`],
  ["{apiserver: a}", `${AT}.apiserver: unknown key (did you mean "api_server"?)`],
  ["{api_server: api.test:6443}", `${AT}.api_server: found "api.test:6443", wanted ${URL}`],
  ["{api_server: 'https://a.test?b'}", `${AT}.api_server: found "https://a.test?b", wanted ${URL}`],
  ["{audiences: weir}", `${AT}.audiences: found "weir", wanted a list`],
  ["{audiences: ['']}", `${AT}.audiences[0]: found "", wanted an audience`],
  [
    "{http_config: {basic_auth: {username: a}, authorization: {credentials: b}}}",
    `${AT}.http_config: found basic_auth and authorization, wanted at most one of them`,
  ],
];

for (const [text, problem] of wrong) {
  test(`kubernetes_auth: ${text} is an error`, async () => {
    await assert.rejects(load(text), (error) => {
      assert.ok(error instanceof ConfigError);
      // Where in the file is told by tests of positions.
      const told = error.problems.map((one) => one.replace(/^weir\.yaml:\d+:\d+/, "weir.yaml"));
      assert.deepEqual(told, [problem]);
      return true;
    });
  });
}

test("a URL's user and password are not repeated", async () => {
  await assert.rejects(load("{api_server: 'https://u:hunter2@a.test'}"), (error) => {
    assert.ok(error instanceof ConfigError && !error.message.includes("hunter2"), String(error));
    return true;
  });
});

test("what it is asked with is not printed", async () => {
  const config = await load("{http_config: {authorization: {credentials: hunter2}}}");
  const printed = JSON.stringify(printableConfig(config));
  assert.ok(!printed.includes("hunter2") && printed.includes(SECRET), printed);
});
