import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { takesPath } from "../../src/config/route_path.ts";
import { printableConfig } from "../../src/config/print.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { loadJson } from "../support/config/load_json.ts";
import { sentences } from "../support/config/sentences.ts";

const ALL = { upstream_url: "http://a:1" };
const PATH_WANTED = "a path like /metrics/cadvisor, or with all below it like /metrics/*, " +
  "that is not one of Weir's own";

interface Refusal {
  readonly name: string;
  readonly file: object;
  readonly problems: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
  {
    name: "paths that are none, and Weir's own",
    file: {
      ...ALL,
      routes: [
        ..."metrics /a? /a/ / /* /metrics* /metrics/*/x /a/../b /source /source/a /-/metrics".split(
          " ",
        ),
        ..."/analyze/x /_health /_edge/tap/pre /debug/pprof/heap".split(" "),
      ].map((path) => ({ path })),
    },
    problems: [
      ..."metrics /a? /a/ / /* /metrics* /metrics/*/x /a/../b /source /source/a /-/metrics".split(
        " ",
      ),
      ..."/analyze/x /_health /_edge/tap/pre /debug/pprof/heap".split(" "),
    ].map((path, index) =>
      `weir.json: routes[${index}].path: found ${JSON.stringify(path)}, wanted ${PATH_WANTED}`
    ),
  },
  {
    name: "no path, unknown keys, a list in a map's place, and none at all",
    file: { ...ALL, routes: [{ paht: "/a" }, ["/a"]] },
    problems: [
      'weir.json: routes[0].paht: unknown key (did you mean "path"?)',
      "weir.json: routes[1]: found a list, wanted a map of a path and what is its own",
      `weir.json: routes[0].path: found nothing, wanted ${PATH_WANTED}`,
      `weir.json: routes[1].path: found nothing, wanted ${PATH_WANTED}`,
    ],
  },
  {
    name: "no routes",
    file: { ...ALL, routes: [] },
    problems: ["weir.json: routes: found an empty list, wanted at least one route"],
  },
  {
    name: "routes that an earlier one leaves nothing",
    file: { ...ALL, routes: [{ path: "/a/*" }, { path: "/a/b" }, { path: "/c" }, { path: "/c" }] },
    problems: [
      'weir.json: routes[1].path: found "/a/b", which routes[0] takes, wanted it before that',
      'weir.json: routes[3].path: found "/c", which routes[2] takes, wanted another path',
    ],
  },
  {
    name: "a route without an upstream, where there is none for all",
    file: { routes: [{ path: "/a", upstream_url: "http://a:1" }, { path: "/b" }] },
    problems: [
      "weir.json: routes[1].upstream_url: found nothing, wanted the URL of the metrics endpoint, " +
      "here or for all routes",
    ],
  },
  {
    name: "both forms of upstreams, both places of rules, and policies of nobody",
    file: {
      ...ALL,
      routes: [{
        path: "/a",
        upstream_url: "http://a:1",
        upstreams: ["http://b:1"],
        relabel_file: "r.yaml",
        metric_relabel_configs: [],
        policies: ["p"],
      }],
    },
    problems: [
      "weir.json: routes[0].upstreams: cannot be combined with upstream_url, it holds every upstream",
      "weir.json: routes[0].relabel_file: metric_relabel_configs is there too, wanted one of them",
      'weir.json: routes[0].policies[0]: found "p", wanted a policy provider to be configured',
    ],
  },
  {
    name: "rules, subsets and http_configs, with their places",
    file: {
      upstream_url: "http://a:1",
      http_config: { authorization: { credentials: "x" } },
      routes: [
        { path: "/a", metric_relabel_configs: [{ action: "dorp" }], subsets: { "a/b": [] } },
        { path: "/b", http_config: { authorization: {} } },
        { path: "/c", upstream_url: "http://u:p@a:1" },
      ],
    },
    problems: [
      "weir.json: routes[1].http_config.authorization: found neither, wanted credentials or " +
      "credentials_file",
      "weir.json: http_config.authorization: cannot be combined with a user name or password in the URL",
      'weir.json: routes[0].metric_relabel_configs[0].action: unknown relabel action "dorp" ' +
      '(did you mean "drop"?)',
      'weir.json: routes[0].subsets.a/b: found the subset name "a/b", wanted letters, digits, "_", "-" ' +
      'and "." only: it is part of a path',
    ],
  },
];

for (const { name, file, problems } of REFUSALS) {
  test(`refused: ${name}`, async () => {
    const error = await loadJson({ file }).then(() => undefined, (thrown) => thrown);
    deepEqual(sentences(error as ConfigError).sort(), [...problems].sort());
  });
}

