import type { ScannedLine } from "../aggregate/edit_plan.ts";
import type { FamilyType } from "../exposition/family_type.ts";

/** What the exposition has said so far of the family that a sample belongs to. */
export interface SampleFamily {
  readonly name: string;
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
  readonly openMetrics: boolean;
  /** Where the line begins in `bytes`. */
  readonly start: number;
}
