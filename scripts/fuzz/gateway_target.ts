import { placeOf } from "../../src/problems/problem.ts";
import { MergedTable } from "../../src/merge/merged_table.ts";
import { TargetLabels } from "../../src/aggregate/target_labels.ts";
import { mergedText } from "../../src/gateway/merged_text.ts";
import { buildSeriesRules, type SeriesRules } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { TargetScrape } from "../../src/gateway/target_scrape.ts";
import { UnreadableTarget } from "../../src/gateway/target_sink.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import {
  bytesOf,
  type FuzzInput,
  type FuzzTarget,
  hashOf,
  hold,
  jsonBytes,
  jsonOf,
  pick,
  seldom,
  textOf,
  times,
} from "./fuzz_target.ts";
import { randomCrowd } from "./crowd.ts";
import { concat } from "./mutate.ts";
import { randomScrapes, readScrapes, type TargetAnswer } from "./random_targets.ts";
import { type Reading, readReference } from "./reference_reader.ts";
import { BOUNDS_FILE, boundsOf, isUnseen, randomBounds, underBounds } from "./small_bounds.ts";

const RULES: readonly unknown[][] = [
  [],
  [{ action: "labeldrop", regex: "path" }],
  [{ source_labels: ["path"], target_label: "path", regex: "/(x|y)", replacement: "/xy" }],
  [{ action: "drop", source_labels: ["path"], regex: "/x" }],
  [{
    source_labels: ["__name__"],
    target_label: "__name__",
    regex: "(c|h)(.*)",
    replacement: "p_$1$2",
  }],
];

/** What targets add to their samples; "": nothing. */
const ZONES = ["", "a", "b"];

const TTL_MS = 300_000;

/** One run in so many is held against a gateway to which everything is new. */
const COMPARED_ODDS = 8;

const MOST_NAMES = 200;

export const gatewayTarget: FuzzTarget = {
  name: "gateway",
  what: "targets that restart, fail and leave: counters never fall, buckets stay cumulative",
  reduced: { "scrapes.txt": "lines", "rules.json": "items", "zones.json": "items" },

  generate(next) {
    const crowd = randomCrowd(next, MOST_NAMES);
    const bounds = crowd && randomBounds(next, { families: true, plans: true });
    return {
      ...(bounds && { [BOUNDS_FILE]: jsonBytes(bounds) }),
      "scrapes.txt": bytesOf(randomScrapes(next, crowd)),
      "rules.json": jsonBytes(pick(next, RULES)),
      "zones.json": jsonBytes(seldom(next, 2) ? [] : times(3, () => pick(next, ZONES))),
    };
  },

  check: (input) => underBounds(input, () => check(input)),
};

async function check(input: FuzzInput): Promise<void> {
  const { configs } = readRelabelConfigs(
    jsonOf(input, "rules.json", []),
    placeOf("rules"),
    "utf8",
  );
  const rules = await buildSeriesRules({
    relabelConfigs: configs,
    aggregationRules: [],
    limits: undefined,
  });
  const zones = jsonOf<string[]>(input, "zones.json", []);
  const gateway = new Gateway(rules, zones, false);
  // A program for each target takes long.
  const mayCompare = hashOf(input["scrapes.txt"]) % COMPARED_ODDS === 0;
  // Which target has more metadata than can be held depends on what others had, for one.
  const isCompared = mayCompare && isUnseen(boundsOf(input));
  const forgetful = isCompared ? new Gateway(rules, zones, true) : undefined;
  let nowMs = 1_000_000;
  let before: Reading | undefined;
  const seen = new Set<string>();
  for (const { afterSeconds, answers } of readScrapes(textOf(input, "scrapes.txt"))) {
    nowMs += afterSeconds * 1000;
    const after = readReference(await gateway.scrape(answers, nowMs), false);
    const plainly = await forgetful?.scrape(answers, nowMs);
    if (plainly !== undefined) checkKnown(after, readReference(plainly, false));
    for (const { garbled } of answers) if (garbled !== undefined) seen.add(garbled);
    if (seen.size === 0) checkShape(after, zones.length > 0);
    if (before !== undefined && !seen.has("all")) checkRise(before, after);
    before = after;
  }
}

