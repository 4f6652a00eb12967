/** What `/-/config` shows of the configuration: each key of the schema is decided, and no secret is seen. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { RawConfig } from "../../src/config/layers.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ROOT, type SchemaNode } from "../../src/config/schema_walk.ts";
import { commonKey, SHOWN_KEYS, shownConfig } from "../../src/config/shown_config.ts";

/** Keys that hold what nobody may see. A key that is new stands here or among `SHOWN_KEYS`. */
const SECRETS = [
  "http_config.authorization.credentials",
  "http_config.basic_auth.password",
  "http_config.basic_auth.username",
  "http_config.http_headers.*.secrets[]",
  "http_config.http_headers.*.values[]",
  "http_config.tls_config.ca",
  "http_config.tls_config.cert",
  "http_config.tls_config.key",
  "policy_providers[].headers[].value",
];

/** The keys of all values in the schema, wherever they stand; rules are no part of it. */
function* leaves(node: SchemaNode, key = ""): Generator<string> {
  let current = node;
  while (current.wrapped !== undefined) current = current.wrapped;
  const { entries, item, value, options } = current;
  const isChoice = options?.some((option) => typeof option === "object");
  if (isChoice) { for (const option of options!) yield* leaves(option, key); }
  else if (entries !== undefined) {
    for (const [name, child] of Object.entries(entries)) {
      yield* leaves(child, key === "" ? name : `${key}.${name}`);
    }
  } else if (item !== undefined) yield* leaves(item, `${key}[]`);
  else if (value !== undefined) yield* leaves(value, `${key}.*`);
  else if (current.type !== "unknown") yield key;
}

const all = [...leaves(ROOT)];

test("each key of the schema is shown, or a secret", () => {
  const keys = [...new Set(all.map(commonKey))];
  ok(keys.length > 90, String(keys.length));
  deepEqual(keys.filter((key) => !SHOWN_KEYS.has(key)).sort(), SECRETS);
  // Lists that may be written as one text.
  const asList = ["forward_headers[]", "scrape.protocols[]"];
  const unknown = [...SHOWN_KEYS.keys()].filter((key) => !keys.includes(key));
  deepEqual(unknown.sort(), asList);
});

const MARKER = "hunter2-Zq9";

/** A document with this value at the key. */
function documentWith(key: string, value: unknown): RawConfig {
  const [name, ...rest] = key.split(".");
  const plain = name.replace(/\[\]$/, "");
  const below = rest.length === 0 ? value : documentWith(rest.join("."), value);
  const child = name.endsWith("[]") ? [below, below] : below;
  return { [plain === "*" ? "X-Name" : plain]: child };
}

for (const key of all.filter((key) => !SHOWN_KEYS.has(commonKey(key)))) {
  test(`no secret is shown: ${key}`, () => {
    for (const value of [MARKER, 12345678, true]) {
      const text = JSON.stringify(shownConfig(documentWith(key, value), new Map()));
      ok(!text.includes(String(value)), text);
      ok(text.includes("<secret>"), text);
    }
  });
}

test("a key that nobody has decided about is not shown", () => {
  deepEqual(shownConfig({ new_key: MARKER, scrape: { other: [1] } }, new Map()), {
    new_key: "<secret>",
    scrape: { other: ["<secret>"] },
  });
});

const URLS: readonly (readonly [written: string, shown: string])[] = [
  ["http://app:8080/metrics", "http://app:8080/metrics"],
  [`http://u:${MARKER}@app/metrics`, "http://<secret>@app/metrics"],
  [`${MARKER}@app:8080/metrics`, "<secret>@app:8080/metrics"],
  [`dns+http://u:${MARKER}@app:8080`, "dns+http://<secret>@app:8080"],
  [`http://app/?token=${MARKER}&x=${MARKER}`, "http://app/?token=<secret>&x=<secret>"],
  [`http://app/?${MARKER}`, "http://app/?<secret>"],
  [`http://app/?a=b=${MARKER}`, "http://app/?a=<secret>"],
];

for (const key of all.filter((key) => SHOWN_KEYS.get(commonKey(key)) === "url")) {
  test(`URLs are shown without passwords and values of their query: ${key}`, () => {
    for (const [written, shown] of URLS) {
      deepEqual(
        shownConfig(documentWith(key, written), new Map()),
        documentWith(key, shown),
      );
    }
  });
}

const VARIABLES = `
upstreams:
  - url: http://\${HOST}:8080/metrics
    labels: {pod: "\${POD}"}
    http_config:
      basic_auth: {username: "\${USER}", password: "\${PASSWORD}"}
service:
  name: shop
  labels: [{key: zone, value: "z-\${POD}"}]
policy_providers:
  - id: server
    type: http
    url: http://\${USER}:\${PASSWORD}@policies/v1?key=\${PASSWORD}
    headers: [{name: X-Key, value: "\${PASSWORD}"}]
metric_relabel_configs:
  - {source_labels: [a], regex: "(.*)", target_label: b, replacement: "\${1}"}
routes:
  - path: /a
    upstream_url: http://\${HOST}:1/
    http_config: {authorization: {credentials: "\${PASSWORD}"}}
`;

test("what variables held is not shown, but their names where no secret belongs", async () => {
  const values = { HOST: "h-Kk1", POD: "p-Kk2", USER: "u-Kk3", PASSWORD: "w-Kk4" };
  const config = await loadConfig({
    path: "weir.yaml",
    bytes: new TextEncoder().encode(VARIABLES),
    flags: {},
    env: { ...values, WEIR_LOG_LEVEL: "debug" },
    version: "0",
    instanceId: "i",
  });
  deepEqual(config.shown, {
    upstreams: [{
      url: "http://${HOST}:8080/metrics",
      labels: { pod: "${POD}" },
      http_config: { basic_auth: { username: "<secret>", password: "<secret>" } },
    }],
    service: { name: "shop", labels: [{ key: "zone", value: "z-${POD}" }] },
    policy_providers: [{
      id: "server",
      type: "http",
      url: "http://<secret>@policies/v1?key=<secret>",
      headers: [{ name: "X-Key", value: "<secret>" }],
    }],
    routes: [{
      path: "/a",
      upstream_url: "http://${HOST}:1/",
      http_config: { authorization: { credentials: "<secret>" } },
    }],
    log_level: "debug",
  });
  for (const value of Object.values(values)) ok(!JSON.stringify(config.shown).includes(value));
  equal(config.routes[0].config.shown, config.shown);
});
