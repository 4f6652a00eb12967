import type { Context } from "hono";
import { type RuleText, ruleText } from "../analyze/rule_yaml.ts";
import { FLAG_PROVIDER_ID } from "../config/build.ts";
import type { Config, PolicyProviderConfig } from "../config/config.ts";
import { defaultsInForce } from "../config/shown_config.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { type RolloutMode, shareText } from "../rollout/rollout_mode.ts";
import type { Route, ServerState } from "./server_state.ts";

type Keys = Readonly<Record<string, unknown>>;

/**
 * Answers `GET /-/config`: the configuration in force, in the keys of a config file; as YAML, or as JSON
 * where that is asked for. It holds no secret.
 */
export async function configRequest(state: ServerState, context: Context): Promise<Response> {
  const inForce = configInForce(state);
  const asJson = context.req.query("format") === "json" ||
    (context.req.header("accept") ?? "").includes("application/json");
  if (asJson) {
    return context.body(`${JSON.stringify(inForce, null, 2)}\n`, 200, {
      "content-type": "application/json",
    });
  }
  const { stringify } = await import("@std/yaml");
  // A browser shows text; YAML's own type it would save.
  return context.body(stringify(inForce, { lineWidth: 0 }), 200, {
    "content-type": "text/plain; charset=utf-8",
  });
}

function configInForce(state: ServerState): Keys {
  const { config } = state.settings();
  const shown = config.shown as Keys;
  const hasListen = "listen_address" in shown || "listen_port" in shown;
  const { listen, ...others } = defaultsInForce(config);
  const whole = overlaid(hasListen ? others : { listen, ...others }, shown);
  const common = { ...config.demo && { demo: true }, ...whole, ...providersOf(config, shown) };
  if (!Array.isArray(shown.routes)) return { ...common, ...rulesOf(state.routes()[0]) };
  const configured = shown.routes as readonly Keys[];
  const routes = state.routes().map((route) => {
    const own = configured.find(({ path }) => path === route.path) ?? { path: route.path };
    return { ...own, ...rulesOf(route) };
  });
  return { ...common, routes };
}

/** With the file that a flag names, before the others. */
function providersOf({ policyProviders }: Config, shown: Keys): Keys {
  const ofFlag = policyProviders.filter(({ id }) => id === FLAG_PROVIDER_ID);
  if (ofFlag.length === 0) return {};
  const others = (shown.policy_providers ?? []) as readonly object[];
  return { policy_providers: [...ofFlag.map(fileProvider), ...others] };
}

function fileProvider(provider: PolicyProviderConfig): object {
  return provider.type === "file" ? { id: provider.id, type: "file", path: provider.path } : {};
}

/** What was configured over what is in force by itself. */
function overlaid(below: Keys, above: Keys): Keys {
  const result: Record<string, unknown> = { ...below, ...above };
  for (const key of Object.keys(below)) {
    const [under, over] = [below[key], above[key]];
    if (isMap(under) && isMap(over)) result[key] = { ...under, ...over };
  }
  return result;
}

function isMap(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The rules in force, wherever they were read from. */
function rulesOf({ context }: Route): Keys {
  const { rules, subsets, rollout } = context.settings();
  const mode = rollout.find(({ part }) => part === "metric_relabel_configs")?.mode;
  const named = [...subsets].map(([name, { rules }]) => [name, listed(rules)] as const);
  return {
    metric_relabel_configs: listed(rules?.rules),
    ...mode === undefined ? {} : { relabel_mode: writtenMode(mode) },
    ...named.length > 0 ? { subsets: Object.fromEntries(named) } : {},
  };
}

function writtenMode(mode: RolloutMode): string | object {
  return typeof mode === "string" ? mode : { canary: shareText(mode) };
}

function listed(rules: RuleSet | undefined): object[] {
  return (rules?.rules ?? []).map(({ config }) => plain(config));
}

function plain(config: RelabelConfig): object {
  return Object.fromEntries(
    Object.entries(ruleText(config)).map(([key, value]) => [key, plainValue(value)]),
  );
}

/** A modulus that JSON's numbers cannot hold is a text. */
function plainValue(value: RuleText[string]) {
  if (typeof value !== "bigint") return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}
