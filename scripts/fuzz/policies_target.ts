import { compileMatcher, matchesSample } from "../../src/policy/matcher.ts";
import { parsePolicyFile, readPolicies } from "../../src/policy/providers/parse_policies.ts";
import type { PolicyEntry } from "../../src/policy/policy_document.ts";
import type { PolicySpec } from "../../src/policy/policy.ts";
import { Filter, regexLibrary } from "../../test/support/policy/policy_fixture.ts";
import {
  plainLine,
  plainReader,
  type PlainSample,
} from "../../test/support/policy/random_policies.ts";
import { RandomPolicies } from "../../test/support/policy/random_policies.ts";
import { random } from "../../test/support/random.ts";
import { excerpt, yamls } from "./corpus.ts";
import {
  type FuzzInput,
  type FuzzTarget,
  hashOf,
  hold,
  jsonBytes,
  jsonOf,
  seldom,
  times,
} from "./fuzz_target.ts";
import { mutated } from "./mutate.ts";
import { spelledPolicies } from "./policy_spelling.ts";

const FILE = "policies.json";

const CRASHES = ["TypeError", "RangeError", "ReferenceError", "InternalError"];

type SavedSample = Omit<PlainSample, "labels"> & { labels: [string, string][] };

export const policiesTarget: FuzzTarget = {
  name: "policies",
  what: "policy documents in every spelling: no crash, decisions as by brute force",
  reduced: { [FILE]: "bytes", "samples.json": "items" },

  generate(next) {
    const source = new RandomPolicies(next(2 ** 31 - 1));
    const specs = source.policies(1 + next(6)).map(written);
    const document = jsonBytes(spelledPolicies(next, specs));
    const text = seldom(next, 9) ? excerpt(next, yamls, 40) : document;
    const samples = times(20, () => source.sample())
      .map((sample) => ({ ...sample, labels: [...sample.labels] }));
    return {
      [FILE]: seldom(next, 3) ? mutated(next, text) : text,
      "samples.json": jsonBytes(samples),
    };
  },

  async check(input) {
    const entries = await entriesOf(input);
    if (entries === undefined) return;
    for (const entry of entries) {
      if (entry.state !== "invalid") continue;
      const isSaid = entry.errors.length > 0 && entry.errors.every((error) => error !== "");
      hold(isSaid, "invalid policies say why", () => JSON.stringify(entry));
    }
    const active = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
    if (active.length === 0) return;
    await checkSpellings(active, hashOf(input[FILE]));
    // Of policies with the same id the first is in force.
    const specs = active.filter(({ id }, at) => active.findIndex((one) => one.id === id) === at);
    checkDecisions(specs, jsonOf<SavedSample[]>(input, "samples.json", []));
  },
};

/** What the document of a matcher can say: types are equal to something. */
function written(spec: PolicySpec): PolicySpec {
  const matchers = spec.matchers.map((matcher) =>
    matcher.field.kind === "metric_type"
      ? { ...matcher, match: { kind: "equals", value: "gauge" } as const }
      : matcher
  );
  return { ...spec, matchers };
}

/** The entries; undefined when the document as a whole was refused in words. */
async function entriesOf(input: FuzzInput): Promise<PolicyEntry[] | undefined> {
  try {
    return await parsePolicyFile(FILE, input[FILE]);
  } catch (error) {
    // What YAML's parser says of aliases is a ReferenceError of its own.
    const isRefusal = error instanceof Error && error.message !== "" &&
      (!CRASHES.includes(error.name) || /\balias\b/i.test(error.message));
    if (!isRefusal) throw error;
    return undefined;
  }
}

async function checkSpellings(specs: readonly PolicySpec[], seed: number): Promise<void> {
  const document = spelledPolicies(random(seed), specs);
  const read = await readPolicies(JSON.parse(JSON.stringify(document)));
  const [wanted, found] = [
    specs.map(textOf),
    read.map((entry) => entry.state === "active" ? textOf(entry.spec) : JSON.stringify(entry)),
  ];
  for (const [at, text] of wanted.entries()) {
    const detail = () => `wanted ${text}\nfound  ${found[at]}\nin ${JSON.stringify(document)}`;
    hold(found[at] === text, "spellings are one", detail);
  }
}

function textOf(spec: PolicySpec): string {
  return JSON.stringify(spec, (_, value) => typeof value === "bigint" ? `${value}n` : value);
}

/** Twice, so that the second time finds everything remembered. */
function checkDecisions(specs: readonly PolicySpec[], samples: readonly SavedSample[]): void {
  const compiled = specs.map((spec) => ({
    ...spec,
    compiled: spec.matchers.map((matcher) => compileMatcher(matcher, regexLibrary)),
  }));
  const filter = new Filter(specs);
  const counts = Object.fromEntries(specs.map(({ id }) => [id, [0, 0]]));
  for (let round = 0; round < 2; round++) {
    const decider = filter.decider();
    for (const saved of samples) {
      const sample: PlainSample = { ...saved, labels: new Map(saved.labels) };
      const reader = plainReader(sample);
      const matching = compiled.filter((policy) => matchesSample(policy.compiled, reader));
      const drops = matching.some(({ keep }) => !keep);
      for (const { id, keep } of matching) counts[id][drops && keep ? 1 : 0]++;
      const [verdict] = decider.decide(plainLine(sample));
      const detail = () => `${plainLine(sample)}: ${verdict}, round ${round}`;
      hold(verdict === (drops ? "drop" : "keep"), "decisions", detail);
    }
  }
  const [found, wanted] = [filter.counts(), counts].map((byId) =>
    JSON.stringify(specs.map(({ id }) => [id, byId[id] ?? [0, 0]]))
  );
  hold(found === wanted, "hits and misses", () => `wanted ${wanted}\nfound  ${found}`);
}
