import { type Counts, OUTCOMES } from "./outcome.ts";
import { type Mode, MODES } from "./right_answer.ts";
import type { FaultResult } from "./suite.ts";

/** Faults down, modes across, how many scrapes ended how in the cells, as text. */
export function faultTable(results: readonly FaultResult[]): string {
  const modes = MODES.filter((mode) => results.some((result) => result.mode === mode));
  const names = [...new Set(results.map(({ fault }) => fault))];
  const rows = names.map((name) => {
    const ofFault = results.filter(({ fault }) => fault === name);
    const peak = Math.max(...ofFault.map(({ peakMebibytes }) => peakMebibytes || 0));
    return [name, ...modes.map((mode) => cell(ofFault, mode)), peak.toFixed(0)];
  });
  const totals = ["all", ...modes.map((mode) => countsText(totalCounts(results, mode))), ""];
  return aligned([["fault", ...modes, "peak MiB"], ...rows, totals]);
}

/** One line of all outcomes, the ones that did not occur too. */
export function summaryLine(results: readonly FaultResult[]): string {
  const counts = totalCounts(results);
  const scrapes = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kinds = new Set(results.map(({ fault }) => fault)).size;
  const peak = Math.max(...results.map(({ peakMebibytes }) => peakMebibytes || 0));
  return `${scrapes} scrapes, ${kinds} kinds of fault: ` +
    `${OUTCOMES.map((outcome) => `${outcome} ${counts[outcome] ?? 0}`).join(", ")}; ` +
    `peak ${peak.toFixed(0)} MiB`;
}

export function totalCounts(results: readonly FaultResult[], mode?: Mode): Counts {
  const total: Counts = {};
  for (const result of results) {
    if (mode !== undefined && result.mode !== mode) continue;
    for (const outcome of OUTCOMES) {
      const count = result.tally.counts[outcome];
      if (count !== undefined) total[outcome] = (total[outcome] ?? 0) + count;
    }
  }
  return total;
}

function cell(results: readonly FaultResult[], mode: Mode): string {
  const result = results.find((result) => result.mode === mode);
  return result === undefined ? "–" : countsText(result.tally.counts);
}

function countsText(counts: Counts): string {
  const found = OUTCOMES.filter((outcome) => (counts[outcome] ?? 0) > 0);
  return found.map((outcome) => `${outcome} ${counts[outcome]}`).join(", ");
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((text, column) => text.padEnd(widths[column])).join("  ").trimEnd()
  ).join("\n");
}
