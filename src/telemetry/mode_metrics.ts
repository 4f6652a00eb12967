import { rolloutText, shareText } from "../rollout/rollout_mode.ts";
import type { RolloutPart } from "../rollout/rollout_part.ts";
import type { Gauge } from "./metrics.ts";

type ModeGauge = Gauge<readonly ["path", "part", "mode", "canary"]>;

/** Says which parts of the configuration are in shadow, or a canary's, and what that has decided here. */
export class ModeMetrics {
  readonly #gauge: ModeGauge;

  constructor(gauge: ModeGauge) {
    this.#gauge = gauge;
  }

  /** In place of what was said before of rules and limits. */
  ofRoutes(routes: Iterable<{ readonly path: string; readonly rollout: readonly RolloutPart[] }>) {
    this.#gauge.retain((path) => path === "");
    for (const { path, rollout } of routes) this.#say(path, rollout);
  }

  /** The same of policies, which are those of all paths. */
  ofPolicies(rollout: readonly RolloutPart[]): void {
    this.#gauge.retain((path) => path !== "");
    this.#say("", rollout);
  }

  #say(path: string, rollout: readonly RolloutPart[]): void {
    for (const { part, mode, isEnforced } of rollout) {
      const inForce = isEnforced ? "enforce" : "shadow";
      this.#gauge.with(path, part, inForce, shareText(mode)).set(1);
    }
  }
}

/** The same as fields of a log line. */
export function modeFields({ part, mode, isEnforced }: RolloutPart) {
  return { part, mode: rolloutText(mode), in_force: isEnforced ? "enforce" : "shadow" };
}
