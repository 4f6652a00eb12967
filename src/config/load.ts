import { flagOverrides, type Flags } from "./flags.ts";
import { buildConfig, FLAG_PROVIDER_ID, type RulesOfFile } from "./build.ts";
import type { ConfigForm, WholeConfig } from "./config.ts";
import { ConfigError } from "../problems/config_error.ts";
import {
  familyConflicts,
  forwardConflicts,
  listenConflicts,
  missingUpstream,
  passthroughConflicts,
  providerConflicts,
  readDemo,
  readRelabelFile,
  readRelabelSource,
  shedConflicts,
  unreadableConflicts,
  upstreamConflicts,
} from "./cross_checks.ts";
import {
  type Path,
  pathText,
  type Place,
  placeOf,
  placeText,
  type Problem,
  within,
} from "../problems/problem.ts";
import { formOf } from "./config_form.ts";
import { demoRelabelConfigs } from "./demo_rules.ts";
import { readNumbers, settleProviders, takeOutUnknownKeys, withoutNulls } from "./edge_form.ts";
import { type Environment, environmentOverrides, substitute } from "./env.ts";
import { idleGatewayKeys } from "./gateway.ts";
import { httpConfigConflicts } from "./http_config_checks.ts";
import { INLINE_RULE_KEYS, readInlineRules, readInlineSubsets } from "./inline_rules.ts";
import {
  applyOverrides,
  type RawConfig,
  remove,
  routesOf,
  type Sources,
  spellOutUpstreams,
} from "./layers.ts";
import { parseConfigText, withPositions } from "./parse_text.ts";
import { shownConfig } from "./shown_config.ts";
import { type ConfigFile, IGNORED_KEYS } from "./schema.ts";
import { ROOT, settled } from "./schema_walk.ts";
import {
  filesOfAll,
  idleStateFile,
  routeConflicts,
  routePolicyConflicts,
  telemetryPathConflicts,
} from "./routes.ts";
import { resolveAutoShard } from "./shard.ts";
import { askedAsGiven } from "./upstream_url.ts";
import { validate } from "./validate.ts";
import { isMap, isNull, kindOf } from "../yaml/plain_scalar.ts";

export interface ConfigInput {
  /** Of the config file, for errors and for its extension. */
  readonly path?: string;
  /** The config file's content; its form says which defaults are in force. */
  readonly bytes?: Uint8Array;
  /** The same, parsed already. */
  readonly document?: object;
  /** Where that stands in the file of `path`. */
  readonly at?: Path;
  readonly flags: Flags;
  readonly env: Environment;
  /** The build's version. */
  readonly version: string;
  /** Generated for this start; a configured one wins. */
  readonly instanceId: string;
  /** False for a command that scrapes nothing: then a config file may lack its upstream. */
  readonly needsUpstream?: boolean;
  /** True: unknown keys are errors even in Edge's form. */
  readonly strict?: boolean;
  /** The form, where a file was named that is not there. */
  readonly formWithoutFile?: ConfigForm;
}

/**
 * Merges defaults, config file, `TERO_*`, `WEIR_*` and flags, in rising priority, into one frozen
 * Config. Reads no file and no clock. Throws a ConfigError with everything that is wrong.
 */
export async function loadConfig(input: ConfigInput): Promise<WholeConfig> {
  const { path = DEFAULT_NAME, bytes } = input;
  const texts = new Map(bytes === undefined ? [] : [[path, bytes]]);
  return await withPositions(texts, () => loadUnplaced(input, path));
}

/** What problems call a configuration without a file. */
const DEFAULT_NAME = "config";

