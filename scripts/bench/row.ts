import type { EverydayMeasurement } from "./everyday_measure.ts";
import type { SampleName } from "./samples.ts";
import type { Bench } from "./setting.ts";

/** One row of the benchmark: measured on its own, in processes of its own. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly samples: readonly SampleName[];
  /** Whether it heeds `--every`, and can run while others do. */
  readonly canBePaced?: boolean;
  readonly run: (bench: Bench) => Promise<Findings>;
}

/** Medians of what one contestant took; NaN and undefined where there is no such figure. */
export interface Measurement {
  readonly label: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMebibytes: number;
  readonly outputBytes: number | undefined;
  readonly series: number | undefined;
  readonly wantedSeries: number;
  /** Of CPU time, to the first contestant of the row. */
  readonly ratio: number;
}

/** One figure against its target. */
export interface Verdict {
  readonly what: string;
  readonly unit: Unit;
  /** Undefined where the figure is only shown. */
  readonly atMost: number | undefined;
  /** NaN when it could not be told. */
  readonly found: number;
}

/** Ratios can be compared between machines, all else cannot. */
export type Unit = "×" | "MiB" | "ms" | "µs a line";

export interface Findings {
  readonly measurements: readonly Measurement[];
  /** What is measured in everyday rows. */
  readonly everyday?: readonly EverydayMeasurement[];
  /** Who was left out, and why. */
  readonly notMeasured: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** Outputs that are not what they have to be, and failures. */
  readonly problems: readonly string[];
}

export interface RowResult extends Findings {
  readonly name: string;
  readonly what: string;
}

/**
 * Undefined when there is no target, or no figure, or the samples are not as large as those that the
 * targets speak of: what a scrape costs at all weighs too much then.
 */
export function isReached({ found, atMost }: Verdict, scale: number): boolean | undefined {
  if (atMost === undefined || scale !== 1 || !Number.isFinite(found)) return undefined;
  return found <= atMost;
}

/** The outputs among these that have another number of series than they have to. */
export function seriesProblems(
  measurements: readonly Pick<Measurement, "label" | "series" | "wantedSeries">[],
): string[] {
  return measurements.filter(({ series, wantedSeries }) => series !== wantedSeries)
    .map(({ label, series, wantedSeries }) =>
      `${label}: found ${series} series, wanted ${wantedSeries}`
    );
}
