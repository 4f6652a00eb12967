import type { Config, RouteConfig, WholeConfig } from "../config/config.ts";
import { formOf } from "../config/config_form.ts";
import { mainRoute } from "../config/route_path.ts";
import type { Environment } from "../config/env.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { type ConfigInput, loadConfig } from "../config/load.ts";
import { parseConfigText, readNamedFile, withPositions } from "../config/parse_text.ts";
import { readRelabelDocument, type RelabelDocument } from "../relabel/relabel_file.ts";
import { placeOf, type Problem } from "../problems/problem.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { type RolloutPart, rolloutParts } from "../rollout/rollout_part.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type SheddingRules, sheddingRules } from "../lines/shed_steps.ts";
import { isMap, isNull } from "../yaml/plain_scalar.ts";
import {
  buildRules,
  buildSeriesRules,
  type RulesInForce,
  type SeriesRules,
} from "../lines/rules_in_force.ts";

/** Everything that scrapes are processed by, read and compiled; replaced as a whole on a reload. */
export interface Settings extends Pick<RouteSettings, "rules" | "subsets"> {
  readonly config: WholeConfig;
  /** Of the config file that was read. */
  readonly configPath?: string;
  /** All routes: at least that of `/metrics`, whose rules are those above where it is there. */
  readonly routes: readonly RouteSettings[];
  /** The files that it was read from. */
  readonly files: readonly string[];
  /** Sentences to log once: those of the configuration. */
  readonly warnings: readonly string[];
  /** Equal for equal contents of those files. */
  readonly fingerprint: string;
}

/** What the scrapes of one route are processed by. */
export interface RouteSettings extends RouteConfig {
  /** As they are configured, those that are in shadow too. */
  readonly rules: RulesInForce | undefined;
  /** What takes their place where there are too many series. */
  readonly shedding?: SheddingRules;
  /** The rules of the path's `/<name>` by name. */
  readonly subsets: ReadonlyMap<string, SeriesRules>;
  /** What answers are made by: the same objects, where nothing is in shadow. */
  readonly enforced: EnforcedRules;
  /** What was decided of rules and limits that have a mode other than `enforce`. */
  readonly rollout: readonly RolloutPart[];
}

export interface EnforcedRules {
  readonly rules: RulesInForce | undefined;
  readonly subsets: ReadonlyMap<string, SeriesRules>;
}

/** The paths that a route answers at: its own, and those of its subsets. */
export function endpointsOf(
  { path, subsets }: Pick<RouteSettings, "path" | "subsets">,
): string[] {
  return [path, ...[...subsets.keys()].map((name) => `${path}/${name}`)];
}

/** The rules of a path and of each of its subsets, where there are some. */
export function ruleSetsOf({ rules, subsets }: Pick<Settings, "rules" | "subsets">): RuleSet[] {
  return [rules, ...subsets.values()].flatMap((one) => one?.rules ?? []);
}

/** Those of all routes, each once: routes may have them in common. */
export function allRuleSets({ routes }: Pick<Settings, "routes">): RuleSet[] {
  const seen = new Set<unknown>();
  return routes.flatMap(ruleSetsOf).filter(({ rules }) => {
    const first = rules[0]?.config;
    return first === undefined || (!seen.has(first) && seen.add(first));
  });
}

export type SettingsInput = Omit<ConfigInput, "path" | "bytes"> & {
  /** The config file, if one was given; with a `document` just its name. */
  readonly path: string | undefined;
  /** Read where none was given, if it is there and in Edge's form: what Edge reads then. */
  readonly fallbackPath?: string;
  /** True once the file was there: what is gone since then is no reason to serve without it. */
  readonly isFileRequired?: boolean;
};

/** Reads and compiles all of it. Throws a ConfigError with everything that is wrong. */
export async function readSettings(
  input: SettingsInput,
  runtime: Pick<Runtime, "readFile">,
): Promise<Settings> {
  const texts = new Map<string, Uint8Array>();
  const { path, fallbackPath, at = [] } = input;
  const config = placeOf(path ?? fallbackPath, ...at);
  return await withPositions(texts, () => readUnplaced(input, runtime, texts), config);
}

