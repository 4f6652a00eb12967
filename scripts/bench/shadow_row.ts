import { WEIR } from "./contestants.ts";
import { late, measureEveryday, ratioOf } from "./everyday_measure.ts";
import { type Findings, type Row, seriesProblems, type Verdict } from "./row.ts";
import { sampleCounts } from "./samples.ts";
import type { Workload } from "./workload.ts";

export interface ShadowTargets {
  readonly scrapes: number;
  /** CPU time of rules in shadow as a ratio to that of the same ones enforced. */
  readonly toEnforced: number;
}

/** Weir without rules, with them, and with them in shadow, scraped in turn. */
export function shadowRow(
  name: string,
  what: string,
  workload: Workload,
  targets: ShadowTargets,
): Row {
  return {
    ...{ name, what, samples: [workload.sample], canBePaced: true },
    async run(bench): Promise<Findings> {
      const { sample } = workload;
      const { runs, scrapes, every, rest } = bench.options;
      const { series } = sampleCounts(sample, bench.options.scale);
      const variants: readonly (readonly [label: string, workload: Workload])[] = [
        ["weir, no rules", { sample, work: "pass" }],
        ["weir, enforced", workload],
        ["weir, in shadow", { ...workload, work: "pass", relabelMode: "shadow" }],
      ];
      const entries = variants.map(([label, own]) => ({
        ...{ label, gzip: false, wantedSeries: series[own.work]! },
        start: () => WEIR.start(bench, own),
      }));
      const everyday = await measureEveryday(entries, runs, {
        scrapes: scrapes ?? targets.scrapes,
        everySeconds: every,
        restSeconds: rest,
      });
      const [none, enforced, shadow] = everyday;
      const to = (other: typeof none, atMost?: number): Verdict => ({
        what: `CPU of 22 on, in shadow to ${other.label.replace("weir, ", "")}`,
        unit: "×",
        atMost,
        found: ratioOf(late, shadow, other),
      });
      return {
        ...{ measurements: [], everyday, notMeasured: [] },
        verdicts: [to(none), to(enforced, targets.toEnforced)],
        problems: seriesProblems(everyday),
      };
    },
  };
}
