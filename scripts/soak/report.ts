import { type Counts, OUTCOMES } from "../faults/outcome.ts";
import { growth } from "./growth.ts";
import { type PlotPanel, plotSvg } from "./plot.ts";
import type { SoakSample } from "./soak_sample.ts";

/** What is told of one Weir. */
export interface Soaked {
  readonly mode: string;
  readonly samples: readonly SoakSample[];
  readonly tally: { readonly counts: Counts };
}

/** The figures of one Weir, as text. */
export function soakText({ mode, samples, tally: { counts } }: Soaked): string {
  const scrapes = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const ends = OUTCOMES.map((outcome) => `${outcome} ${counts[outcome] ?? 0}`).join(", ");
  const { descriptors, slope, leaksMemory, leaksDescriptors } = growth(samples);
  const most = (of: (sample: SoakSample) => number) => Math.max(...samples.map(of));
  const median = (of: (sample: SoakSample) => number) =>
    samples.map(of).filter((value) => value > 0).sort((a, b) => a - b)[samples.length >> 1] ?? 0;
  const { anonymousMebibytes = 0, descriptors: open = 0 } = samples.at(-1) ?? {};
  return [
    `${mode}: ${scrapes} scrapes: ${ends}`,
    `  resident ${most((one) => one.residentMebibytes).toFixed(0)} MiB at most, anonymous ` +
    `${most((one) => one.anonymousMebibytes).toFixed(0)} MiB at most, ` +
    `${anonymousMebibytes.toFixed(0)} MiB in the end`,
    `  last half: anonymous memory ${slope.toFixed(2)} MiB a minute (${verdict(leaksMemory)}), ` +
    `descriptors ${descriptors >= 0 ? "+" : ""}${descriptors} to ${open} ` +
    `(${verdict(leaksDescriptors)})`,
    `  latency, median of the seconds: p50 ${median((one) => one.p50).toFixed(1)} ms, ` +
    `p99 ${median((one) => one.p99).toFixed(1)} ms`,
  ].join("\n");
}

function verdict(leaks: boolean | undefined): string {
  return leaks === undefined ? "too short to tell" : leaks ? "GROWS" : "does not grow";
}

/** The same over time. */
export function soakSvg(title: string, soaked: readonly Soaked[]): string {
  const seconds = soaked[0].samples.map(({ seconds }) => seconds);
  const lines = (name: string, of: (sample: SoakSample) => number | undefined) =>
    soaked.map(({ mode, samples }) => ({ name: `${mode} ${name}`, values: samples.map(of) }));
  const ended = ({ p99 }: SoakSample, value: number) => p99 > 0 ? value : undefined;
  const panels: PlotPanel[] = [
    {
      title: "memory, MiB",
      lines: [
        ...lines("resident", (one) => one.residentMebibytes),
        ...lines("anonymous", (one) => one.anonymousMebibytes),
      ],
    },
    { title: "open descriptors", lines: lines("", (one) => one.descriptors) },
    { title: "latency p50, ms", lines: lines("p50", (one) => ended(one, one.p50)) },
    { title: "latency p99, ms", lines: lines("p99", (one) => ended(one, one.p99)) },
    ...soaked.map(({ mode, samples }) => ({
      title: `${mode}: scrapes by their end, a second`,
      lines: OUTCOMES.filter((outcome) => samples.some(({ counts }) => counts[outcome]))
        .map((outcome) => ({
          name: outcome,
          values: samples.map(({ counts }) => counts[outcome] ?? 0),
        })),
    })),
  ];
  return plotSvg(title, seconds, panels);
}
