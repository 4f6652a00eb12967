import assert from "node:assert/strict";
import { test } from "node:test";
import type { SignatureBounds } from "../../src/memory_bounds.ts";
import { compileMatcher, matchesSample } from "../../src/policy/matcher.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { PolicySet } from "../../src/policy/policy_set.ts";
import type { FieldReader, PolicySpec } from "../../src/policy/policy.ts";
import { Filter, policy, regexLibrary, specsOf } from "../support/policy/policy_fixture.ts";
import { plainLine, plainReader, RandomPolicies } from "../support/policy/random_policies.ts";

/** Every policy run on every sample: what the index and the caches must not change. */
class BruteForce {
  readonly counts: Record<string, [number, number]> = {};
  readonly #policies;

  constructor(specs: readonly PolicySpec[]) {
    this.#policies = specs.map((spec) => ({
      ...spec,
      compiled: spec.matchers.map((matcher) => compileMatcher(matcher, regexLibrary)),
    }));
    for (const { id } of specs) this.counts[id] = [0, 0];
  }

  matching(reader: FieldReader): { id: string; keep: boolean }[] {
    return this.#policies.filter((policy) => matchesSample(policy.compiled, reader));
  }

  decide(reader: FieldReader): "keep" | "drop" {
    const matching = this.matching(reader);
    const drops = matching.some((policy) => !policy.keep);
    for (const { id, keep } of matching) this.counts[id][drops && keep ? 1 : 0]++;
    return drops ? "drop" : "keep";
  }
}

for (let seed = 1; seed <= 6; seed++) {
  test(`the index finds the very policies that match (seed ${seed})`, () => {
    const random = new RandomPolicies(seed);
    const specs = random.policies(300);
    const reference = new BruteForce(specs);
    const set = new PolicySet(specs, regexLibrary, new PolicyCounters());
    for (let i = 0; i < 600; i++) {
      const sample = random.sample();
      const reader = plainReader(sample);
      const wanted = reference.matching(reader).map(({ id }) => id);
      const { hits, misses } = set.decide(reader);
      const found = [...hits, ...misses].sort((a, b) => a.index - b.index).map(({ id }) => id);
      if (found.join() === wanted.join()) continue;
      const wrong = specs.filter(({ id }) => found.includes(id) !== wanted.includes(id));
      assert.fail(`${plainLine(sample)}: ${JSON.stringify(wrong)}`);
    }
  });
}

const bounds: readonly (readonly [string, SignatureBounds | undefined])[] = [
  ["the real bounds", undefined],
  ["room for one entry", { signatures: 1, bytes: 4096 }],
  ["room for 7 entries", { signatures: 7, bytes: 4096 }],
  ["room for 400 bytes of keys", { signatures: 1000, bytes: 400 }],
];

for (const [name, cache] of bounds) {
  for (let seed = 11; seed <= 13; seed++) {
    test(`line by line with ${name}: verdicts and counts are exact (seed ${seed})`, () => {
      const random = new RandomPolicies(seed);
      // Few policies, so that some samples are kept and the counts of both kinds move.
      const specs = random.policies(seed === 11 ? 12 : 40);
      const reference = new BruteForce(specs);
      const samples = Array.from({ length: 150 }, () => random.sample());
      const filter = new Filter(specs, { bounds: cache });
      for (let scrape = 0; scrape < 3; scrape++) {
        const decider = filter.decider();
        const other = filter.decider();
        for (const [i, sample] of samples.entries()) {
          const wanted = reference.decide(plainReader(sample));
          // Two scrapes at once: what one of them empties is gone for the other.
          const by = i % 5 === 4 ? other : decider;
          const [verdict] = by.decide(plainLine(sample));
          assert.equal(verdict, wanted, plainLine(sample));
        }
        if (scrape < 2) assert.deepEqual(filter.counts(), reference.counts);
      }
      assert.deepEqual(filter.counts(), reference.counts);
    });
  }
}

for (const [name, cache] of bounds) {
  test(`metadata that changes from scrape to scrape, with ${name}`, async () => {
    const specs = await specsOf([
      policy({ metric_type: "sum" }, true, "sum"),
      policy([{ metric_type: "gauge" }, { datapoint_attribute: "l", contains: "12" }], false, "l"),
      policy({ metric_field: "description", contains: "help 1" }, true, "help"),
    ]);
    const filter = new Filter(specs, { bounds: cache });
    const reference = new BruteForce(specs);
    for (let scrape = 0; scrape < 60; scrape++) {
      const lines: string[] = [];
      const verdicts: string[] = [];
      for (let i = 0; i < 7; i++) {
        const type = (scrape * 3 + i * i) % 5 < 2 ? "counter" : "gauge";
        const help = `help ${(scrape + i) % 4}`;
        lines.push(`# HELP m${i} ${help}`, `# TYPE m${i} ${type}`);
        for (const l of ["1", "12", "123"]) {
          lines.push(`m${i}{l="${l}"} 1`);
          verdicts.push(reference.decide({
            read(field) {
              if (field.kind === "metric_type") return type === "counter" ? "sum" : "gauge";
              return field.kind === "metric_field" ? help : l;
            },
          }));
        }
      }
      assert.deepEqual(filter.verdicts(lines.join("\n")), verdicts);
    }
    assert.deepEqual(filter.counts(), reference.counts);
  });
}