async function loadUnplaced(input: ConfigInput, name: string): Promise<WholeConfig> {
  const { flags, env, version, instanceId } = input;
  const file = placeOf(name, ...input.at ?? []);
  const sources: Sources = new Map();
  const warnings: string[] = [];
  const problems: Problem[] = [];

  const { raw, form } = await readConfigFile(input, file, sources, warnings, problems);
  problems.push(...listenConflicts(Object.keys(raw).map((key) => [key, within(file, key)])));
  problems.push(...upstreamConflicts(raw, file));
  for (const [index, route] of routesOf(raw).entries()) {
    problems.push(...upstreamConflicts(route, within(file, "routes", index)));
  }
  mergeLayers(raw, input, form, { file, sources, warnings, problems });
  spellOutUpstreams(raw, file, sources);
  if (form === "edge") {
    const isStrict = input.strict || raw.strict === true;
    if (!isStrict) warnings.push(...takeOutUnknownKeys(raw, file));
    readNumbers(raw);
    warnings.push(...settleProviders(raw, file, sources));
  }

  const where = (...path: string[]) => sources.get(pathText(path))?.where ?? within(file, ...path);
  const demo = flags.demo === true ? readDemo(flags, raw, where, problems) : undefined;
  if (demo?.isFiltered) raw.metric_relabel_configs = demoRelabelConfigs;
  const needsUpstream = form !== "flags" && demo === undefined && input.needsUpstream !== false;
  if (needsUpstream) problems.push(...missingUpstream(raw, file));
  problems.push(...resolveAutoShard(raw, env, where("shard")));
  const policiesPath = typeof flags.policies === "string" ? flags.policies : undefined;
  problems.push(...providerConflicts(raw, policiesPath !== undefined, file, sources));
  problems.push(...httpConfigConflicts(raw, file));
  const relabelSource = readRelabelSource(flags, raw, file, problems);
  const rules: RulesOfFile = { ...await inlineRules(raw, file, problems), relabelSource };
  const ofRoutes: (RulesOfFile | undefined)[] = [];
  for (const [index, route] of routesOf(raw).entries()) {
    ofRoutes.push(await rulesOfRoute(route, within(file, "routes", index), problems));
  }
  const valid = validate(raw, file, sources, problems);
  // With passthrough the URL stands for a server, not for one of its pages.
  const isAsked = form === "flags" && where("upstream_url").name === "--upstream" &&
    !valid?.passthrough;
  const checked = isAsked ? askedByFlag(valid, String(flags.upstream), warnings) : valid;
  if (checked !== undefined) {
    const isDemo = demo !== undefined;
    problems.push(...familyConflicts(checked, file));
    for (const [index, route] of checked.routes?.entries() ?? []) {
      problems.push(...familyConflicts(route, within(file, "routes", index)));
    }
    problems.push(...routeConflicts(checked, file));
    problems.push(...telemetryPathConflicts(checked, where("web.telemetry_path")));
    const files = filesOfAll(checked);
    const ofMain = files.at(-1)!;
    problems.push(...passthroughConflicts(ofMain, isDemo, where("passthrough")));
    // Those of several routes may read alike, and are told once.
    problems.push(...files.flatMap((one) => [
      ...forwardConflicts(one, isDemo, where("forward_headers")),
      ...unreadableConflicts(one, isDemo, where("scrape", "on_unreadable")),
      ...shedConflicts(one, isDemo, where("limits", "shed")),
    ]));
    warnings.push(...idleStateFile(checked));
    if (checked.routes === undefined) warnings.push(...idleGatewayKeys(checked, isDemo, sources));
    const ids = (checked.policy_providers ?? []).flatMap((one) => one.type === "off" ? [] : one.id);
    const known = policiesPath === undefined ? ids : [FLAG_PROVIDER_ID, ...ids];
    problems.push(...routePolicyConflicts(checked, known, file));
  }
  if (checked === undefined || problems.length > 0) throw new ConfigError(problems);
  // A flag names the endpoint itself, as metric-gate's does.
  const isOfFlag = sources.get("upstream_url")?.where.name === "--upstream";
  return buildConfig(checked, {
    form,
    joinsPaths: form === "edge" && !isOfFlag,
    demo,
    policiesPath,
    ...rules,
    ofRoutes,
    version,
    instanceId,
    canaryName: env.POD_NAME || env.HOSTNAME || undefined,
    shown: shownConfig(raw, sources),
    warnings,
  });
}

async function inlineRules(raw: RawConfig, at: Place, problems: Problem[]) {
  return {
    relabelConfigs: await readInlineRules(raw, at, problems),
    subsets: await readInlineSubsets(raw, at, problems),
  };
}

/** Undefined where the route says nothing of rules: then those of all are its own, too. */
async function rulesOfRoute(
  route: RawConfig,
  at: Place,
  problems: Problem[],
): Promise<RulesOfFile | undefined> {
  if (![...INLINE_RULE_KEYS, "relabel_file"].some((key) => route[key] !== undefined)) {
    return undefined;
  }
  const relabelSource = readRelabelFile(route, at, problems);
  return { ...await inlineRules(route, at, problems), relabelSource };
}

/**
 * One upstream that the flag names, without a config file, is metric-gate's. Several of them, and
 * those of files and variables, are Weir's own.
 */
