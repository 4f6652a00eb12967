/**
 * Protobuf bodies of which rules read the names alone. Metrics whose names decide are not lifted; with a
 * rule that reads a label, which no sample has, all are. Both come to the same.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import type { PolicyEngine } from "../../src/policy/policy_engine.ts";
import type { RulesInForce } from "../../src/lines/rules_in_force.ts";
import { ScrapeRun } from "../../src/lines/scrape_run.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { ProtobufReader } from "../../src/exposition/protobuf/protobuf_reader.ts";
import { lift } from "../support/exposition/lift.ts";
import { HOSTILE_BODIES } from "../support/exposition/hostile_protobuf.ts";
import {
  bodyOf,
  double,
  family,
  int,
  label,
  message,
  string,
  tag,
  type Wire,
} from "../support/exposition/wire.ts";
import { chunksOf, dropName, engineOf, type PolicyText } from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { random } from "../support/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Next = (largest: number) => number;

interface Way {
  readonly rules: RulesInForce | undefined;
  readonly policies: PolicyEngine | undefined;
  readonly counters: PolicyCounters;
}

const IDS = ["p0", "p1", "p2"];

const drop = (regex: string): RelabelRules => [
  { action: "drop", source_labels: ["__name__"], regex },
];
const readsLabel: RelabelRules = [
  { action: "drop", source_labels: ["no_such_label"], regex: "never" },
];

/** The same rules and policies where names decide, and where all is lifted. */
async function waysOf(rules: RelabelRules, policies: readonly PolicyText[]): Promise<Way[]> {
  return await Promise.all([rules, [...rules, ...readsLabel]].map(async (each) => {
    const counters = new PolicyCounters();
    return {
      rules: await rulesOf({ rules: each }),
      policies: policies.length === 0 ? undefined : await engineOf(policies, undefined, counters),
      counters,
    };
  }));
}

function outcomeOf(
  { rules, policies, counters }: Way,
  chunks: readonly Bytes[],
  maxLineBytes: number,
  onUnreadable: "pass" | "drop" = "drop",
) {
  const stats = new ScrapeStats();
  const pieces: Bytes[] = [];
  const run = new ScrapeRun(
    {
      ...{ policies, rules, format: "protobuf", maxLineBytes, maxInputBytes: 0, maxOutputBytes: 0 },
      ...{ onLimit: "fail", onUnreadable, saysMissing: true },
    },
    stats,
    (bytes) => pieces.push(bytes),
  );
  let error: string | undefined;
  try {
    for (const chunk of chunks) run.push(chunk);
    run.end();
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "UnreadableBody") throw thrown;
    error = thrown.message;
    run.cancel();
  }
  policies?.settle();
  const counted = IDS.map((id) => ({ ...counters.of(id) }));
  // Where an error ends the body, the answer is none: how far it got is no matter.
  return {
    error,
    body: error === undefined ? Buffer.concat(pieces).toString("hex") : "",
    stats: error === undefined ? stats : undefined,
    counted: error === undefined ? counted : undefined,
  };
}

function holdSame(ways: readonly Way[], body: Bytes, what: string): void {
  for (const size of [body.length, 61]) {
    for (const maxLineBytes of [1 << 20, 1_000]) {
      const chunks = () => chunksOf(body.slice(), Math.max(size, 1));
      const [named, lifted] = ways.map((way) => outcomeOf(way, chunks(), maxLineBytes));
      assert.deepEqual(named, lifted, `${what}, ${size} bytes at a time`);
    }
  }
}

const RULES: readonly RelabelRules[] = [
  drop("nothing"),
  drop(".*_bucket"),
  drop("f[13]_.*"),
  drop("f[0-3](_.*)?"),
  drop("f[0-5]"),
  [{ action: "keep", source_labels: ["__name__"], regex: "f2_sum|f4.*" }],
  drop(".*"),
];
const POLICIES: readonly (readonly PolicyText[])[] = [
  [],
  [dropName("f1"), { match: [{ metric_field: "name", regex: "_count$" }], keep: true }],
  [
    { match: [{ metric_type: "exponential_histogram" }], keep: false },
    { match: [{ datapoint_attribute: "a", equals: "1" }], keep: false },
  ],
  [{ match: [{ datapoint_attribute: "value", equals: "1" }], keep: false }, dropName("^f2")],
];

const NAMES = ["a", "b", "abc", "le", "quantile", "k.v", "__name__", "", "9"];
const VALUES = ["1", "", "ö", "a\nb", '"', "\0", "x".repeat(150), "y".repeat(300)];
const DOUBLES = [0, 1, 2.5, -1, NaN, Infinity, -Infinity, 1e300];

const seldom = (next: Next) => next(11) === 0;
const pick = <T>(next: Next, values: readonly T[], usual: number) =>
  values[seldom(next) ? next(values.length - 1) : next(usual - 1)];
const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

function labels(next: Next, names: readonly string[]): Wire[] {
  const own = seldom(next) && seldom(next) ? times(next(3), () => pick(next, NAMES, 3)) : names;
  return own.map((name) => label(name, pick(next, VALUES, 3)));
}