/** A gateway that runs; a forgetful one reads each target as if it were the first. */
class Gateway {
  readonly #table = new MergedTable({ monotonic: true, targetTtlMs: TTL_MS });
  readonly #rules: SeriesRules;
  readonly #zones: readonly string[];
  readonly #isForgetful: boolean;

  constructor(rules: SeriesRules, zones: readonly string[], isForgetful: boolean) {
    this.#rules = rules;
    this.#zones = zones;
    this.#isForgetful = isForgetful;
  }

  async scrape(answers: readonly TargetAnswer[], nowMs: number): Promise<Uint8Array<ArrayBuffer>> {
    const table = this.#table;
    table.begin(nowMs, false);
    const stats = new ScrapeStats();
    for (const [rank, answer] of answers.entries()) {
      // Rules of their own have a program of their own.
      const rules = this.#isForgetful ? { ...this.#rules } : this.#rules;
      const scrape = new TargetScrape({
        outputs: [{ rules, table, stats }],
        policies: undefined,
        format: "text",
        labels: new TargetLabels([["zone", this.#zones[rank] ?? ""]]),
        rank,
        maxInputBytes: 0,
        onLimit: "truncate",
      });
      try {
        await scrape.read(bodyOf(answer, this.#isForgetful));
        scrape.fold(answer.address);
      } catch (error) {
        if (!(error instanceof UnreadableTarget) && error !== CUT) throw error;
        table.miss(answer.address);
      } finally {
        scrape.close();
      }
    }
    table.end();
    const options = { format: "text", own: undefined, maxOutputBytes: 0 } as const;
    return concat(...await mergedText(table, { ...options, onLimit: "truncate" }, stats));
  }
}

const CUT = new Error("the connection was closed");

function bodyOf(
  { text, isCut }: TargetAnswer,
  isWhole: boolean,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = bytesOf(text);
  const place = isWhole ? 0 : hashOf(bytes) % (bytes.length + 1);
  const chunks = [bytes.subarray(0, place), bytes.subarray(place)].filter(({ length }) =>
    length > 0
  );
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (isCut) controller.error(CUT);
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

/** What is known of lines and series is no matter. */
function checkKnown(found: Reading, wanted: Reading): void {
  // How a value is spelt depends on whether another target that has the series could be read.
  const [known, plain] = [found, wanted].map(({ series }) =>
    [...series].map(([key, { value, timestamp }]) =>
      [key, Number(value.replace(/Inf$/, "Infinity")), timestamp].join(" ")
    )
      .sort().join("\n")
  );
  hold(known === plain, "as if nothing were known", () => `wanted\n${plain}\nfound\n${known}`);
}

function checkShape({ problems, samples, types }: Reading, hasZones: boolean): void {
  // Without a TYPE, `untyped` and `untyped_total` are one family, by first appearance of a series.
  const problem = problems.find(({ kind }) => !hasZones || kind !== "order");
  hold(problem === undefined, "right output", () => `${problem?.text}`);
  const below = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    if (types.get(name) !== "histogram" || !isBound(labels.get("le"))) continue;
    const key = JSON.stringify([name, [...labels].filter(([label]) => label !== "le")]);
    const count = Number(value);
    const detail = () => `${key} le=${labels.get("le")}: ${value} after ${below.get(key)}`;
    hold(!(count < (below.get(key) ?? -Infinity)), "buckets are cumulative", detail);
    below.set(key, count);
  }
}

/** A bucket without a number has no place among the others. */
function isBound(le: string | undefined): boolean {
  return le !== undefined && (le === "+Inf" || /^[-+\d.eE]+$/.test(le));
}

function checkRise(before: Reading, after: Reading): void {
  for (const [key, { name, value }] of after.series) {
    const earlier = before.series.get(key);
    if (earlier === undefined || !isCounter(name, before) || !isCounter(name, after)) continue;
    const detail = () => `${key}: ${earlier.value}, then ${value}`;
    hold(!(Number(value) < Number(earlier.value)), "counters never fall", detail);
  }
}

function isCounter(name: string, { types }: Reading): boolean {
  const type = types.get(name);
  if (type === "histogram") return true;
  return type === "counter" || (type === "summary" && /_(sum|count)$/.test(name));
}