/** `texts`: is told of each file, and of what a flag says, before it is read. */
async function readUnplaced(
  input: SettingsInput,
  runtime: Pick<Runtime, "readFile">,
  texts: Map<string, Uint8Array>,
): Promise<Settings> {
  const { path: named, fallbackPath, isFileRequired, ...rest } = input;
  const contents: Uint8Array[] = [];
  const files: string[] = [];
  const read = async (file: string) => {
    const bytes = await readNamedFile(file, runtime);
    files.push(file);
    contents.push(bytes);
    texts.set(file, bytes);
    return bytes;
  };
  const notes: string[] = [];
  const path = named ?? await edgesFile(fallbackPath, runtime, notes);
  const isRead = path !== undefined && rest.document === undefined;
  const isMissing = isRead && named !== undefined && !isFileRequired && namesUpstream(input.env) &&
    await isNotThere(named, runtime);
  if (isMissing) {
    notes.push(`${named}: is not there: defaults and the environment are in force, as in Edge`);
  }
  const config = await loadConfig({
    ...rest,
    ...isMissing ? { formWithoutFile: "edge" as const } : {},
    ...path === undefined || isMissing ? {} : { path },
    ...isRead && !isMissing ? { bytes: await read(path) } : {},
  });
  const warnings = [...notes, ...config.warnings];
  const isAlone = config.routes.length === 0;
  const configured = isAlone ? [{ path: config.web.telemetryPath, config }] : config.routes;
  const documents = new Map<unknown, RelabelDocument>();
  const problems: Problem[] = [];
  const routes: RouteSettings[] = [];
  for (const route of configured) {
    const relabel = await relabelConfigsOf(route.config, { read, warnings, documents, texts });
    const compiled = await compileAll({ ...route.config, ...relabel }, problems);
    // What stands for many paths has no one path for a subset.
    const isPattern = route.path.endsWith("/*");
    const without = <Of extends EnforcedRules>(rules: Of) =>
      isPattern ? { ...rules, subsets: new Map<string, SeriesRules>() } : rules;
    const enforced = without(compiled.enforced);
    routes.push({ ...route, ...without(compiled), enforced });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const chosen = chosenRoute(routes, input.flags.route);
  return {
    config: input.flags.route === undefined ? config : { ...config, ...chosen.config },
    configPath: isRead && !isMissing ? path : undefined,
    rules: chosen.rules,
    subsets: chosen.subsets,
    routes,
    files,
    warnings,
    fingerprint: contents.map((bytes) => new TextDecoder().decode(bytes)).join("\0"),
  };
}

/** Throws a ConfigError where there is no route of that path. */
function chosenRoute(
  routes: readonly RouteSettings[],
  path: unknown,
): RouteSettings {
  if (path === undefined) return mainRoute(routes);
  const found = routes.find((route) => route.path === path);
  if (found !== undefined) return found;
  const paths = routes.map(({ path }) => path).join(", ");
  throw new ConfigError([`--route: found ${JSON.stringify(path)}, wanted one of ${paths}`]);
}

/** Edge takes its upstream from there, and needs no file then. */
function namesUpstream(env: Environment): boolean {
  return ["TERO_UPSTREAM_URL", "TERO_METRICS_URL"].some((name) => (env[name] ?? "") !== "");
}

async function isNotThere(
  path: string,
  { readFile }: Pick<Runtime, "readFile">,
): Promise<boolean> {
  try {
    await readFile(path);
    return false;
  } catch (error) {
    return ((error as Error).cause as { code?: unknown } | undefined)?.code === "ENOENT";
  }
}

/** Returns the path of a file in Edge's form; says of one in another form that it is not read. */
async function edgesFile(
  path: string | undefined,
  runtime: Pick<Runtime, "readFile">,
  notes: string[],
): Promise<string | undefined> {
  if (path === undefined || await isNotThere(path, runtime)) return undefined;
  try {
    const parsed = await parseConfigText(path, await readNamedFile(path, runtime));
    if (isMap(parsed) && formOf(parsed) === "edge") return path;
    notes.push(`${path}: is not read, as it is not in Edge's form; name it to have it read`);
  } catch (error) {
    notes.push(`${messageOf(error)}: is not read; name it to have it read`);
  }
  return undefined;
}

/** Adds what is wrong in any of the rules to `problems`. */
async function compileAll(
  config: Config,
  problems: Problem[],
): Promise<Pick<RouteSettings, "rules" | "subsets" | "enforced" | "rollout" | "shedding">> {
  const whole = await compileRules(config, problems);
  const { relabelConfigs, limits, rollout: { relabel, limits: ofLimits, name } } = config;
  const rollout = rolloutParts([
    [RULES, relabelConfigs.length === 0 ? undefined : relabel],
    [LIMITS, limits === undefined ? undefined : ofLimits],
  ], name);
  const isShadow = (key: string) =>
    rollout.some(({ part, isEnforced }) => part === key && !isEnforced);
  const enforced = !isShadow(RULES) && !isShadow(LIMITS) ? whole : await compileRules({
    ...config,
    relabelConfigs: isShadow(RULES) ? [] : relabelConfigs,
    limits: isShadow(LIMITS) ? undefined : limits,
  }, problems);
  const shedding = enforced.rules?.limits && config.shed &&
    await compiled(sheddingRules(enforced.rules, config.shed), problems);
  return { ...whole, enforced, rollout, ...shedding && { shedding } };
}

/** Of the rules and limits those that are in shadow. */
export function shadowParts({ rules, rollout }: RouteSettings) {
  const isShadow = (key: string) =>
    rollout.some(({ part, isEnforced }) => part === key && !isEnforced);
  return {
    rules: isShadow(RULES) ? rules?.rules : undefined,
    limits: isShadow(LIMITS) ? rules?.limits : undefined,
  };
}

const RULES = "metric_relabel_configs";
const LIMITS = "limits";

/** What is built; undefined where it added to `problems`. */
async function compiled<Rules>(
  build: Promise<Rules>,
  problems: Problem[],
): Promise<Rules | undefined> {
  try {
    return await build;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.found);
    return undefined;
  }
}

