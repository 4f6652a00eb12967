import { WHOLE_TABLE_BYTES } from "../../src/bounds.ts";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import { programOf } from "../../src/engine/program.ts";
import {
  buildRules,
  buildSeriesRules,
  type RulesInForce,
  type SeriesRules,
} from "../../src/lines/rules_in_force.ts";
import { ScrapeRun } from "../../src/lines/scrape_run.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { chunksOf } from "../../test/support/lines/filtered.ts";
import type { RelabelRules } from "../../test/support/lines/series_case.ts";
import {
  bytesOf,
  type FuzzInput,
  type FuzzTarget,
  hashOf,
  hold,
  jsonBytes,
  jsonOf,
  textOf,
} from "./fuzz_target.ts";
import { randomCrowd } from "./crowd.ts";
import { checkLimitFailure, checkLimits } from "./limits_check.ts";
import { mergedOutput } from "./merged_output.ts";
import { concat } from "./mutate.ts";
import { randomBodies } from "./random_sums.ts";
import { checkSeries, readOutput } from "./series_check.ts";
import {
  PLAIN_SETUP,
  randomSeriesRules,
  randomSetup,
  rulesConfig,
  type Setup,
} from "./series_setup.ts";
import { BOUNDS_FILE, boundsOf, randomBounds, underBounds } from "./small_bounds.ts";
import { type PlainRules, type PlainSums, plainSums } from "./sums_reference.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";

/** As they stand in the text: one finding, one file per scrape, or per target of a gateway. */
const SCRAPES = ["first.prom", "second.prom", "third.prom"];
/** The plain reading compares each with each. */
const MOST_NAMES = 60;

export const seriesTarget: FuzzTarget = {
  name: "series",
  what: "families in one piece and apart, doubled and colliding: what a plain reading gives",
  reduced: {
    ...Object.fromEntries(SCRAPES.map((file) => [file, "lines"])),
    "rules.json": "items",
  },

  generate(next) {
    const setup = randomSetup(next);
    // Targets are added up one by one, so that sums round otherwise.
    const crowd = randomCrowd(next, MOST_NAMES);
    const bounds = crowd && randomBounds(next, { families: !setup.isGateway, plans: false });
    const bodies = randomBodies(next, SCRAPES.length, {
      openMetrics: setup.openMetrics,
      exact: setup.isGateway,
      // What is said of a family long before its samples may be forgotten by then.
      isTidy: bounds?.knownBytes !== undefined,
      crowd,
    });
    return {
      ...(bounds && { [BOUNDS_FILE]: jsonBytes(bounds) }),
      ...Object.fromEntries(SCRAPES.map((file, index) => [file, bytesOf(bodies[index])])),
      "rules.json": jsonBytes(randomSeriesRules(next)),
      "setup.json": jsonBytes(setup),
    };
  },

  check: (input) => underBounds(input, () => check(input)),
};

async function check(input: FuzzInput): Promise<void> {
  const setup = { ...PLAIN_SETUP, ...jsonOf<Partial<Setup>>(input, "setup.json", {}) };
  const config = rulesConfig(jsonOf<RelabelRules>(input, "rules.json", []), setup);
  if (setup.isGateway) return await checkGateway(input, setup, await buildSeriesRules(config));
  const rules = await buildRules(config);
  if (rules === undefined) return;
  const aggregation = (await buildSeriesRules(config)).aggregation.rules;
  const forgets = boundsOf(input).knownBytes !== undefined;
  for (const [index, file] of SCRAPES.entries()) {
    const plain = plainSums([textOf(input, file)], setup.openMetrics, {
      rules: rules.rules,
      aggregation,
    });
    checkScrape(input[file], setup, rules, plain, forgets);
    if (index === 0) checkScrape(input[file], setup, rules, plain, forgets, false);
  }
}

