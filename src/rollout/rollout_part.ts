import { isEnforced, type RolloutMode } from "./rollout_mode.ts";

/** A part of the configuration that has a mode other than `enforce`. */
export interface RolloutPart {
  /** Its key in the configuration: `metric_relabel_configs`, `limits`; or `policy:` and an id. */
  readonly part: string;
  readonly mode: RolloutMode;
  readonly isEnforced: boolean;
}

/** What was decided of the parts that have a mode other than `enforce`, in the instance of this name. */
export function rolloutParts(
  modes: Iterable<readonly [part: string, mode: RolloutMode | undefined]>,
  name: string | undefined,
): RolloutPart[] {
  return [...modes].flatMap(([part, mode]) =>
    mode === undefined || mode === "enforce"
      ? []
      : [{ part, mode, isEnforced: isEnforced(mode, name) }]
  );
}