test("what a route does not say is what the file says for all", async () => {
  const { routes, ...main } = await loadJson({
    file: {
      upstream_url: "http://a:1",
      limits: { series: 5 },
      scrape: { timeout: "3s" },
      metric_relabel_configs: [{ action: "labeldrop", regex: "${x}" }],
      policy_providers: [{ id: "p", type: "file", path: "p" }, {
        id: "q",
        type: "file",
        path: "q",
      }],
      listen: "127.0.0.1:1",
      routes: [
        { path: "/a", policies: ["q"] },
        { path: "/b", upstreams: ["http://b:1/m"], metric_relabel_configs: [], limits: {} },
        {
          path: "/c",
          upstream_url: "http://${HOST}:1",
          subsets: { s: [{ action: "drop", regex: "${y}" }] },
        },
      ],
    },
    env: { HOST: "c" },
  });
  const shown = routes.map(({ path, config }) => [
    path,
    config.upstreams.map(({ url, basePath }) => [url, basePath]),
    config.relabelConfigs.map(({ regex }) => regex),
    [...config.subsets.values()].flat().map(({ regex }) => regex),
    config.limits?.series,
    config.scrape.timeoutSeconds,
    config.policyProviders.map(({ id }) => id),
  ]);
  deepEqual(shown, [
    ["/a", [["http://a:1/", ""]], ["${x}"], [], 5, 3, ["q"]],
    ["/b", [["http://b:1/m", undefined]], [], [], undefined, 3, ["p", "q"]],
    ["/c", [["http://c:1/", ""]], [], ["${y}"], 5, 3, ["p", "q"]],
    ["/metrics", [["http://a:1/", ""]], ["${x}"], [], 5, 3, ["p", "q"]],
  ]);
  deepEqual([main.limits?.series, main.policyProviders.length], [5, 2]);
});

test("without an upstream for all the main route's stands for it", async () => {
  const routes = [
    { path: "/a", upstream_url: "http://a:1" },
    { path: "/metrics", upstream_url: "http://b:1" },
  ];
  const config = await loadJson({ file: { routes } });
  deepEqual([config.routes.length, config.upstreams[0].url], [2, "http://b:1/"]);
  const first = await loadJson({ file: { routes: [routes[0]] } });
  deepEqual([first.routes.length, first.upstreams[0].url], [1, "http://a:1/"]);
});

test("a state file is that of /metrics", async () => {
  const all = { state_file: "s", counters: "monotonic" };
  const shown = async (file: object) => {
    const { routes, warnings } = await loadJson({ file: { ...all, ...file } });
    return [routes.map(({ config }) => config.gateway?.stateFile), warnings];
  };
  deepEqual(await shown({ ...ALL, routes: [{ path: "/a" }] }), [[undefined, "s"], []]);
  deepEqual(await shown({ ...ALL, routes: [{ path: "/metrics" }, { path: "/a" }] }), [
    ["s", undefined],
    [],
  ]);
  deepEqual(await shown({ routes: [{ path: "/a", upstream_url: "http://a:1" }] }), [[undefined], [
    "has no effect without a route /metrics: state_file",
  ]]);
});

test("routes of a file in Edge's form leave it in that form", async () => {
  const { form, routes } = await loadJson({
    file: {
      upstream_url: "http://a:1/base",
      policy_providers: [],
      routes: [{ path: "/metrics/a" }, { path: "/b", upstream_url: "http://b:1/metrics" }],
    },
  });
  deepEqual([form, routes.map(({ config }) => config.upstreams[0].basePath)], [
    "edge",
    ["/base", undefined, "/base"],
  ]);
});

test("routes are printed with what is their own, and without secrets", async () => {
  const config = await loadJson({
    file: {
      ...ALL,
      routes: [{
        path: "/a",
        upstream_url: "http://u:s3cret@a:1",
        http_config: { http_headers: { "X-A": { values: ["s3cret"] } } },
      }],
    },
  });
  const { routes } = JSON.parse(JSON.stringify(printableConfig(config)));
  deepEqual(routes.map(({ path }: { path: string }) => path), ["/a", "/metrics"]);
  deepEqual([routes[0].upstreams[0].url, JSON.stringify(routes).includes("s3cret")], [
    "http://<secret>@a:1/",
    false,
  ]);
});

test("what a path takes", () => {
  const taken = (route: string, ...paths: string[]) => paths.map((path) => takesPath(route, path));
  deepEqual(taken("/metrics", "/metrics", "/metrics/", "/metrics/a"), [true, false, false]);
  deepEqual(taken("/metrics/*", "/metrics", "/metrics/", "/metrics/a/b", "/metricsa"), [
    false,
    true,
    true,
    false,
  ]);
});
