import type { FamilyType } from "../family_type.ts";
import type { ComposedMetric } from "./composed_metric.ts";

/**
 * Writes metrics that were composed of lines, in a format of composite metrics. `begin`, then one
 * `metric` or more, then `finish`; at last `end`.
 */
export interface FamilyEncoder {
  /** Nothing more is wanted. */
  readonly isFull: boolean;
  /** Samples that the format cannot say, as Prometheus would refuse them: those are left out. */
  readonly leftOut: number;
  /**
   * A family's metrics follow. The same family may come several times, where it is larger than what is
   * held, and under several types, where some of its metrics are no longer what they were.
   */
  begin(family: ComposedFamily): void;
  /** The next metric of the family, which holds until the call returns. */
  metric(metric: ComposedMetric): void;
  /** The family has no more metrics. */
  finish(): void;
  /** There are no more families: writes what is held. The format's terminator is not the encoder's. */
  end(): void;
}

export interface ComposedFamily {
  /** Unescaped, and exact: that of a counter's samples. */
  readonly name: string;
  /**
   * Tells what its metrics are: of "histogram", "gaugehistogram" and "summary" they are composite, of
   * all others one value. Undefined where no line said it.
   */
  readonly type: FamilyType | undefined;
  /** Unescaped. */
  readonly help: string | undefined;
  readonly unit: string | undefined;
}
