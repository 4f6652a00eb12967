/** What is in shadow, or a canary's: how it is configured, what is refused, and what check says of it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { readSettings, type Settings } from "../../src/scrape/settings.ts";
import { memoryFiles, runCheck } from "../support/cli/memory_files.ts";

const RULE = "{action: drop, source_labels: [__name__], regex: debug_.*}";
const POLICY = {
  id: "a",
  name: "a",
  metric: { match: [{ metric_field: "name", exact: "a" }], keep: false },
};

type Files = Readonly<Record<string, string>>;

function settingsOf(files: Files, env: Readonly<Record<string, string>> = {}): Promise<Settings> {
  const input = { flags: {}, env, version: "1", instanceId: "i", path: "weir.yaml" };
  return readSettings(input, memoryFiles(files));
}

const WANTED = "wanted enforce, shadow or {canary: 10%}, with a share above 0% and at most 100%";

const refused: readonly (readonly [what: string, files: Files, problem: string])[] = [
  [
    "a word that is none",
    { "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: shaddow\n" },
    `weir.yaml: relabel_mode: found "shaddow", ${WANTED}`,
  ],
  [
    "a share without a sign",
    { "weir.yaml": "upstream_url: http://a:1\nlimits: {series: 1, mode: {canary: 0.1}}\n" },
    `weir.yaml: limits.mode: found a map, ${WANTED}`,
  ],
  [
    "of a provider",
    {
      "weir.yaml": "upstream_url: http://a:1\nlisten: :1\n" +
        "policy_providers: [{id: p, type: file, path: p.json, mode: off}]\n",
    },
    `weir.yaml: policy_providers[0].mode: found "off", ${WANTED}`,
  ],
  [
    "of a route",
    {
      "weir.yaml": "upstream_url: http://a:1\nroutes: [{path: /a, relabel_mode: {canary: 0%}}]\n",
    },
    `weir.yaml: routes[0].relabel_mode: found a map, ${WANTED}`,
  ],
  [
    "a name that is empty",
    { "weir.yaml": 'upstream_url: http://a:1\ncanary_name: ""\n' },
    'weir.yaml: canary_name: found "", wanted a name, of this instance alone',
  ],
  [
    "said by the relabel file and beside it",
    {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_file: r.yaml\nrelabel_mode: enforce\n",
      "r.yaml": `metric_relabel_configs: [${RULE}]\nmode: shadow\n`,
    },
    "r.yaml: mode: relabel_mode is there too, wanted one of them",
  ],
  [
    "said by the relabel file of all, and by a route",
    {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_file: r.yaml\n" +
        "routes: [{path: /b}, {path: /a, relabel_mode: shadow}]\n",
      "r.yaml": `metric_relabel_configs: [${RULE}]\nmode: shadow\n`,
    },
    "r.yaml: mode: relabel_mode is there too, wanted one of them",
  ],
];

for (const [what, files, problem] of refused) {
  test(`refused: ${what}`, async () => {
    const { status, stderr } = await runCheck("weir.yaml", files);
    // Where in the file is told by tests of positions.
    const told = stderr.map((line) => line.replace(/^([\w.]+):\d+:\d+:/, "$1:"));
    deepEqual([status, told.join("\n")], [2, problem]);
  });
}

interface Parts {
  readonly what: string;
  readonly files: Files;
  readonly env?: Readonly<Record<string, string>>;
  /** Of each route: rules and limits as they are configured, and those of the answer. */
  readonly routes: readonly (readonly [rules: number, enforced: number, limited: boolean])[];
  /** Parts that have a mode. */
  readonly rollout: readonly string[];
}

const read: readonly Parts[] = [
  {
    what: "nothing",
    files: { "weir.yaml": `upstream_url: http://a:1\nmetric_relabel_configs: [${RULE}]\n` },
    routes: [[1, 1, false]],
    rollout: [],
  },
  {
    what: "rules in shadow, and a limit that is in force",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: shadow\nlimits: {series: 9}\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    routes: [[1, 0, true]],
    rollout: ["metric_relabel_configs shadow"],
  },
  {
    what: "a limit in shadow",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nlimits: {series: 9, mode: shadow}\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    routes: [[1, 1, false]],
    rollout: ["limits shadow"],
  },
  {
    what: "modes of what is not there",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: shadow\nlimits: {mode: shadow}\n",
    },
    routes: [[0, 0, false]],
    rollout: [],
  },
  {
    what: "a relabel file that says it",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_file: r.yaml\n",
      "r.yaml": `metric_relabel_configs: [${RULE}]\nmode: shadow\n`,
    },
    routes: [[1, 0, false]],
    rollout: ["metric_relabel_configs shadow"],
  },
  {
    what: "routes: what is said for all, and one that says otherwise",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: shadow\n" +
        `metric_relabel_configs: [${RULE}]\n` +
        "routes: [{path: /a}, {path: /b, relabel_mode: enforce}, " +
        `{path: /c, metric_relabel_configs: [${RULE}, ${RULE}]}]\n`,
    },
    routes: [[1, 0, false], [1, 1, false], [2, 0, false], [1, 0, false]],
    rollout: Array(3).fill("metric_relabel_configs shadow"),
  },
  {
    what: "the environment, which goes before the file",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: enforce\nlimits: {series: 9}\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    env: { WEIR_RELABEL_MODE: "shadow", WEIR_LIMITS_MODE: "shadow" },
    routes: [[1, 0, false]],
    rollout: ["metric_relabel_configs shadow", "limits shadow"],
  },
  {
    what: "a gateway",
    files: {
      "weir.yaml": "upstreams: [http://a:1, http://b:1]\nrelabel_mode: shadow\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    routes: [[1, 0, false]],
    rollout: ["metric_relabel_configs shadow"],
  },
  {
    what: "a canary, by the pod's name",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: {canary: 10%}\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    env: { POD_NAME: "weir-5", HOSTNAME: "weir-6" },
    routes: [[1, 1, false]],
    rollout: ["metric_relabel_configs enforce"],
  },
  {
    what: "a canary, by the host's",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: {canary: 10%}\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    env: { HOSTNAME: "weir-6" },
    routes: [[1, 0, false]],
    rollout: ["metric_relabel_configs shadow"],
  },
  {
    what: "a canary, by a name that is configured",
    files: {
      "weir.yaml": "upstream_url: http://a:1\nrelabel_mode: {canary: 10%}\ncanary_name: ${NODE}\n" +
        `metric_relabel_configs: [${RULE}]\n`,
    },
    env: { POD_NAME: "weir-6", NODE: "weir-7" },
    routes: [[1, 1, false]],
    rollout: ["metric_relabel_configs enforce"],
  },
];

