import { configTarget } from "./config_target.ts";
import { expositionTarget } from "./exposition_target.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { gatewayTarget } from "./gateway_target.ts";
import { openmetrics2Target } from "./openmetrics2_target.ts";
import { policiesTarget } from "./policies_target.ts";
import { protobufTarget } from "./protobuf_target.ts";
import { relabelTarget } from "./relabel_target.ts";
import { seriesTarget } from "./series_target.ts";
import { syncTarget } from "./sync_target.ts";

/** In the order in which they run. */
export const fuzzTargets: readonly FuzzTarget[] = [
  expositionTarget,
  seriesTarget,
  relabelTarget,
  policiesTarget,
  syncTarget,
  configTarget,
  gatewayTarget,
  protobufTarget,
  openmetrics2Target,
];

/** The target of that name. Throws when there is none. */
export function targetNamed(name: string): FuzzTarget {
  const target = fuzzTargets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`no fuzz target ${JSON.stringify(name)}`);
  return target;
}
