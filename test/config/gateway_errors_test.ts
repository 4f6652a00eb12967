import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { type Input, loadJson } from "../support/config/load_json.ts";
import { sentences } from "../support/config/sentences.ts";

const TWO = { upstreams: ["a:1/m", "b:1/m"] };

interface BadCase extends Input {
  readonly name: string;
  readonly problems: readonly string[];
}

const SHARD_WANTED = "wanted I/N with 0 <= I < N <= 4096, like 0/4; " +
  "I may be a pod name that ends in -0, or auto";
const LABEL_WANTED = "wanted the name of a label, and not __name__, le or quantile";
const SUBSET_WANTED = 'wanted letters, digits, "_", "-" and "." only: it is part of a path';
const DURATION_WANTED = "wanted a duration above 0, at most 24h, like 5m";
const FORWARD_WANTED = "wanted one upstream, without dns+ and labels, to forward to";

const BAD: readonly BadCase[] = [
  {
    name: "entries of upstreams",
    file: {
      upstreams: [
        "ftp://user:hunter2@x",
        5,
        {},
        { url: "dns+ftp://x", lables: {} },
        { url: "a:1", labels: { __name__: "x", zone: 5, "": "x" } },
        { url: "a:1", labels: [] },
        "${A}",
        { url: "a:1", labels: "x" },
      ],
    },
    env: { A: "http://hunter2" + " " },
    problems: [
      'weir.json: upstreams[3].lables: unknown key (did you mean "labels"?)',
      "weir.json: upstreams[5].labels: found a list, wanted a map of label names and values",
      'weir.json: upstreams[0]: found "ftp://<secret>@x", wanted an http:// or https:// URL, or unix:PATH',
      "weir.json: upstreams[1]: found 5, wanted a URL, or a map of url and labels",
      "weir.json: upstreams[2].url: found nothing, wanted an http:// or https:// URL, or unix:PATH",
      'weir.json: upstreams[3].url: found "dns+ftp://x", wanted an http:// or https:// URL, or unix:PATH',
      `weir.json: upstreams[4].labels.__name__: found "__name__", ${LABEL_WANTED}`,
      "weir.json: upstreams[4].labels.zone: found 5, wanted a string",
      `weir.json: upstreams[4].labels.: found "", ${LABEL_WANTED}`,
      'weir.json: upstreams[6]: found "${A}" (from the environment), ' +
      "wanted an http:// or https:// URL, or unix:PATH",
      'weir.json: upstreams[7].labels: found "x", wanted a map of label names and values',
    ],
  },
  {
    name: "families of names",
    file: {
      dns_family: "ipv5",
      upstreams: [{ url: "dns+a:1", dns_family: "v4" }, { url: "dns+a:1", dns_family: true }],
    },
    problems: [
      'weir.json: upstreams[0].dns_family: found "v4", wanted auto, ipv4, ipv6 or both',
      "weir.json: upstreams[1].dns_family: found true, wanted auto, ipv4, ipv6 or both",
      'weir.json: dns_family: found "ipv5", wanted auto, ipv4, ipv6 or both',
    ],
  },
  {
    name: "families where the URL has none, or its own",
    file: {
      upstreams: [
        { url: "a:1", dns_family: "both" },
        { url: "dns4+a:1", dns_family: "ipv4" },
        { url: "dns6+a:1", dns_family: "auto" },
      ],
    },
    problems: [
      "weir.json: upstreams[0].dns_family: found no dns+ in the URL, wanted dns+",
      "weir.json: upstreams[1].dns_family: found dns4+ in the URL, wanted dns+",
      "weir.json: upstreams[2].dns_family: found dns6+ in the URL, wanted dns+",
    ],
  },
  {
    name: "a list of no upstreams",
    file: { upstreams: [] },
    problems: ["weir.json: upstreams: found an empty list, wanted at least one upstream"],
  },
  {
    name: "upstreams that are no list",
    file: { upstreams: "a:1" },
    problems: ['weir.json: upstreams: found "a:1", wanted a list'],
  },
  {
    name: "both forms in the file",
    file: { ...TWO, upstream_url: "a:1" },
    problems: [
      "weir.json: upstreams: cannot be combined with upstream_url, it holds every upstream",
    ],
  },
  {
    name: "upstreams and metrics_url in the file",
    file: { ...TWO, metrics_url: "a:1" },
    problems: [
      "weir.json: upstreams: cannot be combined with metrics_url, it holds every upstream",
    ],
  },
  {
    name: "several flags, some of them wrong",
    file: { upstreams: ["${A}"] },
    env: { A: "a:1" },
    flags: { upstream: ["x y", "a:1", "dns+http:/x"] },
    problems: [
      '--upstream: found "x y", wanted an http:// or https:// URL, or unix:PATH',
      '--upstream: found "dns+http:/x", wanted an http:// or https:// URL, or unix:PATH',
    ],
  },
  {
    name: "the demo with upstreams of the file",
    file: TWO,
    flags: { demo: true },
    problems: ["--demo: cannot be combined with an upstream (weir.json: upstreams)"],
  },
  {
    name: "the demo with upstreams of flags",
    flags: { demo: true, upstream: ["a:1", "b:1"] },
    problems: ["--demo: cannot be combined with an upstream (--upstream)"],
  },
  {
    name: "unreadable lines that would pass to several upstreams",
    file: { ...TWO, scrape: { on_unreadable: "pass" } },
    problems: [
      'weir.json: scrape.on_unreadable: found "pass" with 2 upstreams, wanted drop or fail: ' +
      "the line would make the whole response unreadable",
    ],
  },
  {
    name: "unreadable lines that would pass, by a flag",
    flags: { upstream: "dns+a:1/m", "on-unreadable": "pass" },
    problems: [
      '--on-unreadable: found "pass" with an upstream with dns+, wanted drop or fail: ' +
      "the line would make the whole response unreadable",
    ],
  },
  {
    name: "unreadable lines that would pass where counters go on",
    file: { upstream_url: "a:1/m", counters: "monotonic", scrape: { on_unreadable: "pass" } },
    problems: [
      'weir.json: scrape.on_unreadable: found "pass" with counters: monotonic, wanted drop or ' +
      "fail: the line would make the whole response unreadable",
    ],
  },
  {
    name: "forwarding to several upstreams",
    file: { ...TWO, passthrough: true },
    problems: [`weir.json: passthrough: found true with 2 upstreams, ${FORWARD_WANTED}`],
  },
  {
    name: "forwarding to every address",
    flags: { upstream: "dns+a:1/m", passthrough: true },
    problems: [`--passthrough: found true with an upstream with dns+, ${FORWARD_WANTED}`],
  },
  {
    name: "forwarding to an upstream with labels",
    file: { upstreams: [{ url: "a:1", labels: { a: "b" } }] },
    env: { WEIR_PASSTHROUGH: "1" },
    problems: [`WEIR_PASSTHROUGH: found true with an upstream with labels, ${FORWARD_WANTED}`],
  },
  {
    name: "values of a gateway's keys",
    file: {
      ...TWO,
      scrape: { concurrency: 4097 },
      on_target_error: "truncate",
      target_metrics: "yes",
      target_label: "le",
      target_ttl: 0,
      counters: "sum",
      state_file: "",
      shard: "4/4",
      coalesce: 1,
      min_scrape_interval: "25h",
      subset_timestamps: null,
      subset_max_age: "0s",
    },
    problems: [
      'weir.json: on_target_error: found "truncate", wanted fail or partial',
      'weir.json: target_metrics: found "yes", wanted true or false',
      `weir.json: target_label: found "le", ${LABEL_WANTED}`,
      `weir.json: target_ttl: found 0, ${DURATION_WANTED}`,
      'weir.json: counters: found "sum", wanted monotonic or raw',
      'weir.json: state_file: found "", wanted the path of a file to keep counters in',
      `weir.json: shard: found "4/4", ${SHARD_WANTED}`,
      "weir.json: coalesce: found 1, wanted true or false",
      'weir.json: min_scrape_interval: found "25h", ' +
      "wanted a duration, at most 24h, like 10s (0 means no interval)",
      "weir.json: scrape.concurrency: found 4097, wanted an integer from 1 to 4096",
      "weir.json: subset_timestamps: found null, wanted true or false",
      `weir.json: subset_max_age: found "0s", ${DURATION_WANTED}`,
    ],
  },
  {
    name: "values of a gateway's flags",
    flags: { "target-metrics": "on", concurrency: "0", "subset-timestamps": "no", shard: "a/2" },
    problems: [
      '--target-metrics: found "on", wanted true or false',
      `--shard: found "a/2", ${SHARD_WANTED}`,
      "--concurrency: found 0, wanted an integer from 1 to 4096",
      '--subset-timestamps: found "no", wanted true or false',
    ],
  },
  {
    name: "a shard of a pod without a name",
    flags: { shard: "auto/4" },
    problems: [
      "--shard: found no POD_NAME in the environment, wanted one that ends in an ordinal (weir-0)",
    ],
  },
  {
    name: "a shard of a pod without an ordinal",
    file: { ...TWO, shard: "auto/4" },
    env: { POD_NAME: "weir-6f7c9" },
    problems: [
      'weir.json: shard: found POD_NAME "weir-6f7c9" in the environment, ' +
      "wanted one that ends in an ordinal (weir-0)",
    ],
  },
  {
    name: "a shard of a pod beyond the last",
    file: { ...TWO, shard: "auto/4" },
    env: { POD_NAME: "weir-4" },
    problems: [`weir.json: shard: found "weir-4/4", ${SHARD_WANTED}`],
  },
  {
    name: "subsets, in Prometheus's words and with their place",
    file: {
      ...TWO,
      subsets: {
        requests: [{ action: "keep" }, null, { action: {} }, { action: "dorp" }],
        "a/b": [{ action: "dorp" }],
        ".": [],
        few: { action: "keep" },
      },
    },
    problems: [
      "weir.json: subsets.requests[1]: empty or null metric relabeling rule",
      "weir.json: subsets.requests[2].action: found a map, wanted a string",
      'weir.json: subsets.requests[3].action: unknown relabel action "dorp" (did you mean "drop"?)',
      `weir.json: subsets.a/b: found the subset name "a/b", ${SUBSET_WANTED}`,
      `weir.json: subsets..: found the subset name ".", ${SUBSET_WANTED}`,
      "weir.json: subsets.few: found a map, wanted a list of rules",
    ],
  },
  {
    name: "subsets that are no map",
    file: { ...TWO, subsets: [{ action: "keep" }] },
    problems: ["weir.json: subsets: found a list, wanted a map of names and lists of rules"],
  },
];

for (const { name, problems, ...input } of BAD) {
  test(`refuses ${name}`, async () => {
    const error = await loadJson(input).then(() => undefined, (thrown) => thrown);
    deepEqual(error instanceof ConfigError ? sentences(error) : error, problems);
  });
}
