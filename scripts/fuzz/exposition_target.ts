import { spawnSync } from "node:child_process";
import { lineFormat } from "../../src/exposition/line_format.ts";
import { random } from "../../test/support/random.ts";
import { engineOf, type Options, type PolicyText } from "../../test/support/lines/filtered.ts";
import { dropNothing, type RelabelRules, rulesOf } from "../../test/support/lines/series_case.ts";
import { randomRules } from "../../test/support/lines/series_random.ts";
import {
  type FuzzInput,
  type FuzzTarget,
  hashOf,
  hold,
  jsonBytes,
  jsonOf,
  type Next,
  pick,
  seldom,
  times,
} from "./fuzz_target.ts";
import { randomCrowd } from "./crowd.ts";
import { randomExpositionBytes } from "./random_exposition_bytes.ts";
import { type Reading, readReference } from "./reference_reader.ts";
import { type ScrapeOutcome, scrapePaths } from "./scrape_paths.ts";
import { BOUNDS_FILE, boundsOf, isUnseen, randomBounds, underBounds } from "./small_bounds.ts";

/** Up to so many bytes every cut into two is tried, beyond it some. */
const ALL_CUTS = 200;
/** Of the outputs that the strict reader takes, one in so many is shown to promtool. */
const PROMTOOL_ODDS = 200;
/** Each is scraped some 50 times. */
const MOST_NAMES = 60;

const POLICIES: readonly PolicyText[] = [
  { match: [{ metric_field: "name", regex: "^f.*[02]" }], keep: false },
  { match: [{ datapoint_attribute: "path", equals: "1" }], keep: false },
  { match: [{ metric_type: "histogram" }], keep: true },
  { match: [{ datapoint_attribute: "value", gt: 2 }], keep: false },
  { match: [{ metric_field: "description", contains: "Text" }], keep: false },
];

interface Setup {
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
}

export const expositionTarget: FuzzTarget = {
  name: "exposition",
  what: "hostile expositions: identity, every cut alike, right output of right input",
  reduced: { "input.prom": "bytes", "rules.json": "items", "policies.json": "items" },

  generate(next) {
    const openMetrics = seldom(next, 2);
    const rules = seldom(next, 6) ? [] : randomRules(next, pick(next, ["filters", "changes"]));
    const crowd = randomCrowd(next, MOST_NAMES);
    const bounds = crowd && randomBounds(next, { families: true, plans: true });
    return {
      "input.prom": randomExpositionBytes(next, openMetrics, crowd),
      ...(bounds && { [BOUNDS_FILE]: jsonBytes(bounds) }),
      "rules.json": jsonBytes(rules),
      "policies.json": jsonBytes(times(seldom(next, 2) ? next(3) : 0, () => pick(next, POLICIES))),
      "setup.json": jsonBytes({ openMetrics, maxLineBytes: pick(next, [4096, 4096, 30]) }),
    };
  },

  check: (input) => underBounds(input, () => check(input)),
};

async function check(input: FuzzInput): Promise<void> {
  const bytes = input["input.prom"];
  const setup = jsonOf<Setup>(input, "setup.json", { openMetrics: false, maxLineBytes: 4096 });
  const before = readReference(bytes, setup.openMetrics);
  await checkUntouched(bytes, setup);
  // Of what is there twice, or of families in pieces, more may be written where it is forgotten.
  if (before.problems.length > 0 && !isUnseen(boundsOf(input))) return;
  if (before.problems.length === 0) await checkIdentity(bytes, setup, before);
  await checkRules(input, setup, before);
}

function scrapeOptions({ openMetrics, ...options }: Setup): Options {
  return { ...options, format: lineFormat(openMetrics) };
}

async function checkUntouched(bytes: Uint8Array<ArrayBuffer>, setup: Setup): Promise<void> {
  const outcome = await sameAtEveryCut(bytes, scrapeOptions(setup));
  hold(isSame(outcome.bytes, bytes), "untouched without rules", () => shown(outcome.bytes));
}

/** A rule that changes nothing, on the way that rules which do take. */
async function checkIdentity(
  bytes: Uint8Array<ArrayBuffer>,
  setup: Setup,
  before: Reading,
): Promise<void> {
  const rules = await rulesOf({ rules: dropNothing });
  const { bytes: out } = await scrapePaths[0].run([bytes], { ...scrapeOptions(setup), rules });
  const after = readReference(out, setup.openMetrics);
  hold(
    after.problems.length === 0,
    "right output",
    () => `${after.problems[0].text}\n${shown(out)}`,
  );
  const [wanted, found] = [before, after].map(({ series }) =>
    [...series].map(([key, { value, timestamp, exemplar }]) =>
      [key, value, timestamp, exemplar].join(" ")
    ).sort()
  );
  const lost = wanted.find((sample) => !found.includes(sample));
  hold(lost === undefined, "identity rules", () => `lost ${lost}\n${shown(out)}`);
  hold(wanted.length === found.length, "identity rules", () => `more samples\n${shown(out)}`);
}

