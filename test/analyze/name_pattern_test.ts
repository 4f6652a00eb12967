import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { alternativesOf, isTaken, namePattern } from "../../src/analyze/name_pattern.ts";

const INGRESS = ["requests", "bytes_sent", "nginx_up", "ssl_expire", "build_info"]
  .map((end) => `nginx_ingress_controller_${end}`);

interface Case {
  readonly name: string;
  readonly chosen: readonly string[];
  /** Undefined: not all are known. */
  readonly all: readonly string[] | undefined;
  readonly wanted: string;
}

const CASES: readonly Case[] = [
  { name: "one name is itself", chosen: ["up"], all: ["up", "upper"], wanted: "up" },
  {
    name: "what a regex takes for more is escaped",
    chosen: ["http.requests|a", "{x}"],
    all: undefined,
    wanted: "http\\.requests\\|a|\\{x\\}",
  },
  {
    name: "all that begins alike is a prefix",
    chosen: INGRESS,
    all: [...INGRESS, "go_goroutines", "nginx_up"],
    wanted: "nginx_ingress_controller_.*",
  },
  {
    name: "the prefix is as short as nothing else allows, and no shorter",
    chosen: INGRESS,
    all: [...INGRESS, "nginx_ingress_controllers"],
    wanted: "nginx_ingress_controller_.*",
  },
  {
    name: "a name that was not chosen forbids the prefix",
    chosen: INGRESS,
    all: [...INGRESS, "nginx_ingress_controller_success"],
    wanted: "nginx_ingress_controller_(?:build_info|bytes_sent|nginx_up|requests|ssl_expire)",
  },
  {
    name: "a name that was not chosen forbids its prefix alone",
    chosen: [...INGRESS, "go_gc_a", "go_gc_b", "go_gc_c", "go_gc_d"],
    all: [...INGRESS, "go_gc_a", "go_gc_b", "go_gc_c", "go_gc_d", "go_goroutines"],
    wanted: "go_gc_.*|nginx_ingress_controller_.*",
  },
  {
    name: "where other names are not known there is no prefix",
    chosen: ["a_b", "a_c", "a_d", "a_e"],
    all: undefined,
    wanted: "a_b|a_c|a_d|a_e",
  },
  {
    name: "a short list stays one, which no regex library is loaded for",
    chosen: ["h_sum", "h_count", "h_bucket"],
    all: ["h_sum", "h_count", "h_bucket", "up"],
    wanted: "h_bucket|h_count|h_sum",
  },
  {
    name: "of a long one the suffixes of one prefix stand together",
    chosen: ["sum", "count", "bucket"].map((end) =>
      `http_request_duration_${"x".repeat(40)}_${end}`
    ),
    all: undefined,
    wanted: `http_request_duration_${"x".repeat(40)}_(?:bucket|count|sum)`,
  },
  {
    name: "groups are not put into groups",
    chosen: ["cpu_a", "cpu_b", "disk_c", "disk_d"].map((end) => `node_${"x".repeat(30)}_${end}`),
    all: undefined,
    wanted: ["cpu_(?:a|b)", "disk_(?:c|d)"].map((end) => `node_${"x".repeat(30)}_${end}`).join("|"),
  },
  {
    name: "a name that is the beginning of another",
    chosen: ["a", "a_b", "a_b_c", "ab"],
    all: undefined,
    wanted: "a|a_b|a_b_c|ab",
  },
  {
    name: "the whole scrape is not everything there will ever be",
    chosen: ["a_1", "b_2", "c_3", "d_4"],
    all: ["a_1", "b_2", "c_3", "d_4"],
    wanted: "a_1|b_2|c_3|d_4",
  },
  {
    name: "twice the same is once",
    chosen: ["b", "a", "b"],
    all: undefined,
    wanted: "a|b",
  },
];

for (const { name, chosen, all, wanted } of CASES) {
  test(name, () => {
    const pattern = namePattern(chosen, all);
    equal(pattern, wanted);
    const regex = new RegExp(`^(?:${pattern})$`);
    const others = (all ?? []).filter((other) => !chosen.includes(other));
    deepEqual(chosen.filter((one) => !regex.test(one)), []);
    deepEqual(others.filter((one) => regex.test(one)), []);
  });
}

test("two thousand names of fifty exporters are patterns, not a line of all of them", () => {
  const names = Array.from({ length: 2_000 }, (_, at) => `exporter${at % 50}_metric_${at}`);
  equal(namePattern(names, [...names, "up"]).length < 1_200, true);
});

const PARTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["a|b", ["a", "b"], []],
  ["h_(?:bucket|sum)", ["h_bucket", "h_sum"], []],
  ["h_(a|b)_(?:c|d)", ["h_a_c", "h_a_d", "h_b_c", "h_b_d"], []],
  ["a\\.b|go_.*", ["a.b"], ["go_.*"]],
  ["[a|b]c|d", ["d"], ["[a|b]c"]],
  ["(?i)a|b", ["b"], ["(?i)a"]],
  ["(a|b)+", [], ["(a|b)+"]],
  ["a\\d|a?|a{2}", [], ["a\\d", "a?", "a{2}"]],
  ["(?:a|)b", ["ab", "b"], []],
  ["", [""], []],
  ["(", [], ["("]],
];

for (const [regex, literals, others] of PARTS) {
  test(`the alternatives of ${JSON.stringify(regex)}`, () => {
    deepEqual(alternativesOf(regex), { literals, others });
  });
}

test("regexes that are made to be taken apart for long are not", () => {
  const depth = "(".repeat(100_000) + ")".repeat(100_000);
  deepEqual(alternativesOf(depth).others, [depth]);
  const many = `(?:${Array.from({ length: 5_000 }, (_, at) => at).join("|")})${
    "(a)".repeat(20_000)
  }`;
  deepEqual(alternativesOf(many).others, [many]);
  const flat = Array.from({ length: 100_000 }, () => "a.*").join("|");
  deepEqual(alternativesOf(flat).others.length, 100_000);
  const long = "a".repeat(200_000);
  deepEqual(alternativesOf(long).literals, [long]);
});

test("a product of groups is not written out without an end", () => {
  const regex = "(?:a|b|c|d|e|f|g|h)".repeat(12);
  deepEqual(alternativesOf(regex), { literals: [], others: [regex] });
});

test("what a prefix takes", () => {
  equal(isTaken("go_gc", ["go_.*"]), true);
  equal(isTaken("gogc", ["go_.*"]), false);
  equal(isTaken("a", ["[a-z].*", "a.+"]), false);
});