async function compileRules(config: Config, problems: Problem[]): Promise<EnforcedRules> {
  const build = config.gateway === undefined ? buildRules : buildSeriesRules;
  const rules = await compiled(build(config), problems);
  const subsets = new Map<string, SeriesRules>();
  for (const [name, relabelConfigs] of config.subsets) {
    const subset = await compiled(buildSeriesRules({ ...config, relabelConfigs }), problems);
    if (subset !== undefined) subsets.set(name, subset);
  }
  return { rules, subsets };
}

interface RelabelReading {
  readonly read: (file: string) => Promise<Uint8Array>;
  readonly warnings: string[];
  readonly documents: Map<unknown, RelabelDocument>;
  readonly texts: Map<string, Uint8Array>;
}

/** The rules in force and the subsets: all of the relabel file or flag where there is one. */
async function relabelConfigsOf(
  { relabelSource: source, relabelConfigs, subsets, rollout }: Config,
  { read, warnings, documents, texts }: RelabelReading,
): Promise<Pick<Config, "relabelConfigs" | "subsets" | "rollout">> {
  if (source === undefined) return { relabelConfigs, subsets, rollout };
  const key = source.kind === "file" ? source.path : source;
  const place = source.kind === "file" ? source.path : "--relabel";
  const rulesOf = ({ main, subsets, mode }: RelabelDocument) => {
    if (mode !== undefined && rollout.relabel !== undefined) {
      const text = "relabel_mode is there too, wanted one of them";
      throw new ConfigError([{ place: placeOf(place, "mode"), text }]);
    }
    const relabel = rollout.relabel ?? mode;
    return { relabelConfigs: main, subsets, rollout: { ...rollout, relabel } };
  };
  const known = documents.get(key);
  if (known !== undefined) return rulesOf(known);
  const bytes = source.kind === "file"
    ? await read(source.path)
    : new TextEncoder().encode(source.text);
  texts.set(place, bytes);
  const parsed = await parseConfigText(place, bytes, warnings);
  if (isNull(parsed)) {
    warnings.push(`${place}: found nothing, which are no rules, as in Prometheus`);
  }
  const document = readRelabelDocument(parsed, place);
  if (document.problems.length > 0) throw new ConfigError(document.problems);
  documents.set(key, document);
  return rulesOf(document);
}
