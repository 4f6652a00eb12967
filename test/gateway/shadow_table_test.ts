/**
 * What is in shadow of many targets: a table of its own, with the figures of a gateway that enforces it,
 * beside the answer of one without it.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { type BodyFormat, isComposite } from "../../src/exposition/line_format.ts";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import { buildSeriesRules, type SeriesRules } from "../../src/lines/rules_in_force.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { CONTENT_TYPES } from "../../src/upstream/negotiate.ts";
import { exporterOf, gatewayOf, textOf } from "../support/gateway/gateway_of.ts";
import { NO_LIMITS } from "../support/lines/series_case.ts";
import {
  bodyIn,
  type CasePolicies,
  policiesInForce,
  randomShadowCase,
  type ShadowCase,
} from "../support/lines/shadow_case.ts";
import { random } from "../support/random.ts";

interface InForce extends CasePolicies {
  readonly rules: SeriesRules;
}

async function inForce(of: ShadowCase, isWhole: boolean): Promise<InForce> {
  const { shadow, limits } = of;
  const texts = isWhole || !shadow.rules ? of.rules : [];
  const rules = await buildSeriesRules({
    relabelConfigs: readRelabelConfigs(texts, placeOf("rules"), "utf8").configs,
    aggregationRules: of.aggregation,
    limits: limits && (isWhole || !shadow.limits) ? { ...NO_LIMITS, ...limits } : undefined,
  });
  return { rules, ...await policiesInForce(of, isWhole) };
}

const FORMATS: readonly BodyFormat[] = ["text", "openmetrics", "protobuf", "openmetrics2"];
const RULE_SETS = 50;

for (const [number, format] of FORMATS.entries()) {
  test(`${RULE_SETS} random rule sets before two targets: ${format}`, async () => {
    const next = random(4_400 + number);
    const bodies = new Map<string, Uint8Array>();
    const targets = await Promise.all(["a", "b"].map((name) =>
      exporterOf((_, response) => {
        response.writeHead(200, { "content-type": CONTENT_TYPES[format] }).end(bodies.get(name));
      })
    ));
    const urls = targets.map(({ url }) => url);
    // Sums say since when they count: since the same moment in all three.
    const { now: clock } = Date;
    let now = clock();
    Date.now = () => now;
    const seen = { dropped: 0, merged: 0, policed: 0, limited: 0, compared: 0 };
    try {
      for (let turn = 0; turn < RULE_SETS; turn++) {
        const of = randomShadowCase(next, format);
        const what = JSON.stringify({ ...of, turn });
        const enforcing = await inForce(of, true);
        const tried = await inForce(of, true);
        const plain = await inForce(of, false);
        const answering = await inForce(of, false);
        // One target after the other: series stand in the order in which they came.
        const flags = { counters: next(1) === 0 ? "monotonic" : "raw", concurrency: "1" };
        const [wanting, without, shadowed] = await Promise.all(
          [enforcing, plain, answering].map(({ rules }) => gatewayOf(urls, flags, rules)),
        );
        let isWhole = true;
        for (let scrape = 0; scrape < 3; scrape++) {
          now += 1_000;
          for (const name of ["a", "b"]) {
            const own = randomShadowCase(next, format).lines;
            bodies.set(name, bodyIn(scrape === 1 ? of.lines : own, format));
          }
          const accept = isComposite(format) ? "text/plain" : CONTENT_TYPES[format];
          const scraped = (gateway: typeof wanting, { policies }: InForce, shadow?: InForce) =>
            gateway.scrape({
              accept,
              policies,
              ...shadow && { shadow: { ...shadow, countsPolicies: true } },
            }).catch((error) => error as Error);
          const wanted = await scraped(wanting, enforcing);
          const expected = await scraped(without, plain);
          const answer = await scraped(shadowed, answering, tried);
          if (expected instanceof Error || answer instanceof Error) {
            equal(String(answer), String(expected), what);
            isWhole = false;
            continue;
          }
          equal(await textOf(answer), await textOf(expected), what);
          deepEqual(answer.stats, expected.stats, what);
          if (wanted instanceof Error) {
            ok(wanted instanceof AggregationError, String(wanted));
            equal(answer.shadow?.failure?.message, wanted.message, what);
            isWhole = false;
            continue;
          }
          equal(answer.shadow?.failure, undefined, what);
          deepEqual(answer.shadow?.figures, wanted.stats, what);
          const hits = of.rules.map((_, rule) => answer.shadow!.figures!.ruleHits.of(rule));
          deepEqual(hits, of.rules.map((_, rule) => wanted.stats.ruleHits.of(rule)), what);
          seen.compared++;
          seen.dropped += wanted.stats.droppedByRules;
          seen.merged += wanted.stats.mergedSamples;
          seen.policed += wanted.stats.droppedByPolicy;
          for (const samples of wanted.stats.limitedSamples.values()) seen.limited += samples;
        }
        for (const { policies } of [enforcing, tried]) policies?.settle();
        // What a scrape counted before it failed is nobody's figure.
        if (isWhole) {
          deepEqual([...tried.counters.entries()], [...enforcing.counters.entries()], what);
        }
      }
    } finally {
      Date.now = clock;
      await Promise.all(targets.map((target) => target.close()));
    }
    ok(Object.values(seen).every((count) => count > 0), JSON.stringify(seen));
    ok(seen.compared > RULE_SETS, JSON.stringify(seen));
  });
}
