import type { Context } from "hono";
import { rulesText } from "../analyze/rule_yaml.ts";
import { policyText } from "../policy/policy_text.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { NO_STORE } from "./analysis_failure.ts";
import { chosenRoute } from "./routes.ts";
import type { Route, ServerState } from "./server_state.ts";
import { PREVIEW_OFF } from "./preview_access.ts";

/** Plain data: what a preview may start from. */
export interface RulesAnswer {
  /** As a relabel file. */
  readonly relabel: string;
  /** As a policy file; of the active policies, whichever provider they are of. */
  readonly policies: string;
  /** Where previews are off: what to do. */
  readonly previewOff: string | undefined;
  /** Each figure is one target's where there are many. */
  readonly isGateway: boolean;
}

/** Returns the rules of a route and of its subsets as a relabel file. */
export function rulesInForce({ context }: Route): string {
  const { rules, subsets } = context.settings();
  return rulesText(
    new Map<string, readonly RelabelConfig[]>([
      ["metric_relabel_configs", rules?.rules?.rules.map(({ config }) => config) ?? []],
      ...[...subsets].map(([name, { rules }]) =>
        [name, rules?.rules.map(({ config }) => config) ?? []] as const
      ),
    ]),
  );
}

/** Answers `GET /analyze/rules`: the rules and policies in force. Neither has secrets. */
export function rulesRequest(state: ServerState, context: Context): Response {
  const route = chosenRoute(state, context);
  const { config } = route.context.settings();
  const answer: RulesAnswer = {
    relabel: rulesInForce(route),
    policies: policyText(route.policyEntries()),
    previewOff: config.web.preview ? undefined : PREVIEW_OFF,
    isGateway: config.gateway?.hasManyTargets ?? false,
  };
  return Response.json(answer, { headers: NO_STORE });
}
