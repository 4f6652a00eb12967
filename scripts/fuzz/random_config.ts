import { CONFIG_SCHEMA } from "../../src/config/schema.ts";
import { type Next, pick, seldom, times } from "./fuzz_target.ts";

/** Stands in every value that is a secret, and in no other. */
export const SECRET = "hunter2secret";

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e999,
  2 ** 60,
  "",
  "x",
  "ö\n",
  [],
  {},
  [1],
  { a: 1 },
]
  .concat(["${NONE}", "$${HOME}", "${HOME", "${HOME}", "99999999999999999999s", "1e3"] as never[]);
const KEYS = ["constructor", "__proto__", "listn", "prometheus", "", "a.b", "toString", "limits"];

/** A config file's content: most values as they have to be, some as they must not. */
export function randomConfig(next: Next): unknown {
  const config: Record<string, unknown> = {};
  for (const key of Object.keys(CONFIG_SCHEMA.entries)) {
    if (key === "upstream_url" ? seldom(next, 6) : !seldom(next, 7)) continue;
    const value = (VALUES[key] ?? anything)(next);
    // What holds secrets is garbled by its own maker.
    config[key] = SECRETIVE.has(key) || !seldom(next, 12) ? value : pick(next, ODD);
  }
  if (seldom(next, 12)) config[pick(next, KEYS)] = pick(next, ODD);
  if (seldom(next, 20)) config.service = JSON.parse('{"__proto__": {"name": "x"}}');
  return seldom(next, 60) ? pick(next, ODD) : config;
}

const SECRETIVE = new Set([
  "upstream_url",
  "metrics_url",
  "upstreams",
  "policy_providers",
  "http_config",
]);

const anything = (next: Next) => pick(next, ODD);

const one = (...items: readonly unknown[]) => (next: Next) => pick(next, items);

const VALUES: Readonly<Record<string, (next: Next) => unknown>> = {
  listen: one(":80", "1.2.3.4:5", "[::]:6", "unix:/run/s"),
  listen_address: one("0.0.0.0", "::1", "host"),
  listen_port: one(0, 80, 65_535),
  upstream_url: randomUrl,
  metrics_url: (next) => seldom(next, 2) ? null : randomUrl(next),
  upstreams: (next) =>
    times(
      next(3),
      () => seldom(next, 2) ? randomUrl(next) : { url: randomUrl(next), labels: { a: "b" } },
    ),
  dns_family: one("auto", "both", "ipv5"),
  on_target_error: one("fail", "partial"),
  target_label: one("instance", "le", "ö"),
  target_ttl: one("5m", 30),
  counters: one("monotonic", "raw"),
  state_file: one("/tmp/state", ""),
  shard: one("0/2", "auto/3", "3/2"),
  coalesce: one(true, false),
  compression: one("auto", "off", "gzip"),
  log_level: one("info", "err"),
  log_format: one("json", "logfmt"),
  scrape: one({ timeout: "10s" }, { offset: 0.5, on_limit: "fail" }, { timeot: 1 }),
  prometheus: one({ max_input_bytes_per_scrape: 5 }, { max_output_bytes_per_scrape: "1MiB" }),
  service: one({ name: "n", labels: [{ key: "a", value: "b" }] }, { labels: [{ key: 1 }] }),
  metric_relabel_configs: one([{ action: "labeldrop", regex: "a" }], [{ action: "dorp" }], [null]),
  subsets: one({ a: [{ action: "keep" }] }, { "a/b": [] }, { ok: 5 }),
  limits: one({ series: 5, label_values: { path: 3 } }, { label_values: { path: "x" } }),
  aggregation: one({ rules: [{ match: "a.*", function: "max" }] }, { rules: [{ match: "(" }] }),
  web: one({ reload: true }, { relod: true }),
  http_config: randomHttpConfig,
  policy_providers: (next) => times(next(2), (index) => provider(next, index)),
};

function provider(next: Next, index: number): unknown {
  if (seldom(next, 3)) return { id: `f${index}`, type: "file", path: "p.json" };
  const headers: readonly unknown[] = [
    [{ name: "Authorization", value: `Bearer ${SECRET}` }],
    [{ name: "a", value: `${SECRET}\n` }, { name: "b", value: `x\n${SECRET}` }],
    [{ name: `a b ${SECRET}`, value: SECRET }],
    [{ name: "x", value: [SECRET] }],
    [{ name: "x", value: { a: SECRET } }, SECRET, null],
    [[SECRET]],
    { Authorization: SECRET },
    SECRET,
  ];
  const more = seldom(next, 6) ? { poll_interval: pick(next, ODD) } : {};
  return {
    id: `h${index}`,
    type: "http",
    url: randomUrl(next),
    headers: pick(next, headers),
    ...more,
    ...ofHttp(next),
  };
}

const ofHttp = (next: Next) => seldom(next, 3) ? { http_config: randomHttpConfig(next) } : {};

function randomHttpConfig(next: Next): unknown {
  const secret = pick(next, [SECRET, `${SECRET}\n`, `x\n${SECRET}`, { a: SECRET }, [SECRET]]);
  const keys = {
    basic_auth: pick(next, [{ username: "u", password: secret }, { password: secret }, secret]),
    authorization: pick(next, [{ credentials: secret }, { type: "Basic", credentials: secret }]),
    tls_config: pick(next, [
      { ca_file: "ca.pem", insecure_skip_verify: true },
      { cert_file: "c.pem", key_file: "k.pem" },
      { ca: SECRET, cert: SECRET, key: secret },
      { key: secret },
    ]),
    http_headers: pick(next, [
      { "X-Key": { secrets: [secret] } },
      { "X-Key": { values: ["a"], files: ["f"], secrets: secret } },
      { "a b": secret },
    ]),
    redirect_hosts: pick(next, [["a", "[::1]:80"], [`u:${SECRET}@a`], ["a", 5]]),
    headers: [{ name: "x", value: secret }],
  };
  return Object.fromEntries(Object.entries(keys).filter(() => seldom(next, 3)));
}

/** With a password, mostly in a URL that is one. */
function randomUrl(next: Next): string {
  const scheme = pick(next, [
    "http://",
    "https://",
    "dns+http://",
    "dns6+https://",
    "",
    "ftp://",
    "http:/",
    "HTTP://",
  ]);
  const user = pick(next, [
    `u:${SECRET}@`,
    `${SECRET}@`,
    `u:p@${SECRET}@`,
    `u:a/${SECRET}@`,
    `:${SECRET}@`,
    "",
  ]);
  const host = pick(next, ["host", "h:9090", "[::1]:1", "ho st", "", "h:x", "10.0.0.1"]);
  return scheme + user + host + pick(next, ["", "/metrics", "/a b?x=1", "#f"]);
}
