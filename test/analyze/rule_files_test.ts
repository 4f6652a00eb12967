import { deepEqual, equal, match } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { ruleFiles } from "../../src/analyze/rule_files.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";
import { RELABEL_ACTIONS } from "../../src/relabel/actions.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";

const RULES = `# Ours: "why" stays.
metric_relabel_configs:
- action: drop
  source_labels: [__name__, path]   # a comment
  regex: 'http_requests_total;/(?:a|b)\\.c'
- source_labels: [a, b]
  separator: "|"
  regex: (.+)
  target_label: c
  replacement: "$1: x"
- {action: hashmod, source_labels: [pod], modulus: 8, target_label: shard}
- {action: labelmap, regex: k8s_(.+)}
- {action: labeldrop, regex: pod}
- {action: labelkeep, regex: "__name__|c|path|on"}
- {action: lowercase, source_labels: [c], target_label: c}
- {action: uppercase, source_labels: [c], target_label: c}
- {action: keepequal, source_labels: [c], target_label: d}
- {action: dropequal, source_labels: [c], target_label: e}
- {action: keep, source_labels: [__name__], regex: "yes"}
`;

/** As Kubernetes and Prometheus read it: YAML 1.1, in which `yes` and `on` are no texts. */
function parsed(text: string): unknown {
  return parse(text, { version: "1.1" });
}

async function rulesOf(text: string) {
  const document = await parseConfigText("rules", new TextEncoder().encode(text));
  const { main, problems } = readRelabelDocument(document, "rules");
  deepEqual(problems, []);
  return main;
}

async function filesOf(text: string) {
  const target = { scheme: "https", address: "app:8080", path: "/metrics" };
  const files = ruleFiles(text, await rulesOf(text), target);
  return new Map(files.map((file) => [file.id, file]));
}

const bare = (rules: readonly object[]) => rules.map((rule) => ({ ...rule, place: "" }));

test("every action is among the rules of these tests", async () => {
  const actions = (await rulesOf(RULES)).map(({ action }) => action);
  deepEqual(new Set(actions), new Set(RELABEL_ACTIONS));
});

