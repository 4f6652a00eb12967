import { everydayTable } from "./everyday_table.ts";
import { isReached, type Measurement, type RowResult, type Verdict } from "./row.ts";
import { aligned, number } from "./text_table.ts";

/** Everything that was measured in one row, as text. */
export function measurementTable(
  { name, what, measurements, everyday = [], notMeasured, verdicts, problems }: RowResult,
): string {
  const cells = measurements.map(measurementCells);
  const head = ["", "ratio", "CPU s", "wall s", "peak MiB", "output bytes", "series"];
  return [
    `${name}: ${what}`,
    ...(cells.length === 0 ? [] : aligned([head, ...cells])),
    ...(everyday.length === 0 ? [] : everydayTable(everyday)),
    ...verdicts.map((verdict) => `  ${verdict.what}: ${figure(verdict)}`),
    ...notMeasured.map((sentence) => `  not measured: ${sentence}`),
    ...problems.map((problem) => `  WRONG: ${problem}`),
  ].join("\n");
}

/** All figures beside their targets, as text. */
export function verdictTable(results: readonly RowResult[], scale: number): string {
  const cells = results.flatMap(({ name, verdicts, problems }) => [
    ...verdicts.map((verdict) => [name, verdict.what, target(verdict), ...outcome(verdict, scale)]),
    ...problems.map((problem) => [name, problem, "", "", "WRONG"]),
  ]);
  const head = ["row", "figure", "target", "measured", ""];
  return [
    ...aligned([head, ...cells]),
    "Figures other than ratios (×) are this machine's and say little elsewhere.",
    ...(scale === 1 ? [] : [`The targets are for --scale 1, these are figures of ${scale}.`]),
  ].join("\n");
}

function measurementCells(measured: Measurement): string[] {
  return [
    `  ${measured.label}`,
    number(measured.ratio, 2),
    number(measured.cpuSeconds, 2),
    number(measured.wallSeconds, 2),
    number(measured.peakMebibytes, 1),
    number(measured.outputBytes, 0),
    number(measured.series, 0),
  ];
}

function target({ atMost, unit }: Verdict): string {
  return atMost === undefined ? "–" : `≤ ${atMost} ${unit}`;
}

function outcome(verdict: Verdict, scale: number): [string, string] {
  const reached = isReached(verdict, scale);
  return [figure(verdict), reached === undefined ? "–" : reached ? "reached" : "not reached"];
}

function figure({ found, unit }: Verdict): string {
  return Number.isFinite(found) ? `${number(found, unit === "×" ? 2 : 1)} ${unit}` : "–";
}
