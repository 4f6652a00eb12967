import { formatValue } from "./format_value.ts";

/** A family of Weir's own in the response to a scrape. */
export interface OwnFamily {
  readonly name: string;
  /** Its metadata lines. */
  readonly head: string;
  readonly samples: readonly OwnSample[];
}

export interface OwnSample {
  /** Name and labels. */
  readonly key: string;
  readonly value: number;
}

/** The families by which a response says what is missing in it. */
export const SHORTFALL_NAMES = [
  "weir_scrape_unfiltered_lines",
  "weir_scrape_dropped_samples",
  "weir_scrape_missing_targets",
  "weir_scrape_truncated",
  "weir_scrape_shed_steps",
] as const;
export type ShortfallName = (typeof SHORTFALL_NAMES)[number];

/** The metadata lines of a gauge. */
export function gaugeHead(name: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
}

/** The lines of the families; each sample with the timestamp, if there is one. */
export function ownLines(families: readonly OwnFamily[], timestamp?: string): string {
  const end = timestamp === undefined ? "\n" : ` ${timestamp}\n`;
  return families.map(({ head, samples }) =>
    head + samples.map(({ key, value }) => `${key} ${formatValue(value)}${end}`).join("")
  ).join("");
}
