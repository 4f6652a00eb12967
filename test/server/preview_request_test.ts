import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { expositions, samplesOf } from "../support/e2e/expositions.ts";
import { RULE_SETS } from "../support/e2e/relabel_rule_sets.ts";
import { previewInit, servedApp, textUpstream } from "../support/server/served_app.ts";
import { usedBy } from "../support/usage/used.ts";

const SCRAPE = `# TYPE a counter
a{path="/x",code="200"} 1
a{path="/y",code="200"} 2
b 3
`;
const PATH = "/analyze/preview";

/** What is posted, and the problems that are found. */
const REFUSED: readonly (readonly [name: string, body: unknown, problems: unknown])[] = [
  [
    "an unknown action",
    { relabel: "# a\n- action: keep\n  source_labels: [a]\n- action: dorp\n" },
    [{
      message:
        'metric_relabel_configs[1].action: unknown relabel action "dorp" (did you mean "drop"?)',
      of: "rules",
      line: 4,
      column: 3,
    }],
  ],
  ["an unknown key", { relabel: "metric_relabel_configs:\n- action: labeldrop\n  regx: a\n" }, [{
    message: 'metric_relabel_configs[0].regx: unknown key (did you mean "regex"?)',
    of: "rules",
    line: 3,
    column: 3,
  }]],
  ["a bad pattern in a list in one line", { relabel: '[{action: labeldrop,\n regex: "("}]' }, [{
    message: 'metric_relabel_configs[0].regex: error parsing regexp: missing closing ): "("',
    of: "rules",
    line: 2,
    column: 2,
  }]],
  [
    "a label's name",
    { relabel: "x:\n- source_labels:\n  - a\n  - [b]\n" },
    [
      {
        message: 'found "x", wanted the key metric_relabel_configs',
        of: "rules",
        line: 1,
        column: 1,
      },
      {
        message: "x[0].source_labels[1]: found a list, wanted a label name",
        of: "rules",
        line: 4,
        column: 5,
      },
      {
        message: "x[0]: relabel configuration for replace action requires 'target_label' value",
        of: "rules",
        line: 2,
        column: 3,
      },
    ].slice(0, 2),
  ],
  ["a bad subset", {
    relabel: "metric_relabel_configs: []\nsome:\n- action: labeldrop\n  regex: [a]\n",
  }, [{
    message: "some[0].regex: found a list, wanted a string",
    of: "rules",
    line: 4,
    column: 3,
  }]],
  ["no YAML", { relabel: "a: 1\nb: [\n" }, undefined],
  ["a number", { relabel: "3" }, [{
    message: "found a number, wanted a map with the key metric_relabel_configs, or a list of rules",
    of: "rules",
    line: 1,
    column: 1,
  }]],
  ["a policy without keep", {
    policies:
      '{"policies": [\n{"id": "a", "name": "A",\n "metric": {"match": [{"metric_field": "name", "exact": "b"}]}}]}',
  }, [{
    message: "policies[0]: metric: missing keep",
    of: "policies",
    line: 3,
    column: 2,
  }]],
  ["policies that are none", { policies: "[1]" }, [{
    message: "policies[0]: not an object",
    of: "policies",
    line: 1,
    column: 2,
  }]],
  ["a sample that is none", { sample: "a{" }, [{
    message: `sample: found "a{", wanted a sample's line`,
  }]],
  ["an unknown key of the request", { relabell: "" }, [{ message: "unknown key relabell" }]],
  ["a wrong type", { relabel: 1 }, [{ message: "relabel: wanted a string" }]],
  ["no JSON", "{", [{ message: "the request is not valid JSON" }]],
];

for (const [name, body, problems] of REFUSED) {
  test(`a preview of ${name} tells what is wrong, and on which line`, async () => {
    const app = await servedApp({ upstream: SCRAPE });
    const answer = await app.request(PATH, previewInit(body));
    equal(answer.status, 400);
    const found = (await answer.json()).problems;
    if (problems !== undefined) deepEqual(found, problems);
    else {
      equal(found.length, 1);
      deepEqual(found, [{
        message: "not valid YAML: found a list in brackets that does not end, " +
          'wanted "]", and its lines indented further than its key',
        of: "rules",
        line: 3,
        column: 1,
      }]);
    }
  });
}