const time = (next: Next, field: number) =>
  message(
    field,
    int(1, 1_795_000_000 + next(9)),
    ...(next(1) === 0 ? [int(2, next(999) * 1e6)] : []),
  );

const exemplar = (next: Next, field: number) =>
  message(
    field,
    label("t", pick(next, VALUES, 3)),
    double(2, pick(next, DOUBLES, 3)),
    time(next, 3),
  );

function natives(next: Next): Wire[] {
  const deltas = times(1 + next(3), () => next(6));
  const counts = deltas.map((_, i) => deltas.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const all = counts.reduce((a, b) => a + b, 0);
  const length = deltas.length + (seldom(next) ? 1 : 0);
  return [
    int(1, all),
    int(5, next(3)),
    double(6, pick(next, [0, 0.001], 2)),
    message(12, int(1, next(5)), int(2, length)),
    ...deltas.map((delta) => int(13, delta * 2)),
    ...(seldom(next) ? [exemplar(next, 16)] : []),
  ];
}

function value(next: Next, type: number): Wire {
  const double1 = double(1, pick(next, DOUBLES, 3));
  const start = next(2) > 0;
  switch (type) {
    case 0:
      return message(
        3,
        double1,
        ...(next(3) === 0 ? [exemplar(next, 2)] : []),
        ...(start ? [time(next, 3)] : []),
      );
    case 1:
      return message(2, double1);
    case 2:
      return message(
        4,
        int(1, next(300)),
        double(2, next(9) / 2),
        ...times(next(3), (i) => message(3, double(1, i / 4), double(2, next(9)))),
      );
    case 3:
      return message(5, double1);
  }
  const bounds = times(next(4), (i) => i + 1);
  if (next(1) === 0 || seldom(next)) bounds.push(Infinity);
  if (seldom(next) && seldom(next)) bounds.push(9);
  const fields = [
    int(1, next(300)),
    double(2, pick(next, DOUBLES, 3)),
    ...bounds.map((bound) =>
      message(3, int(1, next(200)), double(2, bound), ...(seldom(next) ? [exemplar(next, 3)] : []))
    ),
  ];
  if (seldom(next)) fields.push(double(4, next(3)));
  return message(
    7,
    ...fields,
    ...(next(3) === 0 ? natives(next) : []),
    ...(start ? [time(next, 15)] : []),
  );
}

function metric(next: Next, type: number, names: readonly string[]): Wire {
  const fields = labels(next, names);
  if (!(seldom(next) && seldom(next))) fields.push(value(next, type));
  if (seldom(next)) fields.push(int(6, next(3) === 0 ? -5 : 1_795_000_000_123));
  if (seldom(next) && seldom(next)) fields.push(int(30, 1));
  if (seldom(next) && seldom(next)) {
    fields.splice(next(fields.length), 0, tag(1 + next(9), next(7)));
  }
  return message(4, ...fields);
}

function body(next: Next): Bytes {
  return bodyOf(...times(1 + next(7), (i) => {
    const type = next(5);
    const names = times(next(3), (at) => ["a", "b", "abc"][at]);
    const name = seldom(next) ? pick(next, ["ö", "f.x", ""], 1) : "";
    return family(
      string(1, `f${i}${name}`),
      ...(next(1) === 0 ? [string(2, "Help.")] : []),
      int(3, seldom(next) && seldom(next) ? 6 : type),
      ...times(next(5), () => metric(next, type, names)),
      ...(next(3) === 0 ? [string(5, "seconds")] : []),
    );
  }));
}

for (const [number, policies] of POLICIES.entries()) {
  test(`random bodies, with policies ${number}`, async () => {
    for (const rules of RULES) {
      const ways = await waysOf(rules, policies);
      const next = random(number + 1);
      for (let i = 0; i < 60; i++) {
        holdSame(ways, body(next), `body ${i} of ${JSON.stringify(rules)}`);
      }
    }
  });
}

test("bodies that pass as they are have their samples counted", () => {
  const next = random(11);
  for (let i = 0; i < 300; i++) {
    const whole = body(next);
    const { lines, error } = lift(new ProtobufReader(), [whole]);
    if (error !== undefined) continue;
    const way = { rules: undefined, policies: undefined, counters: new PolicyCounters() };
    const { body: written, stats } = outcomeOf(way, [whole.slice()], 1 << 20, "pass");
    assert.equal(written, Buffer.from(whole).toString("hex"));
    const samples = lines.filter((line) => !line.startsWith("#")).length;
    assert.deepEqual([stats!.inputLines, stats!.outputLines], [lines.length, lines.length]);
    assert.deepEqual([stats!.inputSamples, stats!.outputSamples], [samples, samples]);
  }
});

const LABELS: readonly (readonly Wire[])[] = [
  ...NAMES.map((name) => [label(name, "1")]),
  ...VALUES.map((value) => [label("a", value)]),
  [label("a", "1"), label("a", "2")],
  [label("a", "1"), label("b", "2"), label("a", "")],
  [message(1, string(2, "1"), string(1, "a"))],
  [message(1, string(1, "a"))],
  [message(1, string(1, "a"), string(2, "1"), string(2, "2"))],
  [message(1, [...tag(1, 2), 1, 0xff], string(2, "1"))],
  [message(1, string(1, "a"), [...tag(2, 2), 2, 0xc3, 0x28])],
  [message(1, string(1, "n".repeat(130)), string(2, "1"))],
  times(70, (i) => label(`l${i}`, "1")),
  times(1_025, (i) => label(`l${i}`, "1")),
];

test("labels, after those of other metrics", async () => {
  const values = [message(3), message(2), message(4, message(3)), message(5), message(7)];
  for (const rules of [RULES[0], RULES[6]]) {
    const ways = await waysOf(rules, []);
    for (const [number, odd] of LABELS.entries()) {
      for (const [type, value] of values.entries()) {
        const before = message(4, label("a", "1"), label("b", "2"), value);
        const metrics = [before, message(4, ...odd, value), before];
        const body = bodyOf(family(string(1, "f1"), int(3, type), ...metrics));
        holdSame(ways, body, `labels ${number} of type ${type}`);
      }
    }
  }
});

/** Values of native histograms, right and wrong, each in a scrape of its own: what is learnt is no matter. */
const NATIVES: readonly (readonly Wire[])[] = [
  [int(1, 3), int(5, 1), message(12, int(1, 2), int(2, 2)), int(13, 2), int(13, 2)],
  [int(1, 3), int(5, 1), message(12, int(1, 2), int(2, 2)), message(13, [2, 2])],
  [int(1, 4), int(5, 1), message(12, int(1, 2), int(2, 2)), message(13, [2, 2])],
  [int(1, 4), double(2, NaN), message(12, int(1, 2), int(2, 2)), message(13, [2, 2])],
  [int(1, 2), double(2, NaN), message(12, int(1, 2), int(2, 2)), message(13, [2, 2])],
  [int(1, 3), message(12, int(1, 2), int(2, 3)), message(13, [2, 2])],
  [int(1, 0), message(12, int(1, 2), int(2, 2)), message(13, [2, 3])],
  [int(1, 3), message(9, int(1, 1), int(2, 2)), message(10, [2, 2]), int(7, 0)],
  [int(1, 3), message(12, int(2, 1)), message(12, int(1, 1), int(2, 1)), message(13, [2, 2])],
  [int(1, 3), message(12, int(2, 1)), message(12, int(1, 2), int(2, 1)), message(13, [2, 2])],
  ...[0.5, -1, Infinity, NaN].map((threshold) => [int(1, 1), int(7, 1), double(6, threshold)]),
  ...[0, 7, 9, 16, 18, 105].map((schema) => [int(1, 1), int(7, 1), int(5, schema)]),
  [int(1, 1), int(7, 2)],
  [int(1, 2n ** 53n), int(7, 2n ** 53n)],
  [double(4, 1.5), double(8, 1.5), double(6, 1)],
  [int(1, 3), message(12, int(1, 2), int(2, 2)), double(14, 1), double(14, 2)],
  [int(1, 1), int(7, 1), exemplarOf(label("t", "1")), exemplarOf(label("t", "2"))],
  [int(1, 1), int(7, 1), exemplarOf(label("", "1"))],
  [int(1, 1), int(7, 1), exemplarOf(label("t", "\0"))],
];

function exemplarOf(...labels: readonly Wire[]): Wire {
  return message(16, ...labels, double(2, 1));
}

test("native histograms", async () => {
  for (const [number, native] of NATIVES.entries()) {
    for (const classic of [[], [message(3, int(1, 1), double(2, 5))]]) {
      const metric = message(4, label("a", "1"), message(7, ...native, ...classic));
      const body = bodyOf(family(string(1, "f1"), int(3, 4), metric));
      for (const rules of [RULES[0], RULES[3]]) {
        holdSame(await waysOf(rules, []), body, `histogram ${number}`);
      }
    }
  }
});

test("hostile bodies", async () => {
  for (const rules of [RULES[0], RULES[6]]) {
    const ways = await waysOf(rules, []);
    for (const { name, body } of HOSTILE_BODIES) holdSame(ways, body, name);
  }
});

test("what a client library writes", async () => {
  const data = join(import.meta.dirname!, "../exposition/protobuf/data");
  for (const file of ["client_golang.pb", "client_model.pb"]) {
    const body = new Uint8Array(readFileSync(join(data, file)));
    for (const rules of RULES) holdSame(await waysOf(rules, []), body, file);
  }
});

test("a large family", async () => {
  const next = random(9);
  const metrics = (count: number) => times(count, () => metric(next, 4, ["a", "b"]));
  const large = family(string(1, "f1"), int(3, 4), ...metrics(9_000), string(5, "seconds"));
  const body = bodyOf(family(string(1, "f0"), int(3, 4), ...metrics(3)), large);
  for (const rules of [drop("nothing"), drop("f1_.*"), drop(".*")]) {
    const ways = await waysOf(rules, []);
    for (const size of [65_536, 1_000]) {
      const [named, lifted] = ways.map((way) =>
        outcomeOf(way, chunksOf(body.slice(), size), 1 << 20)
      );
      assert.deepEqual(named, lifted);
    }
  }
});
