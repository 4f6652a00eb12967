/** What comes out does not depend on the key of the hashes. */
import { deepEqual } from "node:assert/strict";
import { after, test } from "node:test";
import { Cardinality } from "../../src/analyze/cardinality.ts";
import { cardinalityReport } from "../../src/analyze/cardinality_report.ts";
import { hashKey, setHashKey } from "../../src/exposition/hash_key.ts";
import { kernelCollisions, tableCollisions } from "../support/exposition/colliding_texts.ts";
import { changedExposition } from "../support/engine/changed_exposition.ts";
import { type Bytes, type EngineCase, InForce } from "../support/engine/engine_scrape.ts";
import { hostileExposition } from "../support/engine/hostile_exposition.ts";
import { MergedRun } from "../support/gateway/merged_case.ts";
import { encode } from "../support/lines/filtered.ts";
import { dropPath, type RelabelRules } from "../support/lines/series_case.ts";
import { randomFamilies, randomRules } from "../support/lines/series_random.ts";
import { random } from "../support/random.ts";

const own = [...hashKey];
after(() => setHashKey(own));

const KEYS = [
  [7, 7, 7, 7, 7, 7],
  [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
  [0x9e3779b9, 0xffffffff, 0x80000000, 0x7fffffff, 0xdeadbeef, 0xcafebabe],
];

/** What `run` gives under each key is the same. */
async function underEachKey(what: string, run: () => unknown): Promise<void> {
  const found: unknown[] = [];
  for (const key of KEYS) {
    setHashKey(key);
    found.push(await run());
    deepEqual(found.at(-1), found[0], `${what}, key ${key}`);
  }
}

const PLAIN: EngineCase = {
  rules: dropPath,
  policies: [],
  aggregation: [],
  openMetrics: false,
  maxLineBytes: 4096,
  maxOutputBytes: 0,
  hasSubset: false,
};

/** Lines that are new, known, and known in part. */
async function scrapes(wanted: EngineCase, bodies: readonly Bytes[]) {
  const inForce = await InForce.of(wanted);
  return bodies.map((bytes) => [inForce.scrape([bytes]), inForce.counts()]);
}

const reads: RelabelRules = [{ action: "drop", source_labels: ["path"], regex: "/1.*" }];

test("a sidecar", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const next = random(seed);
    const rules = randomRules(next, seed % 3 === 0 ? "filters" : "changes");
    const first = seed % 2 === 0 ? encode(randomFamilies(next)) : hostileExposition(next);
    const changed = changedExposition(next, first);
    const wanted = {
      ...PLAIN,
      rules,
      hasSubset: seed % 4 === 0,
      policies: seed % 5 === 0
        ? [{ match: [{ datapoint_attribute: "a", equals: "1" }], keep: false }]
        : [],
      limits: seed % 6 === 0 ? { seriesPerFamily: 3, action: "overflow" as const } : undefined,
    };
    await underEachKey(`seed ${seed}`, () => scrapes(wanted, [first, first, changed, first]));
  }
});

test("a gateway", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const next = random(seed);
    const rules = randomRules(next, "changes");
    const answers = Array.from({ length: 3 }, () => ({
      a: randomFamilies(next),
      b: randomFamilies(next),
    }));
    await underEachKey(`seed ${seed}`, async () => {
      const run = await MergedRun.of({ rules, byInput: seed % 3 === 0 });
      const found = [];
      for (const each of answers) found.push(await run.scrape({ answers: each }));
      return found;
    });
  }
});

function analyzed(bytes: Bytes) {
  const cardinality = new Cardinality();
  cardinality.push(bytes);
  cardinality.end();
  return cardinalityReport(cardinality);
}

test("an analysis", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const bytes = hostileExposition(random(seed));
    await underEachKey(`seed ${seed}`, () => analyzed(bytes));
  }
});

test("thousands of values that once collided, in every mode", async () => {
  const prefix = 'm{path="/';
  for (
    const values of [
      kernelCollisions(1000, prefix, '"}'),
      tableCollisions(5000, 'metrics{path="/x', '"}').map((text) => `x${text}`),
    ]
  ) {
    const lines = values.map((value, index) =>
      `metrics{id="${index}",path="/${value}"} ${index}\n`
    );
    const bytes = encode(lines.join(""));
    const changed = encode(lines.toReversed().slice(100).join(""));
    const dropId: RelabelRules = [{ action: "labeldrop", regex: "id" }];
    for (const rules of [dropPath, dropId, reads]) {
      await underEachKey("sidecar", () => scrapes({ ...PLAIN, rules }, [bytes, changed, bytes]));
    }
    await underEachKey("gateway", async () => {
      const run = await MergedRun.of({ rules: dropId });
      return await run.scrape({ answers: { a: lines.join(""), b: lines.toReversed().join("") } });
    });
    await underEachKey("analysis", () => analyzed(bytes));
  }
});