test("a preview says what rules make of the scrape, and follows a sample", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  const answer = await app.request(
    PATH,
    previewInit({
      relabel:
        "- action: labeldrop\n  regex: path\n- action: drop\n  source_labels: [nothing]\n  regex: a\n",
      sample: 'a{path="/z",code="200"} 7\n',
    }),
  );
  equal(answer.status, 200);
  const { preview, explained, warnings } = await answer.json();
  deepEqual([preview.before, preview.after], [
    { samples: 3, series: 3, bytes: 73 },
    { samples: 2, series: 2, bytes: 37 },
  ]);
  deepEqual(
    preview.rules.map(({ changed, dropped }: Record<string, number>) => [changed, dropped]),
    [
      [2, 0],
      [0, 0],
    ],
  );
  deepEqual([explained.type, explained.out], ["counter", 'a{code="200"} 7']);
  deepEqual(warnings, []);
});

test("lints stand at their lines", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  const relabel =
    "metric_relabel_configs:\n- action: labeldrop\n  regex: a\n\n- {action: labeldrop, regex: __name__}\n";
  const { warnings } = await (await app.request(PATH, previewInit({ relabel }))).json();
  deepEqual(warnings.map(({ line }: { line: number }) => line), [5]);
});

test("what is left out is what is in force", async () => {
  const policies = [{
    id: "p",
    name: "P",
    metric: { match: [{ metric_field: "name", exact: "b" }], keep: false },
  }];
  const config = { metric_relabel_configs: [{ action: "labeldrop", regex: "path" }] };
  const app = await servedApp({ upstream: SCRAPE, policies, config });
  const series = async (draft: unknown) => {
    const answer = await app.request(PATH, previewInit(draft));
    return (await answer.json()).preview.after.series;
  };
  const metrics = await (await app.request("/metrics")).text();
  equal(samplesOf(metrics).length, 1);
  deepEqual(
    [
      await series({}),
      await series({ relabel: "" }),
      await series({ policies: "" }),
      await series({ relabel: "[]", policies: "[]" }),
    ],
    [1, 2, 2, 3],
  );
});

for (const { name, text } of expositions) {
  test(`the after-figures on ${name} are those of /metrics with these rules`, async () => {
    const before = await servedApp({ upstream: text });
    for (const [set, rules] of Object.entries(RULE_SETS)) {
      const draft = { relabel: JSON.stringify(rules) };
      const { preview } = await (await before.request(PATH, previewInit(draft))).json();
      const app = await servedApp({ upstream: text, config: { metric_relabel_configs: rules } });
      const metrics = await (await app.request("/metrics")).text();
      deepEqual(
        [preview.after.series, preview.after.bytes],
        [samplesOf(metrics).length, new TextEncoder().encode(metrics).length],
        set,
      );
    }
  });
}

test("previews are for whoever may have them", async () => {
  const off = await servedApp({ upstream: SCRAPE, config: { listen_address: "0.0.0.0" } });
  const refused = await off.request(PATH, previewInit({}));
  equal(refused.status, 403);
  match((await refused.json()).problems[0].message, /set web\.preview to true$/);
  match((await (await off.request("/analyze/rules")).json()).previewOff, /web\.preview/);
  const on = await servedApp({
    upstream: SCRAPE,
    config: { listen_address: "0.0.0.0", web: { preview: true } },
  });
  equal((await on.request(PATH, previewInit({}))).status, 200);
  const never = await servedApp({ upstream: SCRAPE, config: { web: { preview: false } } });
  equal((await never.request(PATH, previewInit({}))).status, 403);
});

/** Headers of a request beside a right one's, and the status. */
const SENT: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
  [{ "sec-fetch-site": "same-origin", origin: "http://weir.test", host: "weir.test" }, 200],
  [{ "sec-fetch-site": "none" }, 200],
  [{ "sec-fetch-site": "cross-site" }, 403],
  [{ "sec-fetch-site": "same-site" }, 403],
  [{ origin: "http://evil.test", host: "weir.test" }, 403],
  [{ origin: "null", host: "weir.test" }, 403],
  [{ "content-type": "text/plain" }, 415],
  [{ "content-type": "application/x-www-form-urlencoded" }, 415],
  [{ "content-type": "application/json; charset=utf-8" }, 200],
];

