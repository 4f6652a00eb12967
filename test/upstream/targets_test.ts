import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpstreamConfig } from "../../src/config/config.ts";
import { parseUpstream } from "../../src/config/upstream_url.ts";
import { belongsToShard } from "../../src/upstream/shard.ts";
import { type NameLookup, nameLookup } from "../../src/upstream/name_lookup.ts";
import { resolveTargets } from "../../src/upstream/targets.ts";

const NEVER = new AbortController().signal;
const NAMES: Record<string, string[]> = {
  "app": ["10.0.0.9", "10.0.0.7", "fd00::7", "10.0.0.10"],
  "same": ["10.0.0.7"],
  "none": [],
  "dual": ["fd00::8", "10.0.0.8", "fd00::7", "10.0.0.7"],
  "six": ["fd00::8", "fd00::7"],
  "mapped": ["fd00::7", "::ffff:10.0.0.7", "10.0.0.7"],
};

/** What the operating system's resolver gives, and the choice among it. */
const resolve = nameLookup({
  resolve: (host) =>
    NAMES[host] === undefined
      ? Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`)))
      : Promise.resolve(NAMES[host]),
});

function upstream(text: string, ...labels: [string, string][]): UpstreamConfig {
  return { ...parseUpstream(text)!, labels };
}

/** `address`, `address via connectTo`; then what failed. */
const CASES: Record<string, [UpstreamConfig[], string[], string[]?]> = {
  "static upstreams, with default ports written out": [
    [upstream("http://a:9100/metrics"), upstream("https://b/x"), upstream("http://[::1]/x")],
    ["a:9100", "b:443", "[::1]:80"],
  ],
  "the addresses of a name, sorted, and IPv6 in brackets": [
    [
      upstream("http://first"),
      { ...upstream("dns+http://app:8080/metrics"), dnsFamily: "both" },
    ],
    [
      "first:80",
      "10.0.0.10:8080 via 10.0.0.10",
      "10.0.0.7:8080 via 10.0.0.7",
      "10.0.0.9:8080 via 10.0.0.9",
      "[fd00::7]:8080 via fd00::7",
    ],
  ],
  "one address for each pod of a dual-stack name": [
    [upstream("dns+http://dual:8080/metrics")],
    ["10.0.0.7:8080 via 10.0.0.7", "10.0.0.8:8080 via 10.0.0.8"],
  ],
  "IPv6 where there is nothing else": [
    [upstream("dns+http://six/metrics")],
    ["[fd00::7]:80 via fd00::7", "[fd00::8]:80 via fd00::8"],
  ],
  "the families of two upstreams with one name": [
    [
      upstream("dns4+http://dual/metrics"),
      upstream("dns6+http://dual/metrics"),
      upstream("dns+http://dual/metrics"),
    ],
    [
      "10.0.0.7:80 via 10.0.0.7",
      "10.0.0.8:80 via 10.0.0.8",
      "[fd00::7]:80 via fd00::7",
      "[fd00::8]:80 via fd00::8",
    ],
  ],
  "a name without an address of the family": [
    [
      upstream("dns6+http://same:80/metrics"),
      upstream("dns4+http://six/metrics"),
      upstream("dns6+http://gone/metrics"),
    ],
    [],
    [
      "same:80 dns 502 upstream http://same/metrics: " +
      "host name not resolved: found 10.0.0.7, wanted an IPv6 address",
      "six:80 dns 502 upstream http://six/metrics: " +
      "host name not resolved: found fd00::7, wanted an IPv4 address",
      "gone:80 dns 502 upstream http://gone/metrics: host name not found",
    ],
  ],
  "IPv4 that is mapped into IPv6 is IPv4, whoever says it": [
    [
      { ...upstream("dns+http://mapped/metrics"), dnsFamily: "both" },
      upstream("http://10.0.0.7/metrics"),
      upstream("http://[::ffff:10.0.0.7]/metrics"),
      upstream("http://[0:0:0:0:0:FFFF:a00:9]/metrics"),
    ],
    ["10.0.0.7:80 via 10.0.0.7", "[fd00::7]:80 via fd00::7", "10.0.0.9:80"],
  ],
  "an IP address behind dns+ is itself": [
    [upstream("dns+http://192.0.2.7/metrics"), upstream("dns+https://[fd00::8]/metrics")],
    ["192.0.2.7:80", "[fd00::8]:443"],
  ],
  "the same address, path and labels are one target": [
    [
      upstream("dns+http://same:80/metrics", ["a", "1"], ["b", "2"]),
      upstream("dns+http://same/metrics", ["b", "2"], ["a", "1"]),
      upstream("http://10.0.0.7/metrics", ["a", "1"], ["b", "2"]),
      upstream("http://10.0.0.7:81/metrics", ["a", "1"], ["b", "2"]),
    ],
    ["10.0.0.7:80 via 10.0.0.7", "10.0.0.7:81"],
  ],
  "another path or other labels at an address are targets of names of their own": [
    [
      upstream("http://a:1/metrics"),
      upstream("http://a:1/other?x=1"),
      upstream("http://a:1/metrics", ["zone", "b"]),
      upstream("http://a:1/metrics", ["zone", "c"]),
    ],
    ["a:1", "a:1/other?x=1", "a:1/metrics", "a:1/metrics#2"],
  ],
  "a name that does not resolve is a failure, and the others are targets": [
    [
      upstream("dns+http://u:p@gone:81/metrics"),
      upstream("dns+http://same/metrics"),
      upstream("dns+http://none/metrics"),
      upstream("dns+http://gone:81/other"),
    ],
    ["10.0.0.7:80 via 10.0.0.7"],
    [
      "gone:81 dns 502 upstream http://<secret>@gone:81/metrics: host name not found",
      "none:80 dns 502 upstream http://none/metrics: host name not found",
    ],
  ],
};

for (const [name, [upstreams, targets, failures = []]] of Object.entries(CASES)) {
  test(`resolveTargets: ${name}`, async () => {
    const found = await resolveTargets(upstreams, undefined, resolve, NEVER);
    const shown = found.targets.map(({ address, connectTo }) =>
      connectTo === undefined ? address : `${address} via ${connectTo}`
    );
    assert.deepEqual(shown, targets);
    assert.deepEqual(
      found.failures.map(({ address, error }) =>
        `${address} ${error.reason} ${error.status} ${error.message}`
      ),
      failures,
    );
  });
}

test("a failed name that is a target too is not named twice", async () => {
  const upstreams = [upstream("dns+http://gone:81/metrics"), upstream("http://gone:81/other")];
  const { targets, failures } = await resolveTargets(upstreams, undefined, resolve, NEVER);
  assert.deepEqual([targets.map(({ address }) => address), failures], [["gone:81"], []]);
});

test("a target knows the upstream that it comes from", async () => {
  const app = upstream("dns+http://same/metrics", ["zone", "b"]);
  const { targets } = await resolveTargets([app], undefined, resolve, NEVER);
  assert.deepEqual(targets, [
    { address: "10.0.0.7:80", upstream: app, connectTo: "10.0.0.7" },
  ]);
});

test("an error that no pattern knows says that the name is what failed", async () => {
  const broken = () => Promise.reject(new Error("resolver on fire"));
  const found = await resolveTargets([upstream("dns+http://app")], undefined, broken, NEVER);
  const [{ error }] = found.failures;
  const message = "upstream http://app/: host name not resolved: resolver on fire";
  assert.deepEqual([error.reason, error.status, error.message], ["dns", 502, message]);
});

test("all names are asked at once, and each once", async () => {
  const asked: string[] = [];
  let release = () => {};
  const all = new Promise<void>((resolve) => release = resolve);
  const slow = async (host: string) => {
    if (asked.push(host) === 2) release();
    await all;
    return ["192.0.2.1"];
  };
  const upstreams = ["dns+http://a/x", "dns+http://b/x", "dns+http://a:81/x", "http://c/x"];
  const { targets } = await resolveTargets(
    upstreams.map((text) => upstream(text)),
    undefined,
    slow,
    NEVER,
  );
  assert.deepEqual(asked, ["a", "b"]);
  assert.deepEqual(targets.map(({ address }) => address), [
    "192.0.2.1:80",
    "192.0.2.1:81",
    "c:80",
  ]);
});

test("a name that hangs is given up when the signal is aborted, the others are targets", async () => {
  const controller = new AbortController();
  const hanging: NameLookup = (host, family) => {
    if (host === "same") return resolve(host, family);
    setTimeout(() => controller.abort(new Error("late")), 0);
    return new Promise<string[]>(() => {});
  };
  const found = await resolveTargets(
    [upstream("dns+http://hangs/metrics"), upstream("dns+http://same/metrics")],
    undefined,
    hanging,
    controller.signal,
  );
  assert.deepEqual(found.targets.map(({ address }) => address), ["10.0.0.7:80"]);
  const [{ address, error }] = found.failures;
  assert.equal(address, "hangs:80");
  assert.deepEqual([error.reason, error.status], ["timeout", 504]);
  assert.equal(error.message, "upstream http://hangs/metrics: host name did not resolve in time");
});

test("shards share targets and failed names, each exactly once", async () => {
  const many = () => Promise.resolve(Array.from({ length: 50 }, (_, at) => `10.0.1.${at}`));
  const failing: NameLookup = (host, family) => host === "many" ? many() : resolve(host, family);
  const upstreams = ["dns+http://many/a", "dns+http://many/b", "dns+http://gone", "dns+http://lost"]
    .map((text) => upstream(text));
  const all = await resolveTargets(upstreams, undefined, failing, NEVER);
  assert.deepEqual([all.targets.length, all.failures.length], [100, 2]);
  for (const key of ["targets", "failures"] as const) {
    const addresses = all[key].map(({ address }) => address);
    assert.equal(new Set(addresses).size, addresses.length);
    const shared: string[] = [];
    for (let index = 0; index < 3; index++) {
      const shard = { index, count: 3 };
      const share = (await resolveTargets(upstreams, shard, failing, NEVER))[key]
        .map(({ address }) => address);
      assert.deepEqual(share, addresses.filter((address) => belongsToShard(address, shard)));
      shared.push(...share);
    }
    assert.deepEqual(shared.toSorted(), addresses.toSorted());
  }
});
