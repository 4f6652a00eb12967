import type { FamilyType } from "../exposition/family_type.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import type { LabelEntry } from "./label_builder.ts";

/** What rules did to a sample, and do to every one with its signature. */
export interface RuleEffects {
  /** The labels that they found, by name; a number is that label of the line, which no rule reads. */
  readonly found: readonly LabelEntry[];
  /** The labels after the last rule that it came to, with bounds as its series has them. */
  readonly left: readonly LabelEntry[];
  /** The type of the family that it is written in, and what its name has more than the family's. */
  readonly type: FamilyType | undefined;
  readonly suffix: string;
  /** The number of the rule that dropped it, or -1. */
  readonly droppedBy: number;
  /** Numbers of the rules that dropped it, or set or removed a label of it. */
  readonly hits: readonly number[];
}

/** A sample as it came. */
export interface WatchedSample {
  readonly bytes: Uint8Array;
  readonly spans: SampleSpans;
  /** Unescaped. */
  readonly name: string;
  /** Undefined where no metadata spoke of one before the sample. */
  readonly family: { readonly name: string; readonly type: FamilyType | undefined } | undefined;
}

/** Looks on while the engine takes the samples of an exposition: all but those it cannot read. */
export interface SampleWatcher {
  /**
   * `effects` is undefined where no rule was applied: there is none, a policy drops the sample or
   * failed at it, or it has a label twice. `policies`: the ids of those that drop it, where policies
   * do. The sample is good for this call only.
   */
  judged(
    sample: WatchedSample,
    effects: RuleEffects | undefined,
    policies?: readonly string[],
  ): void;
  /**
   * A sample's line was taken, or what should have been one: what became of it is counted in the run's
   * figures. Good for this call only.
   */
  lineTaken?(bytes: Uint8Array, start: number, end: number): void;
}
