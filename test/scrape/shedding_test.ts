/** When steps of `limits.shed` are taken and given back. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { RulesInForce } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { Shedding } from "../../src/scrape/shedding.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

const STEPS = ["label path", "metric debug_.*"];
const SERIES = 1000;

interface Taken {
  readonly shedding: Shedding;
  /** One scrape that would have so many series without the steps: each step takes half of them. */
  readonly scrape: (load: number) => void;
  readonly metrics: WeirMetrics;
}

function shed(): Taken {
  const usage = { residentBytes: 0, cpuSeconds: 0, startTimeSeconds: 0 };
  const metrics = new WeirMetrics("1", { name: "bun", version: "0", usage: () => usage });
  const rules = {
    steps: STEPS,
    withSteps: (count: number) => ({ count } as unknown as RulesInForce),
  };
  const shedding = new Shedding({ path: "/metrics", series: SERIES, rules, metrics });
  const scrape = (load: number) => {
    const begun = shedding.now;
    const trial = begun.trial === undefined ? undefined : statsOf(load / 2 ** (begun.count - 1));
    shedding.ended(begun, statsOf(load / 2 ** begun.count), trial);
  };
  return { shedding, scrape, metrics };
}

function statsOf(series: number): ScrapeStats {
  const stats = new ScrapeStats();
  stats.outputSamples = Math.min(series, SERIES);
  if (series > SERIES) stats.limited("some", "series");
  return stats;
}

/** The steps in force after each scrape. */
function counts(loads: readonly number[], { shedding, scrape } = shed()): number[] {
  return loads.map((load) => {
    scrape(load);
    return shedding.now.count;
  });
}

const times = (count: number, load: number) => new Array<number>(count).fill(load);

const CASES: readonly (readonly [name: string, loads: readonly number[], wanted: number[]])[] = [
  ["no step within the limit", [1000, 999, 1], [0, 0, 0]],
  ["one after a scrape beyond it", [1001, 1001, 1001], [1, 1, 1]],
  ["one more with each scrape that still is", [5000, 5000, 5000, 5000], [1, 2, 2, 2]],
  ["the step stays where it would be too much without it", [1001, ...times(9, 801)], times(10, 1)],
  ["it goes after five scrapes that would have four fifths", [1001, ...times(5, 800)], [
    ...times(5, 1),
    0,
  ]],
  ["one that would not have begins the count anew", [
    1001,
    ...times(4, 800),
    801,
    ...times(5, 800),
  ], [...times(10, 1), 0]],
  ["the last step goes first", [3000, 3000, ...times(5, 1600), ...times(5, 800)], [
    1,
    2,
    ...times(4, 2),
    ...times(5, 1),
    0,
  ]],
];

for (const [name, loads, wanted] of CASES) {
  test(`steps are taken as they are needed: ${name}`, () => deepEqual(counts(loads), wanted));
}

test("a step that is soon wanted again takes twice as many scrapes to go", () => {
  const calm = (loads: number[]) => counts([1001, ...loads, 1001]);
  equal(calm(times(5, 1)).at(-1), 1);
  const taken = shed();
  counts([1001, ...times(5, 1), 1001], taken);
  deepEqual(counts(times(10, 1), taken), [...times(9, 1), 0]);
  counts([1001], taken);
  deepEqual(counts(times(20, 1), taken), [...times(19, 1), 0]);
  // After a long time in which it was not wanted it begins with five again.
  counts([...times(330, 1), 1001], taken);
  deepEqual(counts(times(5, 1), taken), [...times(4, 1), 0]);
});

test("no sawtooth makes steps flap", () => {
  for (const period of [2, 7, 20, 45, 100]) {
    const taken = shed();
    const loads = Array.from(
      { length: 3000 },
      (_, scrape) => 400 + Math.round(700 * (scrape % period) / (period - 1)),
    );
    const found = counts(loads, taken);
    const changes = found.filter((count, index) => index > 0 && count !== found[index - 1]).length;
    // The step is given back a few times too early, and stays then.
    ok(changes <= 10, `${changes} changes with a period of ${period}`);
    deepEqual(found.slice(1000), times(2000, 1), `a period of ${period}`);
  }
});

test("a scrape that began under other steps decides nothing", () => {
  const { shedding, scrape } = shed();
  const begun = shedding.now;
  scrape(5000);
  shedding.ended(begun, statsOf(5000), undefined);
  equal(shedding.now.count, 1);
});

test("what is in force is counted, and told", () => {
  const { shedding, scrape, metrics } = shed();
  const shown = () => metrics.render("text").split("\n").filter((line) => /^weir_shed/.test(line));
  deepEqual(shown(), [
    'weir_shed_active{step="label path"} 0',
    'weir_shed_active{step="metric debug_.*"} 0',
    'weir_shed_changes_total{step="label path",change="taken"} 0',
    'weir_shed_changes_total{step="label path",change="released"} 0',
    'weir_shed_changes_total{step="metric debug_.*",change="taken"} 0',
    'weir_shed_changes_total{step="metric debug_.*",change="released"} 0',
  ]);
  scrape(1500);
  deepEqual(shedding.steps, [
    { step: "label path", active: true },
    { step: "metric debug_.*", active: false },
  ]);
  deepEqual(shown().filter((line) => line.endsWith(" 1")), [
    'weir_shed_active{step="label path"} 1',
    'weir_shed_changes_total{step="label path",change="taken"} 1',
  ]);
});