test("no page of another site can post a preview", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  for (const [headers, status] of SENT) {
    const answer = await app.request(PATH, previewInit({}, headers));
    equal(answer.status, status, JSON.stringify(headers));
  }
});

const rule = (regex: string) => `- {action: drop, source_labels: [a], regex: '${regex}'}\n`;
const regexPolicy = (regex: string) =>
  JSON.stringify([{
    id: "p",
    name: "P",
    metric: { match: [{ metric_field: "name", regex }], keep: false },
  }]);

/** Drafts that would take long to read, compile or match, and what is said of them. */
const BEYOND: readonly (readonly [name: string, draft: object, of: string, found: string])[] = [
  ["rules of 64 KiB", { relabel: `#${" ".repeat(65_536)}` }, "rules", "65537 bytes, wanted 65536"],
  [
    "policies of 64 KiB",
    { policies: `#${"\u00e4".repeat(32_768)}` },
    "policies",
    "65537 bytes, wanted 65536",
  ],
  [
    "a sample of 64 KiB",
    { sample: `a{b="${"x".repeat(65_536)}"} 1` },
    "sample",
    "65545 bytes, wanted 65536",
  ],
  [
    "many rules",
    { relabel: "- {action: drop, regex: a}\n".repeat(1_001) },
    "rules",
    "1001 rules, wanted 1000",
  ],
  [
    "many rules of subsets",
    {
      relabel: `metric_relabel_configs:\n${"- {action: drop, regex: a}\n".repeat(600)}x:\n${
        "- {action: drop, regex: a}\n".repeat(401)
      }`,
    },
    "rules",
    "1001 rules, wanted 1000",
  ],
  [
    "a repetition of a repetition",
    { relabel: rule("(a{1,1000}){1,1000}") },
    "rules",
    "1001000 instructions of regexes, wanted 100000",
  ],
  [
    "a repeated class",
    { relabel: rule(String.raw`[\pL\pN]{500}`) },
    "rules",
    "104000 instructions of regexes, wanted 100000",
  ],
  [
    "many repetitions",
    { relabel: rule("a{1000}").repeat(101) },
    "rules",
    "101000 instructions of regexes, wanted 100000",
  ],
  [
    "a repetition in a policy",
    { policies: regexPolicy(String.raw`\pL{1001}`) },
    "policies",
    "100100 instructions of regexes, wanted 100000",
  ],
  [
    "a repetition in a policy in YAML",
    { policies: String.raw`policies: [{id: p, metric: {match: [{regex: "(a{1000}){101}"}]}}]` },
    "policies",
    "101101 instructions of regexes, wanted 100000",
  ],
];

for (const path of [PATH, "/analyze/files"]) {
  for (const [name, draft, of, found] of BEYOND) {
    test(`${path} refuses ${name}, before the upstream is asked`, async () => {
      let asked = 0;
      const app = await servedApp({
        upstream: (request) => {
          asked++;
          return textUpstream(SCRAPE)(request);
        },
      });
      const answer = await app.request(path, previewInit(draft));
      deepEqual([answer.status, await answer.json(), asked], [
        413,
        { problems: [{ message: `found ${found} at most`, of }] },
        0,
      ]);
    });
  }
}

test("a draft at its bounds is previewed", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  const drafts = [
    { relabel: rule("a").repeat(1_000) },
    { relabel: rule("a{1000}").repeat(100) },
    { policies: regexPolicy("a{1000}") },
  ];
  for (const draft of drafts) equal((await app.request(PATH, previewInit(draft))).status, 200);
});

test("of many problems the first hundred are told", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  const answer = await app.request(PATH, previewInit({ relabel: `[${"a,".repeat(5_000)}]` }));
  const { problems } = await answer.json();
  deepEqual([answer.status, problems.length], [400, 101]);
  deepEqual(problems[99], {
    message: "metric_relabel_configs[99]: found a string, wanted a map of keys",
    of: "rules",
    line: 1,
    column: 200,
  });
  deepEqual(problems[100], { message: "and 4900 more", of: "rules" });
});