function askedByFlag(
  file: ConfigFile | undefined,
  url: string,
  warnings: string[],
): ConfigFile | undefined {
  if (file?.upstream_url === undefined) return file;
  const asked = askedAsGiven(file.upstream_url);
  const hasPath = /^[^?#]*\//.test(url.replace("://", ""));
  if (!hasPath && asked.basePath === undefined) {
    warnings.push("--upstream: found no path, so / is scraped: write /metrics if that is meant");
  }
  return { ...file, upstream_url: asked };
}

/** Puts the environment and the flags over what the file says, in place. */
function mergeLayers(
  raw: RawConfig,
  { env, flags }: ConfigInput,
  form: ConfigForm,
  { file, sources, warnings, problems }: Notes,
): void {
  const ofEnvironment = (prefix: string) => environmentOverrides(env, prefix, form === "edge");
  const layers = [ofEnvironment("TERO_"), ofEnvironment("WEIR_"), flagOverrides(flags)];
  for (const overrides of layers) {
    problems.push(
      ...listenConflicts(overrides.map(({ path, where }) => [path[0], placeOf(where)])),
    );
    // The flag names the upstream, whatever key the layers below used for it.
    if (overrides.some(({ where }) => where === "--upstream")) remove(raw, sources, "metrics_url");
    applyOverrides(raw, overrides, sources);
    if (form !== "edge") continue;
    // Edge replaces variables when everything is merged.
    for (const { path, text, where } of overrides) {
      if (where.startsWith("--") || typeof text !== "string" || !text.includes("${")) continue;
      const place = placeOf(where);
      const replaced = substitute(text, env, file, sources, warnings, path, place);
      applyOverrides(raw, [{ path, where, text: String(replaced) }], sources);
      sources.set(pathText(path), { where: place, written: text });
    }
  }
  if (raw.metrics_url === "" || raw.metrics_url === null) remove(raw, sources, "metrics_url");
}

/** Where something is noted of what was read. */
interface Notes {
  readonly file: Place;
  readonly sources: Sources;
  readonly warnings: string[];
  readonly problems: Problem[];
}

/** Returns the file's form, and its keys, without those to ignore and with its variables replaced. */
async function readConfigFile(
  { bytes, document, env, formWithoutFile = "flags" }: ConfigInput,
  file: Place,
  sources: Sources,
  warnings: string[],
  problems: Problem[],
): Promise<{ readonly raw: RawConfig; readonly form: ConfigForm }> {
  if (bytes === undefined && document === undefined) {
    return { raw: {}, form: formWithoutFile };
  }
  const parsed = bytes === undefined
    ? document
    : await parseConfigText(file.name!, bytes, warnings);
  if (isNull(parsed)) return { raw: {}, form: "file" };
  if (!isMap(parsed)) {
    problems.push({ place: file, text: `found ${kindOf(parsed)}, wanted a map of keys` });
    return { raw: {}, form: "file" };
  }
  const form = formOf(parsed as RawConfig);
  // For editors: the JSON Schema that `weir schema` prints.
  const { $schema: _, ...plain } = settled(parsed, ROOT) as RawConfig;
  const raw = form === "edge" ? withoutNulls(plain) : plain;
  const ignored = IGNORED_KEYS.filter((path) => takeOut(raw, path.split(".")));
  if (ignored.length > 0) {
    warnings.push(
      `${placeText(file)}: ignored keys that belong to other distributions of Edge: ${
        ignored.join(", ")
      }`,
    );
  }
  const replaced = substitute(
    withRules(raw, () => ({})),
    env,
    file,
    sources,
    warnings,
  ) as RawConfig;
  return { raw: withRules(replaced, (at) => onlyRules(at === -1 ? raw : routesOf(raw)[at])), form };
}

/**
 * Returns the file with these rules in place of its own (at -1) and of those of its routes. `${name}` is
 * a reference to a group in a rule's templates, as in Prometheus, and no variable.
 */
function withRules(raw: RawConfig, rules: (at: number) => RawConfig): RawConfig {
  const { routes } = raw;
  const replaced = (keys: RawConfig, at: number) => {
    const entries = Object.entries(keys).filter(([key]) => !INLINE_RULE_KEYS.includes(key));
    return { ...Object.fromEntries(entries), ...rules(at) };
  };
  const whole = replaced(raw, -1);
  if (!Array.isArray(routes)) return whole;
  return { ...whole, routes: routes.map((one, at) => isMap(one) ? replaced({ ...one }, at) : one) };
}

function onlyRules(keys: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(keys).filter(([key]) => INLINE_RULE_KEYS.includes(key)),
  );
}

/** Deletes what stands at `path`; returns whether something did. */
function takeOut(map: RawConfig, [key, ...rest]: readonly string[]): boolean {
  if (!Object.hasOwn(map, key)) return false;
  const value = map[key];
  if (rest.length === 0) return delete map[key];
  return typeof value === "object" && value !== null && takeOut(value as RawConfig, rest);
}