async function checkRules(input: FuzzInput, setup: Setup, before: Reading): Promise<void> {
  const rules = jsonOf<RelabelRules>(input, "rules.json", []);
  const policies = jsonOf<PolicyText[]>(input, "policies.json", []);
  const inForce = await rulesOf({ rules });
  const options = async () => ({
    ...scrapeOptions(setup),
    rules: inForce,
    policies: policies.length === 0 ? undefined : await engineOf(policies),
  });
  const { bytes, stats } = await sameAtEveryCut(input["input.prom"], await options());
  if (before.problems.length > 0) return;
  const after = readReference(bytes, setup.openMetrics);
  // What rules put together of families that lie apart is written as several blocks, and counted;
  // lines that are too long to be read pass as they are beside what the rules made of the others.
  const isApart = stats.noncontiguousFamilies > 0 || stats.overlongLines > 0;
  const problem = after.problems.find(({ kind }) => !isApart || kind === "syntax");
  hold(problem === undefined, "right output", () => `${problem?.text}\n${shown(bytes)}`);
  if (!setup.openMetrics && !isApart && hashOf(bytes) % PROMTOOL_ODDS === 0) {
    checkByPromtool(input["input.prom"], bytes);
  }
}

/** The outcome in one chunk, which the others have to have too, on every path. */
async function sameAtEveryCut(
  bytes: Uint8Array<ArrayBuffer>,
  options: Options,
): Promise<ScrapeOutcome> {
  const [reference, ...others] = scrapePaths;
  const whole = await reference.run([bytes], options);
  for (const chunks of cutsOf(bytes)) {
    const cut = await reference.run(chunks, options);
    holdSame(cut, whole, `chunks of ${chunks.map(({ length }) => length)}`);
  }
  for (const path of others) {
    const cuts = cutsOf(bytes);
    const tried = path.isSlow ? cuts.filter((_, i) => i % Math.ceil(cuts.length / 6) === 0) : cuts;
    for (const chunks of [[bytes], ...tried]) {
      holdSame(await path.run(chunks, options), whole, `${path.name}, ${chunks.length} chunks`);
    }
  }
  return whole;
}

function holdSame(found: ScrapeOutcome, wanted: ScrapeOutcome, how: string): void {
  const detail = (what: string) => `${what}, ${how}`;
  hold(isSame(found.bytes, wanted.bytes), "same at every cut", () => detail(shown(found.bytes)));
  const [a, b] = [found, wanted].map(({ stats }) => statsText(stats));
  hold(a === b, "same stats at every cut", () => detail(`${a}\n${b}`));
}

function statsText(stats: ScrapeOutcome["stats"]): string {
  const { summedGauges, typeConflicts, limitedSamples, ...counts } = stats;
  return JSON.stringify([counts, [...summedGauges], [...typeConflicts], [...limitedSamples]]);
}

function cutsOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[][] {
  const { length } = bytes;
  const next: Next = random(hashOf(bytes));
  if (length <= ALL_CUTS) {
    const halves = times(length, (at) => [bytes.subarray(0, at), bytes.subarray(at)]);
    return [...halves, times(length, (at) => bytes.subarray(at, at + 1))];
  }
  return times(6, () => {
    const largest = 1 + next(pick(next, [40, 400, length]));
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const least = Math.floor(length / 2_000);
    for (let at = 0; at < length;) {
      const size = least + next(largest);
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
    return chunks;
  });
}

/**
 * Where it is installed: the reader of Prometheus's own ecosystem. Versions before 3 know no names in
 * quotes, so that what counts is whether it took the input.
 */
function checkByPromtool(before: Uint8Array, after: Uint8Array): void {
  const problem = promtoolProblem(after);
  if (problem === undefined || promtoolProblem(before) !== undefined) return;
  hold(false, "promtool", () => `${problem}\n${shown(after)}`);
}

function promtoolProblem(input: Uint8Array): string | undefined {
  const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input });
  // 3: it is well-formed, but not as Prometheus recommends.
  return status === 1 ? String(stderr) : undefined;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function shown(bytes: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 1_500)));
}