test("only POST, and no more than 256 KiB", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
    const answer = await app.request(PATH, { method });
    deepEqual([answer.status, answer.headers.get("allow")], [405, "POST"], method);
  }
  const large = await app.request(PATH, previewInit({ relabel: " ".repeat(256 * 1024) }));
  equal(large.status, 413);
});

const USED_SCRAPE = '# TYPE a_total counter\na_total{path="/x",code="200"} 1\n' +
  'a_total{path="/y",code="200"} 2\n# TYPE b gauge\nb 3\n';

test("with uses it says what a draft takes away, and what may go", async () => {
  const app = await servedApp({ upstream: USED_SCRAPE });
  const relabel = "[{action: labeldrop, regex: path}, {action: labeldrop, regex: code}]";
  const draft = { relabel, used: usedBy(["sum by (code) (a_total)", "sum(b"]) };
  const { usage, preview, warnings } = await (await app.request(PATH, previewInit(draft))).json();
  deepEqual(warnings, [{
    message:
      "metric_relabel_configs[1]: it takes the label code from a_total (2 series), read by " +
      "alert A0 (shop)",
    of: "rules",
    line: 1,
    column: 36,
  }]);
  equal(preview.after.series, 2);
  deepEqual(usage.taken, [{
    place: "rules: metric_relabel_configs[1]",
    rule: 1,
    what: "takes the label code from",
    selector: "a_total",
    labels: "code",
    series: 2,
    readers: ["alert A0 (shop)"],
  }]);
  deepEqual([usage.more, usage.unread], [0, 1]);
  deepEqual(usage.recommendations.map(({ summary }: { summary: string }) => summary), [
    "labeldrop path, which no query needs: 3 → 2 series, 106 B → 64 B",
  ]);
  const without = await (await app.request(PATH, previewInit({ relabel }))).json();
  equal("usage" in without, false);
});

const WRONG_USES: readonly (readonly [used: unknown, status: number, message: RegExp])[] = [
  ["", 400, /^used: wanted an object$/],
  [{}, 400, /^used: version: is missing$/],
  [{ ...usedBy([]), uses: [{}] }, 400, /^used: uses\.0\.matchers: is missing$/],
  [
    {
      ...usedBy([]),
      uses: [{
        matchers: [{ label: "a", op: "=~", value: "(" }],
        needs: { kind: "only", labels: [] },
        where: [],
      }],
    },
    400,
    /^used: .*missing closing \)/,
  ],
  [
    { ...usedBy([]), unread: Array(5001).fill(usedBy(["("]).unread[0]) },
    400,
    /^used: found 5001 uses, wanted 5000/,
  ],
  [{ ...usedBy([]), more: "x".repeat(1 << 20) }, 413, /wanted 1048576 bytes at most$/],
];

test("what is no document of uses, or too large, is refused", async () => {
  const app = await servedApp({ upstream: USED_SCRAPE });
  for (const [used, status, message] of WRONG_USES) {
    const answer = await app.request(PATH, previewInit({ used }));
    equal(answer.status, status, String(message));
    match((await answer.json()).problems[0].message, message);
  }
});

test("what takes too long to compare is refused", async () => {
  const upstream = Array.from({ length: 3_000 }, (_, index) => `m${index} 1\n`).join("");
  const app = await servedApp({ upstream });
  const uses = Array.from({ length: 5_000 }, (_, index) => ({
    matchers: [{ label: "__name__", op: "=", value: `n${index}` }],
    needs: { kind: "only", labels: [] },
    where: [],
  }));
  const answer = await app.request(PATH, previewInit({ used: { ...usedBy([]), uses } }));
  equal(answer.status, 400);
  deepEqual((await answer.json()).problems, [{
    message: "used: there are too many uses for so many series: run weir check --used",
  }]);
  const few = await app.request(PATH, previewInit({ used: { ...usedBy([]), uses: [] } }));
  equal((await few.json()).usage.recommendations[0].after.series, 2_950);
});
