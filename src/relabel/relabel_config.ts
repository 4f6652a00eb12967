import type { Place } from "../problems/problem.ts";
import type { RelabelAction } from "./actions.ts";
import type { NameScheme } from "./label_name.ts";

/** One validated rule of `metric_relabel_configs`, defaults filled in. */
export interface RelabelConfig {
  /** Where it stands, for messages. */
  readonly place: Place;
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  /** As it was written, without the anchors. */
  readonly regex: string;
  /** Between 1 and 2^64-1 for hashmod. */
  readonly modulus: bigint;
  readonly targetLabel: string;
  readonly replacement: string;
  readonly scheme: NameScheme;
  /** What is doubtful about how it is written, for lints; absent where nothing is. */
  readonly doubts?: readonly string[];
}

/** Prometheus's `DefaultRelabelConfig`. */
export const RELABEL_DEFAULTS = {
  action: "replace",
  separator: ";",
  regex: "(.*)",
  modulus: 0n,
  targetLabel: "",
  replacement: "$1",
} as const;
