import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { runCases } from "../../scripts/policy_conformance.ts";

const suite = resolve(import.meta.dirname!, "../../../shared/data/policy-conformance");
const missing = !existsSync(suite);

test("the public conformance cases pass", {
  skip: missing && process.env.CI !== "true" ? `no cases at ${suite}` : false,
}, async () => {
  const results = await runCases(suite);
  assert.ok(results.length >= 19, `${results.length} cases`);
  const failed = results.filter((result) => result.outcome !== "PASS");
  assert.deepEqual(failed, []);
});

const point = (source: string) => ({
  attributes: [{ key: "source", value: { stringValue: source } }],
  timeUnixNano: "5",
  asDouble: 0,
});

function metrics(...list: unknown[]): unknown {
  return {
    resourceMetrics: [{
      resource: { attributes: [] },
      scopeMetrics: [{ scope: { name: "lib" }, metrics: list }],
    }],
  };
}

const DROP_A = {
  policies: [
    {
      id: "drop",
      name: "d",
      metric: { match: [{ datapoint_attribute: "source", exact: "a" }], keep: false },
    },
    { id: "logs", name: "l", log: { match: [], keep: "none" } },
  ],
};

interface RunnerCase {
  readonly name: string;
  readonly files: Record<string, unknown>;
  readonly outcome: string;
  readonly difference?: string;
}

const runnerCases: RunnerCase[] = [
  {
    name: "points are dropped and counted one by one, and a metric goes with its last",
    files: {
      "policies.json": DROP_A,
      "input.json": metrics(
        { name: "both", gauge: { dataPoints: [point("a"), point("b")] } },
        { name: "gone", sum: { dataPoints: [point("a"), point("a")] } },
      ),
      "expected.json": metrics({ name: "both", gauge: { dataPoints: [point("b")] } }),
      "expected_stats.json": { policies: [{ policy_id: "drop", hits: "3", errors: [] }] },
      "expected_volume.json": { any: "thing" },
      "notes.txt": "more files do not matter",
    },
    outcome: "PASS",
  },
  {
    name: "a wrong result says where it differs",
    files: {
      "policies.json": DROP_A,
      "input.json": metrics({ name: "m", gauge: { dataPoints: [point("b")] } }),
      "expected.json": metrics({ name: "n", gauge: { dataPoints: [point("b")] } }),
      "expected_stats.json": { policies: [{ policy_id: "drop", hits: 1 }] },
    },
    outcome: "FAIL",
    difference: "input.json: .resourceMetrics.0.scopeMetrics.0.metrics.0.name: " +
      'found "m", wanted "n"; stats: .: found undefined, wanted {"drop":{"hits":1}}',
  },
  {
    name: "wrong errors and misses are found",
    files: {
      "policies.json": { policies: [{ id: "bad", name: "b" }] },
      "input.json": metrics({ name: "m", gauge: { dataPoints: [point("b")] } }),
      "expected.json": metrics({ name: "m", gauge: { dataPoints: [point("b")] } }),
      "expected_stats.json": { policies: [{ policy_id: "bad", misses: 1, errors: ["other"] }] },
    },
    outcome: "FAIL",
    difference: 'stats: .bad.errors.0: found "no target", wanted "other"',
  },
  {
    name: "batches are summed, and those of other signals left out",
    files: {
      "policies.json": DROP_A,
      "input_1.json": { resourceLogs: [] },
      "expected_1.json": { resourceLogs: ["not looked at"] },
      "input_2.json": metrics({ name: "m", gauge: { dataPoints: [point("a")] } }),
      "expected_2.json": {},
      "input_10.json": metrics({ name: "m", summary: { dataPoints: [point("a")] } }),
      "expected_10.json": { resourceMetrics: [] },
      "expected_stats.json": {
        policies: [{ policy_id: "drop", hits: 2, misses: 0 }, { policy_id: "logs", hits: 5 }],
      },
    },
    outcome: "PASS",
  },
  {
    name: "no batch of metrics",
    files: { "policies.json": DROP_A, "input.json": { resourceSpans: [] }, "expected.json": {} },
    outcome: "SKIP",
  },
  {
    name: "what cannot be read fails",
    files: { "policies.json": 7, "input.json": metrics(), "expected.json": {} },
    outcome: "FAIL",
    difference:
      'ConfigError: policies.json:1:1: found number, wanted {"policies": [...]}, a list or one policy',
  },
];

for (const { name, files, outcome, difference = "" } of runnerCases) {
  test(`runner: ${name}`, async () => {
    const dir = mkdtempSync(join(tmpdir(), "weir-conformance-"));
    try {
      mkdirSync(join(dir, "group", "case"), { recursive: true });
      for (const [file, content] of Object.entries(files)) {
        writeFileSync(join(dir, "group", "case", file), JSON.stringify(content));
      }
      assert.deepEqual(await runCases(dir), [{ name: "group/case", outcome, difference }]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}