for (const { what, files, env, routes, rollout } of read) {
  test(`read: ${what}`, async () => {
    const settings = await settingsOf(files, env);
    deepEqual(
      settings.routes.map(({ rules, enforced }) => [
        rules?.rules?.rules.length ?? 0,
        enforced.rules?.rules?.rules.length ?? 0,
        enforced.rules?.limits !== undefined,
      ]),
      routes,
    );
    deepEqual(
      settings.routes.flatMap(({ rollout }) =>
        rollout.map(({ part, isEnforced }) => `${part} ${isEnforced ? "enforce" : "shadow"}`)
      ),
      rollout,
    );
  });
}

test("where nothing is in shadow the answer's rules are those that are configured", async () => {
  const text = `upstream_url: http://a:1\nmetric_relabel_configs: [${RULE}]\nsubsets: {s: []}\n`;
  const [{ rules, subsets, enforced }] = (await settingsOf({ "weir.yaml": text })).routes;
  ok(rules === enforced.rules);
  ok(subsets === enforced.subsets);
});

test("subsets keep their rules, and have no limit that is in shadow", async () => {
  const text =
    "upstream_url: http://a:1\nrelabel_mode: shadow\nlimits: {series: 1, mode: shadow}\n" +
    `metric_relabel_configs: [${RULE}]\nsubsets: {s: [${RULE}]}\n`;
  const [{ subsets, enforced }] = (await settingsOf({ "weir.yaml": text })).routes;
  equal(subsets.get("s")!.limits?.series, 1);
  equal(enforced.subsets.get("s")!.limits, undefined);
  equal(enforced.subsets.get("s")!.rules?.rules.length, 1);
});

const ALL: Files = {
  "weir.yaml": "listen: 127.0.0.1:1\nupstream_url: http://a:1\ncanary_name: weir-6\n" +
    "relabel_mode: {canary: 10%}\nlimits: {series: 9, mode: shadow}\n" +
    `metric_relabel_configs: [${RULE}]\n` +
    "policy_providers: [{id: p, type: file, path: p.json, mode: {canary: 100%}}]\n",
  "p.json": JSON.stringify([{ ...POLICY, mode: "shadow" }]),
};

test("check says what has a mode, and what a canary decides", async () => {
  const { status, stdout } = await runCheck("weir.yaml", ALL);
  equal(status, 0);
  deepEqual(
    stdout.filter((line) => line.startsWith("mode of")).map((line) => line.split(/ {2,}/)),
    [
      ["mode of metric_relabel_configs", "canary 10%: in shadow in weir-6"],
      ["mode of limits", "shadow"],
      ["mode of policies:p", "canary 100%: enforced in weir-6"],
      ["mode of policy:a", "shadow"],
    ],
  );
});

test("check says the same as JSON", async () => {
  const { stdout } = await runCheck("weir.yaml --json", ALL);
  deepEqual(JSON.parse(stdout.join("\n")).rollout, {
    canary_name: "weir-6",
    parts: [
      { part: "metric_relabel_configs", mode: "canary 10%", in_force: "shadow" },
      { part: "limits", mode: "shadow", in_force: "shadow" },
      { part: "policies:p", mode: "canary 100%", in_force: "enforce" },
      { part: "policy:a", mode: "shadow", in_force: "shadow" },
    ],
  });
});

test("check says where a canary cannot choose", async () => {
  const text = "upstream_url: http://a:1\nrelabel_mode: {canary: 10%}\n" +
    `metric_relabel_configs: [${RULE}]\n`;
  const { status, stdout } = await runCheck("weir.yaml", { "weir.yaml": text });
  equal(status, 0);
  const warning = stdout.find((line) => line.startsWith("warning: canary"));
  match(warning!, /neither canary_name nor POD_NAME nor HOSTNAME, so this instance is in none$/);
});

test("check of a sample scrape looks at rules in shadow as at others", async () => {
  const text = "upstream_url: http://a:1\nrelabel_mode: shadow\n" +
    "metric_relabel_configs: [{action: labeldrop, regex: path}]\n";
  const { stdout } = await runCheck("weir.yaml --scrape s.prom", {
    "weir.yaml": text,
    "s.prom": '# TYPE g gauge\ng{path="/a"} 1\ng{path="/b"} 2\n',
  });
  match(stdout.join("\n"), /\[0\]: it makes gauges collide/);
});
