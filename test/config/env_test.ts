import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { environmentOverrides, substitute } from "../../src/config/env.ts";
import type { Sources } from "../../src/config/layers.ts";
import { placeOf } from "../../src/problems/problem.ts";

const ENV = { KEY: "s3cret", EMPTY: "", TRICKY: '", "x": "${KEY}' };

const SUBSTITUTIONS: [string, unknown, unknown, string[]][] = [
  ["a variable", { a: "Bearer ${KEY}" }, { a: "Bearer s3cret" }, []],
  ["two variables", ["${KEY}-${KEY}"], ["s3cret-s3cret"], []],
  ["an escaped variable", { a: "$${KEY}" }, { a: "${KEY}" }, []],
  ["an escape and a variable", { a: "$${KEY}${KEY}" }, { a: "${KEY}s3cret" }, []],
  ["a variable that is empty", { a: "x${EMPTY}" }, { a: "x" }, []],
  [
    "a variable that is not set",
    { a: [{ b: "x${NONE}y" }] },
    { a: [{ b: "xy" }] },
    ["weir.json: a[0].b: ${NONE} is not set, an empty string was used"],
  ],
  ["content that looks like structure", { a: "${TRICKY}" }, { a: '", "x": "${KEY}' }, []],
  ["keys", { "${KEY}": 1 }, { "${KEY}": 1 }, []],
  ["what is no variable", { a: "$KEY ${1} ${} $" }, { a: "$KEY ${1} ${} $" }, []],
  [
    "names of object methods",
    { a: "${constructor}" },
    { a: "" },
    ["weir.json: a: ${constructor} is not set, an empty string was used"],
  ],
  ["other types", { a: 1, b: null, c: true }, { a: 1, b: null, c: true }, []],
];

for (const [name, value, wanted, wantedWarnings] of SUBSTITUTIONS) {
  test(`substitution of ${name}`, () => {
    const warnings: string[] = [];
    deepEqual(substitute(value, ENV, placeOf("weir.json"), new Map(), warnings), wanted);
    deepEqual(warnings, wantedWarnings);
  });
}

test("a substituted string is remembered as it was written, a literal one is not", () => {
  const sources: Sources = new Map();
  substitute({ a: { b: "x${KEY}" }, c: "$${KEY}" }, ENV, placeOf("weir.json"), sources, []);
  deepEqual([...sources], [["a.b", { where: placeOf("weir.json", "a", "b"), written: "x${KEY}" }]]);
});

test("overrides are the scalar keys in capitals, nested ones included", () => {
  const env = {
    TERO_LISTEN_PORT: "9090",
    TERO_SERVICE_NAME: "edge",
    TERO_PROMETHEUS_MAX_INPUT_BYTES_PER_SCRAPE: "1MiB",
    TERO_SCRAPE_ON_LIMIT: "fail",
    TERO_LOG_LEVEL: "",
    TERO_API_KEY: "s3cret",
    TERO_SERVICE_LABELS: "no scalar",
    TERO_POLICY_PROVIDERS: "no scalar",
    WEIR_LISTEN_PORT: "1",
    LISTEN_PORT: "2",
  };
  deepEqual(environmentOverrides(env, "TERO_"), [
    { path: ["listen_port"], text: "9090", where: "TERO_LISTEN_PORT" },
    { path: ["scrape", "on_limit"], text: "fail", where: "TERO_SCRAPE_ON_LIMIT" },
    {
      path: ["prometheus", "max_input_bytes_per_scrape"],
      text: "1MiB",
      where: "TERO_PROMETHEUS_MAX_INPUT_BYTES_PER_SCRAPE",
    },
    { path: ["service", "name"], text: "edge", where: "TERO_SERVICE_NAME" },
  ]);
});
