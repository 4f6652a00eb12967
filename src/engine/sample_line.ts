import type { LineFormat } from "../exposition/line_format.ts";
import { isLabel, labelName } from "../exposition/wanted_label.ts";
import type { ScannedLine } from "../aggregate/edit_plan.ts";
import type { FamilyType } from "../exposition/family_type.ts";

/** What the exposition has said so far of the family that a sample belongs to. */
export interface SampleFamily {
  readonly name: string;
  /** What tells it from another family of the same name, if it was not the first. */
  readonly twin?: string;
  readonly type: FamilyType | undefined;
  /** Unescaped; only where policies read them. */
  readonly help: string | undefined;
  readonly unit: string | undefined;
}

/** A sample's line that has been scanned. */
export interface SampleLine extends ScannedLine {
  /** Unescaped. */
  readonly name: string;
  readonly family: SampleFamily | undefined;
  readonly format: LineFormat;
  /** Where the line begins in `bytes`. */
  readonly start: number;
}

/** Where the label `le` that has a value stands in `spans.labels`; -1: there is none. */
export function boundLabel({ bytes, spans: { labels, labelCount } }: SampleLine): number {
  for (let at = labelCount * 4 - 4; at >= 0; at -= 4) {
    if (isLabel(LE, bytes, labels[at], labels[at + 1])) {
      return labels[at + 3] > labels[at + 2] ? at : -1;
    }
  }
  return -1;
}

const LE = labelName("le");
