/*
 * What one target of two may do to a gateway's answer: nothing that Prometheus would not say of it. Each
 * exposition of `test/support/gateway/poison_lines.ts` is scraped beside a target in good health, three
 * times, since lines that are known are taken by other code.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { UnreadableAction } from "../../src/lines/unreadable_line.ts";
import { comparable, readSeries, type Series } from "../support/exposition/read_series.ts";
import { MergedRun } from "../support/gateway/merged_case.ts";
import {
  bytesOfPoison,
  countedOf,
  hasLabelTwice,
  POISON_LINES,
  type PoisonLine,
} from "../support/gateway/poison_lines.ts";

const OTHER: readonly Series[] = [
  [[["__name__", "after"]], "3"],
  [[["__name__", "other"]], "5"],
];

test("a target that Prometheus refuses counts as not read, any other one in full", async () => {
  for (const line of POISON_LINES) {
    for (const { unread, series, stats } of await answersOf(line, undefined)) {
      const wanted = countedOf(line);
      const shown = `${line.what}\n${line.body}\nPrometheus: ${line.refused ?? "takes it"}`;
      assert.equal(unread === undefined ? "read" : "refused", wanted ? "read" : "refused", shown);
      assert.deepEqual(series, seriesSet([...OTHER, ...wanted ?? []]), shown);
      assert.equal(stats.droppedAsInvalid, hasLabelTwice(line) ? 1 : 0, shown);
      assert.equal(stats.droppedUnreadable, 0, shown);
    }
  }
});

test("lines that are dropped are counted, and no other one is missing", async () => {
  for (const line of POISON_LINES) {
    for (const { unread, series, stats } of await answersOf(line, "drop")) {
      const shown = `${line.what}\n${line.body}\nPrometheus: ${line.refused ?? "takes it"}`;
      const wanted = countedOf(line);
      if (wanted !== undefined) {
        assert.deepEqual(series, seriesSet([...OTHER, ...wanted]), shown);
        assert.equal(stats.droppedUnreadable, 0, shown);
      } else if (unread !== undefined) {
        assert.match(unread, /^OpenMetrics /, shown);
        assert.deepEqual(series, seriesSet(OTHER), shown);
      } else {
        assert.ok(stats.droppedUnreadable > 0, shown);
        const [before] = line.series;
        const kept = new Set(series);
        for (const one of seriesSet([...OTHER, before])) assert.ok(kept.has(one), shown);
      }
    }
  }
});

async function answersOf(line: PoisonLine, onUnreadable: UnreadableAction | undefined) {
  const { openMetrics } = line;
  const bad = { bytes: bytesOfPoison(line), openMetrics };
  const good = `other 5\nafter 3\n${openMetrics ? "# EOF\n" : ""}`;
  const run = await MergedRun.of({ counters: "raw", onUnreadable });
  const found = [];
  for (let scrape = 0; scrape < 3; scrape++) {
    const answers = scrape % 2 === 0 ? { bad, good } : { good, bad };
    const format = openMetrics ? "openmetrics" : "text";
    const { bytes, unread, stats } = await run.scrape({ answers, format });
    const series = readSeries(bytes, openMetrics).filter(([labels]) => !isShortfall(labels));
    found.push({ unread: unread.bad, series: seriesSet(series), stats });
  }
  return found;
}

function isShortfall(labels: Series[0]): boolean {
  return labels.some(([name, value]) => name === "__name__" && value.startsWith("weir_scrape_"));
}

/** The first of each; an empty label is an absent one. */
function seriesSet(series: readonly Series[]): string[] {
  const byLabels = new Map<string, string>();
  for (const [labels, value, timestampMs] of series) {
    const filled = labels.filter(([, text]) => text !== "");
    const [names, number, time] = comparable([filled, value, timestampMs]);
    const key = JSON.stringify(names);
    if (!byLabels.has(key)) byLabels.set(key, `${key} ${number} ${timeText(time)}`);
  }
  return [...byLabels.values()].sort();
}

/** Beyond a signed 64-bit integer Prometheus's time is what Go's conversion happens to give. */
function timeText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "";
  return Math.abs(milliseconds) < 2 ** 63 ? String(milliseconds) : "beyond all times";
}