/** `forgets`: families are forgotten in its midst. */
function checkScrape(
  bytes: Uint8Array<ArrayBuffer>,
  setup: Setup,
  rules: RulesInForce,
  plain: PlainSums,
  forgets: boolean,
  learns = true,
): void {
  const { wholeTableBytes, openMetrics } = setup;
  const isStreamed = wholeTableBytes > 0 && !rules.mayRename && rules.aggregation !== undefined;
  // Where names change nothing is forgotten before the end.
  const isBounded = isStreamed || (forgets && !rules.mayRename);
  const whole = isStreamed ? wholeTableBytes : WHOLE_TABLE_BYTES;
  if (isBounded) programOf(rules, undefined).wholeTableBytes = whole;
  const scraped = scrape(bytes, setup, rules, learns);
  if (scraped instanceof AggregationError) {
    if (isBounded && plain.mayComeBack) return checkNext(bytes, setup, rules, plain, learns);
    const isLimited = rules.limits?.action === "fail";
    hold(isLimited, "no failure within bounds", () => `${scraped.message}`);
    return checkLimitFailure(plain.gathered, rules.limits!);
  }
  const { out, stats } = scraped;
  const text = new TextDecoder().decode(out);
  if (rules.aggregation === undefined) return checkFiltered(text, plain);
  const found = readOutput(out, openMetrics, rules.mayRename);
  if (rules.limits !== undefined) return checkLimits(found, plain, rules.limits, text);
  const isLoud = !isStreamed || wholeTableBytes > 1 || !plain.comesBack;
  hold(isLoud, "loud above the bound", () => text);
  checkSeries(found, plain, true, text);
  checkCounts(stats, plain, text);
}

/** Each sample of the input is in the output, or it is counted why it is not. */
function checkCounts(stats: ScrapeStats, { invalid, duplicates }: PlainSums, text: string): void {
  const { inputSamples, outputSamples, mergedSamples, duplicateSamples } = stats;
  const { droppedAsInvalid, droppedByRules, droppedUnmergeable } = stats;
  const detail = (wanted: number, found: number) => `wanted ${wanted}, found ${found}\n${text}`;
  hold(
    droppedAsInvalid === invalid,
    "count of invalid samples",
    () => detail(invalid, droppedAsInvalid),
  );
  hold(
    duplicateSamples === duplicates,
    "count of duplicates",
    () => detail(duplicates, duplicateSamples),
  );
  const left = outputSamples + mergedSamples + duplicateSamples + droppedByRules +
    droppedAsInvalid + droppedUnmergeable;
  hold(left === inputSamples, "each sample counts once", () => detail(inputSamples, left));
}

/** A family that came back has ended the scrape: the next one gathers it whole. */
function checkNext(
  bytes: Uint8Array<ArrayBuffer>,
  setup: Setup,
  rules: RulesInForce,
  plain: PlainSums,
  learns: boolean,
): void {
  const again = scrape(bytes, setup, rules, learns);
  const isWhole = !(again instanceof AggregationError);
  if (!isWhole && rules.limits?.action === "fail") return;
  hold(isWhole, "the next scrape gathers whole", () => String(again));
  const text = new TextDecoder().decode(again.out);
  const found = readOutput(again.out, setup.openMetrics, rules.mayRename);
  if (rules.limits !== undefined) checkLimits(found, plain, rules.limits, text);
  else checkSeries(found, plain, true, text);
}

/** The text of a scrape, cut somewhere; or what ended it. */
function scrape(
  bytes: Uint8Array<ArrayBuffer>,
  { openMetrics }: Setup,
  rules: RulesInForce,
  learns: boolean,
) {
  const stats = new ScrapeStats();
  const out: Uint8Array[] = [];
  const run = new ScrapeRun(
    {
      rules,
      format: lineFormat(openMetrics),
      learns,
      policies: undefined,
      maxLineBytes: 4096,
      maxInputBytes: 0,
      maxOutputBytes: 0,
      onLimit: "truncate",
      saysMissing: false,
    },
    stats,
    (piece) => out.push(piece),
  );
  const sizes = [bytes.length + 1, 1 + hashOf(bytes) % 200, 7];
  try {
    for (const chunk of chunksOf(bytes, sizes[hashOf(bytes) % 3])) run.push(chunk);
    run.end();
  } catch (error) {
    if (!(error instanceof AggregationError)) throw error;
    return error;
  } finally {
    run.cancel();
  }
  return { out: concat(...out), stats };
}

/** Rules that keep and drop leave lines as they are. */
function checkFiltered(text: string, { keptLines }: PlainSums): void {
  const found = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).join("\n");
  const wanted = keptLines.join("\n");
  hold(found === wanted, "lines as they are", () => `wanted\n${wanted}\nfound\n${found}`);
}

async function checkGateway(input: FuzzInput, setup: Setup, rules: SeriesRules): Promise<void> {
  const bodies = SCRAPES.filter((file) => input[file].length > 0);
  const plainRules: PlainRules = { rules: rules.rules, aggregation: rules.aggregation.rules };
  const texts = bodies.map((file) => textOf(input, file));
  const plain = plainSums(texts, setup.openMetrics, plainRules);
  // The second time all is known.
  for (const out of await mergedOutput(texts.map(bytesOf), rules, setup.openMetrics, 2)) {
    const text = new TextDecoder().decode(out);
    checkSeries(readOutput(out, setup.openMetrics, true), plain, false, text);
  }
}
