import { FLAGS } from "../../src/config/flags.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import type { Config } from "../../src/config/config.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { loadConfig } from "../../src/config/load.ts";
import { printableConfig } from "../../src/config/print.ts";
import {
  type FuzzInput,
  type FuzzTarget,
  hold,
  jsonBytes,
  jsonOf,
  pick,
  seldom,
} from "./fuzz_target.ts";
import type { Next } from "./fuzz_target.ts";
import { excerpt, yamls } from "./corpus.ts";
import { mutated } from "./mutate.ts";
import { randomConfig, SECRET } from "./random_config.ts";

export const configTarget: FuzzTarget = {
  name: "config",
  what: "config files, variables and flags: an error with a place, or a frozen Config",
  reduced: {
    "weir.yaml": "bytes",
    "weir.json": "lines",
    "env.json": "items",
    "args.json": "items",
  },

  generate(next) {
    const file: Record<string, Uint8Array<ArrayBuffer>> = seldom(next, 3)
      // Where texts are garbled anything may end up anywhere: secrets are in whole ones only.
      ? { "weir.yaml": mutated(next, garbled(next)) }
      : { "weir.json": jsonBytes(randomConfig(next)) };
    return {
      ...(seldom(next, 6) ? {} : file),
      "env.json": jsonBytes(seldom(next, 2) ? randomEnvironment(next) : []),
      "args.json": jsonBytes(seldom(next, 2) ? randomArguments(next) : []),
    };
  },

  async check(input) {
    const config = await loaded(input);
    if (config === undefined) return;
    holdFrozen(config, "config");
    const printed = JSON.stringify(printableConfig(config));
    hold(!printed.includes(SECRET), "secrets are not printed", () => printed);
    const warning = config.warnings.find((text) => text.includes(SECRET) || text.includes("\n"));
    hold(warning === undefined, "warnings", () => String(warning));
  },
};

/** The configuration; undefined where it was refused as it has to be. */
async function loaded(input: FuzzInput): Promise<Config | undefined> {
  const path = ["weir.yaml", "weir.json"].find((file) => input[file] !== undefined);
  const env = Object.fromEntries(jsonOf<[string, string][]>(input, "env.json", []));
  try {
    const { flags } = parseCommandLine(jsonOf<string[]>(input, "args.json", []));
    const bytes = path === undefined ? undefined : input[path];
    return await loadConfig({ path, bytes, flags, env, version: "0.1.0", instanceId: "i" });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    hold(error.problems.length > 0, "errors have a place", () => "no problem is named");
    for (const problem of error.problems) holdProblem(problem);
    return undefined;
  }
}

const PLACE =
  /^(?:weir\.(?:yaml|json)(?::\d+:\d+)?: |--?[\w-]|-\S*: |(?:WEIR|TERO)_\w*: |found a second argument )/;

function holdProblem(problem: string): void {
  hold(PLACE.test(problem), "errors have a place", () => problem);
  hold(!problem.includes("\n"), "errors are a line", () => problem);
  hold(problem.length < 4_096, "errors are short", () => problem);
  hold(!problem.includes(SECRET), "no secret in errors", () => problem);
}

function holdFrozen(value: unknown, place: string): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  hold(Object.isFrozen(value) || value instanceof Map, "frozen", () => place);
  for (const [key, child] of Object.entries(value)) holdFrozen(child, `${place}.${key}`);
}

function garbled(next: Next): Uint8Array<ArrayBuffer> {
  if (seldom(next, 2)) return excerpt(next, yamls, 60);
  return jsonBytes(JSON.parse(JSON.stringify(randomConfig(next)).replaceAll(SECRET, "open")));
}

const VARIABLES = [
  "WEIR_LISTEN_PORT",
  "TERO_UPSTREAM_URL",
  "WEIR_SCRAPE_TIMEOUT",
  "TERO_SERVICE_NAME",
]
  .concat([
    "WEIR_SHARD",
    "WEIR_LIMITS_SERIES",
    "TERO_LOG_LEVEL",
    "WEIR_LISTEN",
    "HOME",
    "WEIR_X",
    "WEIR_",
  ]);
const TEXTS = [
  "",
  "0",
  "9090",
  "x",
  "15s",
  "http://a:1/m",
  ":80",
  "[::1]:80",
  "unix:/s",
  "true",
  "1/4",
  "ö\n",
  "-1",
]
  .concat([
    "dns+http://a:1",
    "info",
    "10MiB",
    "${HOME}",
    "{action: drop}",
    "[{action: keep}]",
    "/",
    "1e3",
    "auto",
  ]);

function randomEnvironment(next: Next): [string, string][] {
  const names = VARIABLES.filter(() => seldom(next, 4));
  return names.map((name) => [name, pick(next, TEXTS)]);
}

function randomArguments(next: Next): string[] {
  const args: string[] = [];
  for (let i = next(4); i > 0; i--) {
    const { name, short, value } = pick(next, FLAGS);
    const flag = short !== undefined && seldom(next, 2) ? `-${short}` : `--${name}`;
    const text = pick(next, TEXTS);
    if (value === undefined) args.push(seldom(next, 9) ? `${flag}=${text}` : flag);
    else if (seldom(next, 3)) args.push(`${flag}=${text}`);
    else args.push(flag, ...(seldom(next, 12) ? [] : [text]));
    if (seldom(next, 12)) {
      args.push(pick(next, ["serve", "--", "-x", "--upstrem", "-", "weir.json", "-pH"]));
    }
  }
  return args;
}
