import { escapeQuoted } from "../exposition/quoted_text.ts";
import { gaugeHead, type OwnFamily } from "../exposition/own_families.ts";

/** What became of one target in one scrape. */
export interface TargetOutcome {
  readonly address: string;
  readonly isUp: boolean;
  readonly durationSeconds: number;
  /** Samples that it exposed, before policies and rules. */
  readonly samples: number;
}

const FAMILIES: readonly (readonly [string, string, (outcome: TargetOutcome) => number])[] = [
  [
    "weir_target_up",
    "Whether the target was read whole in this scrape.",
    ({ isUp }) => Number(isUp),
  ],
  [
    "weir_target_scrape_duration_seconds",
    "Time from the request to the target until its last byte, or its failure.",
    ({ durationSeconds }) => Math.round(durationSeconds * 1e6) / 1e6,
  ],
  [
    "weir_target_samples",
    "Samples that the target exposed, before policies and rules.",
    ({ samples }) => samples,
  ],
];

/** Weir's own samples of the targets, so that each stays visible in a response that merges them. */
export class TargetSamples {
  readonly families: readonly OwnFamily[];

  constructor(outcomes: readonly TargetOutcome[]) {
    this.families = FAMILIES.map(([name, help, valueOf]) => ({
      name,
      head: gaugeHead(name, help),
      samples: outcomes.map((outcome) => ({
        key: `${name}{target="${escapeQuoted(outcome.address)}"}`,
        value: valueOf(outcome),
      })),
    }));
  }
}