test("the relabel file and the ConfigMap hold the text as it was written", async () => {
  const files = await filesOf(RULES);
  equal(files.get("relabel")!.text, RULES);
  const map = parsed(files.get("configmap")!.text!) as { data: Record<string, string> };
  equal(map.data["relabel.yaml"], RULES);
  match(files.get("configmap")!.text!, /^ {4}# Ours: "why" stays\.$/m);
});

/** Texts that a block of YAML does not hold as they are. */
const ODD: readonly (readonly [name: string, text: string])[] = [
  ["begins with a blank", "  - {action: labeldrop, regex: a}\n"],
  ["begins with an empty line", "\n- {action: labeldrop, regex: a}\n"],
  ["has a tab", "- {action: labeldrop, regex: a} #\tx\n"],
  ["has what turns directions", "- {action: labeldrop, regex: a} # \u202ex\n"],
  ["has a line separator", "- {action: labeldrop, regex: a} # \u2028x\n"],
  ["has no newline at its end", "- {action: labeldrop, regex: a}"],
  ["has Windows' newlines", "- action: labeldrop\r\n  regex: a\r\n"],
];

for (const [name, text] of ODD) {
  test(`a ConfigMap of a text that ${name}`, async () => {
    const map = parsed((await filesOf(text)).get("configmap")!.text!) as {
      data: Record<string, string>;
    };
    deepEqual(bare(await rulesOf(map.data["relabel.yaml"])), bare(await rulesOf(text)));
  });
}

test("the job has the rules that Weir has", async () => {
  const job = parsed((await filesOf(RULES)).get("job")!.text!) as {
    scrape_configs: readonly Record<string, unknown>[];
  };
  const [{ metric_relabel_configs: rules, scheme, metrics_path, static_configs }] =
    job.scrape_configs;
  deepEqual([scheme, metrics_path, static_configs], [
    "https",
    "/metrics",
    [{ targets: ["app:8080"] }],
  ]);
  const read = readRelabelDocument(rules, "job").main;
  deepEqual(bare(read), bare(await rulesOf(RULES)));
});

interface Schema {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
}

const CRDS: Readonly<Record<string, Schema>> = JSON.parse(
  readFileSync(new URL("data/monitor_crds.json", import.meta.url).pathname).toString(),
);

/** What a server that checks strictly would refuse. */
function flaws(value: unknown, schema: Schema, place: string): string[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${place}: ${value}`];
  if (Array.isArray(value)) {
    if (schema.type !== "array") return [`${place}: a list`];
    return value.flatMap((item, index) => flaws(item, schema.items!, `${place}[${index}]`));
  }
  if (typeof value === "object" && value !== null) {
    if (schema.type !== "object") return [`${place}: a map`];
    const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
    return [
      ...missing.map((key) => `${place}.${key}: missing`),
      ...Object.entries(value).flatMap(([key, inner]) => {
        const known = schema.properties?.[key] ?? schema.additionalProperties;
        return known === undefined
          ? [`${place}.${key}: unknown`]
          : flaws(inner, known, `${place}.${key}`);
      }),
    ];
  }
  const type = typeof value === "number" || typeof value === "bigint" ? "integer" : typeof value;
  if (schema.type !== type) return [`${place}: ${type}`];
  const fits = schema.pattern === undefined || new RegExp(schema.pattern).test(String(value));
  return fits ? [] : [`${place}: ${value}`];
}

for (
  const [id, kind, endpoints] of [
    ["service-monitor", "ServiceMonitor", "endpoints"],
    ["pod-monitor", "PodMonitor", "podMetricsEndpoints"],
  ] as const
) {
  test(`a ${kind} is what the operator's API takes, with the rules that Weir has`, async () => {
    const document = parsed((await filesOf(RULES)).get(id)!.text!) as {
      kind: string;
      spec: Record<string, readonly Record<string, unknown>[]>;
    };
    equal(document.kind, kind);
    deepEqual(flaws(document, CRDS[kind], kind), []);
    const [{ metricRelabelings }] = document.spec[endpoints];
    const rules = (metricRelabelings as readonly object[]).map((rule) =>
      Object.fromEntries(
        Object.entries(rule).map(([key, value]) => [
          key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          value,
        ]),
      )
    );
    deepEqual(bare(readRelabelDocument(rules, "monitor").main), bare(await rulesOf(RULES)));
  });
}

test("what a server would refuse is found", async () => {
  const text = (await filesOf(RULES)).get("service-monitor")!.text!;
  const wrong = text.replace("sourceLabels: [c]", "source_labels: [c]").replace(
    "keepequal",
    "kept",
  );
  deepEqual(flaws(parsed(wrong), CRDS.ServiceMonitor, "m"), [
    "m.spec.endpoints[0].metricRelabelings[6].source_labels: unknown",
    "m.spec.endpoints[0].metricRelabelings[8].action: kept",
  ]);
});

test("notes say what is other in Prometheus, and which names its operator refuses", async () => {
  const drops = await filesOf("- {action: drop, source_labels: [a], regex: b}\n");
  equal(drops.get("job")!.notes.length, 1);
  const changes = await filesOf(
    '- {action: labeldrop, regex: b}\n- {action: drop, source_labels: ["a.b"], regex: b}\n',
  );
  match(changes.get("job")!.notes[1], /Prometheus keeps one sample; Weir adds them up/);
  match(changes.get("pod-monitor")!.notes[2], /before UTF-8: a\.b/);
});

test("no rules are no rules everywhere", async () => {
  const files = await filesOf("metric_relabel_configs: []\n");
  match(files.get("job")!.text!, /metric_relabel_configs: \[\]\n$/);
  match(files.get("service-monitor")!.text!, /metricRelabelings: \[\]\n$/);
});
