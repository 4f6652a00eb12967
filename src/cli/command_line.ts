import { parseArgs } from "node:util";
import {
  type Command,
  COMMANDS,
  type Flag,
  FLAGS,
  type Flags,
  type FlagValue,
} from "../config/flags.ts";
import { ConfigError } from "../problems/config_error.ts";
import { nearest } from "../problems/nearest.ts";
import { printableUrl } from "../config/print.ts";

export interface CommandLine {
  readonly command: Command | "help" | "version";
  /**
   * `serve`, `check`: the config file, if any. `filter`: the file to read, if any. `analyze`: the file
   * or URL. `test`: files. `schema`: the kind of file.
   */
  readonly positionals: readonly string[];
  readonly flags: Flags;
}

/**
 * Returns what was requested, with values unchecked. `--help` and `--version` win over whatever
 * else is wrong; beside them `--verbose` is taken. Throws a ConfigError with every problem of the line.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  // Not strict: the built-in errors come one at a time and read differently on each runtime.
  const { tokens } = parseArgs({
    args: withLongNames(args),
    options: PARSE_OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  const given = tokens.filter((token) => token.kind === "option");
  for (const command of ["help", "version"] as const) {
    if (!given.some(({ name, value }) => name === command && switchOf(value) === true)) continue;
    const isVerbose = given.some(({ name }) => name === "verbose");
    return { command, positionals: [], flags: isVerbose ? { verbose: true } : {} };
  }
  const named = COMMANDS.find((name) => name === words[0] && name !== "serve");
  // metric-gate's form; its other flags stand beside it.
  const file = given.findLast(({ name }) => name === "file");
  const isBareFile = named === undefined && file !== undefined && file.value !== "";
  const command = named ?? (isBareFile ? "analyze" : "serve");
  const accepted: readonly Command[] = isBareFile ? ["analyze", "serve"] : [command];
  const flags: { -readonly [Name in keyof Flags]: Flags[Name] } = {};
  const problems = new Set<string>();
  for (const option of given) {
    const problem = optionProblem(option, accepted);
    if (problem !== undefined) problems.add(problem);
    else takeOption(option, flags);
  }
  const positionals = [
    ...named === undefined ? words : words.slice(1),
    ...typeof flags.file === "string" ? [flags.file] : [],
  ];
  // The value of an unknown flag looks like an argument; one error for it is enough.
  const isCountable = command !== "test" && given.every(({ name }) => findFlag(name) !== undefined);
  const surplus = isCountable ? positionals.slice(1) : [];
  for (const extra of surplus) {
    problems.add(`found a second argument "${printableUrl(extra)}", wanted one file`);
  }
  if (command === "test" && positionals.length === 0) {
    problems.add("found no argument, wanted files with tests");
  }
  const isNothingToRead = positionals.length === 0 && flags.explain === undefined;
  if (command === "analyze" && isNothingToRead && problems.size === 0) {
    problems.add("found no argument, wanted a file, a URL or -");
  }
  if (flags["demo-ingresses"] !== undefined && flags.demo === undefined) {
    problems.add("--demo-ingresses: has no effect without --demo");
  }
  if (command === "check" && flags.format !== undefined && flags.scrape === undefined) {
    problems.add("--format: has no effect without --scrape");
  }
  if (problems.size > 0) throw new ConfigError([...problems]);
  return { command, positionals, flags };
}

/**
 * Go's `pflag` takes `-p=8080` for `-p 8080`, where Node's parser reads `=8080`: such flags get their
 * long names.
 */
function withLongNames(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((arg, index) => {
    if (end >= 0 && index > end) return arg;
    const short = /^-([^-])=/.exec(arg)?.[1];
    const flag = FLAGS.find((known) => known.short !== undefined && known.short === short);
    return flag === undefined ? arg : `--${flag.name}${arg.slice(2)}`;
  });
}

/** Puts the flag over what the line said before: the last one holds, of a list's flag all of them. */
function takeOption(
  { name, value }: OptionToken,
  flags: { -readonly [Name in keyof Flags]: Flags[Name] },
): void {
  const { value: placeholder, key, listKey } = findFlag(name)!;
  const before = flags[name];
  if (placeholder === undefined) {
    // One that only a flag switches on is off without it.
    if (switchOf(value) === true) flags[name] = true;
    else if (key === undefined) delete flags[name];
    else flags[name] = "false";
  } else if (value === "") delete flags[name];
  else flags[name] = withEarlier(listKey === undefined ? undefined : before, value!);
}

/** One value stays as it is; from the second on they are a list. */
function withEarlier(earlier: FlagValue | undefined, value: string): FlagValue {
  return earlier === undefined ? value : [earlier, value].flat().map(String);
}

/** What a switch is set to, in Go's spellings; undefined for what is none of them. */
function switchOf(value: string | undefined): boolean | undefined {
  if (value === undefined || /^(?:1|t|T|TRUE|true|True)$/.test(value)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(value) ? false : undefined;
}

/** Returns the text of `--help`, with a line break at its end. */
export function helpText(): string {
  const rows = FLAGS.map((flag) => [flagSyntax(flag), flag.help]);
  const width = Math.max(...rows.map(([syntax]) => syntax.length));
  const lines = rows.map(([syntax, help]) => `  ${syntax.padEnd(width)}  ${help}\n`);
  return `Weir stands between Prometheus and a metrics endpoint and filters what passes.

Usage:
  weir [CONFIG] [flags]        serve; CONFIG is a JSON or YAML file
  weir filter [FILE] [flags]   filter FILE, a URL or standard input to standard output
  weir analyze FILE [flags]    say where the series of a scrape are; FILE may be a URL
  weir check [CONFIG] [flags]  validate configuration, rules and policies, and point out doubts
  weir test FILE...            run unit tests of rules and policies
  weir schema [KIND]           print the JSON Schema of a config, relabel or test file, for editors

Flags:
${lines.join("")}
weir filter takes ${flagsOf("filter")}.
weir analyze takes ${flagsOf("analyze")}.
weir check takes the flags of weir, --route, --scrape, --format and --json.
`;
}

function flagsOf(command: Command): string {
  const taken = FLAGS.filter(({ commands }) => commands.includes(command));
  return taken.map(({ name }) => `--${name}`).join(", ");
}

/** Returns how a flag is written: `-H, --upstream URL`, aligned for those without a short form. */
function flagSyntax({ name, short, value }: Flag): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function findFlag(name: string): Flag | undefined {
  return FLAGS.find((flag) => flag.name === name);
}

const PARSE_OPTIONS = Object.fromEntries(FLAGS.map(({ name, short, value }) => {
  const type = value === undefined ? "boolean" as const : "string" as const;
  return [name, short === undefined ? { type } : { type, short }];
}));

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string;
  readonly inlineValue?: boolean;
}

/** Returns what is wrong with one flag of the line, or undefined. */
function optionProblem(
  { name, rawName, value, inlineValue }: OptionToken,
  accepted: readonly Command[],
): string | undefined {
  const flag = findFlag(name);
  if (flag === undefined) {
    const meant = rawName.startsWith("--")
      ? nearest(name, FLAGS.map((known) => known.name))
      : undefined;
    return `${rawName}: unknown flag${meant === undefined ? "" : ` (did you mean --${meant}?)`}`;
  }
  if (value === "" && flag.mayBeEmpty) return undefined;
  if (!flag.commands.some((command) => accepted.includes(command))) {
    return accepted[0] === "serve"
      ? `--${name}: is a flag of weir ${flag.commands.join(" and weir ")} only`
      : `--${name}: is no flag of weir ${accepted[0]}`;
  }
  if (flag.value === undefined) {
    return switchOf(value) === undefined
      ? `--${name}: found ${JSON.stringify(value)}, wanted true or false`
      : undefined;
  }
  // `--policies --demo` forgot the value, `--policies=--demo` did not.
  const forgotten = value === undefined || value === "" || (!inlineValue && isFlag(value));
  return forgotten ? `--${name}: found nothing, wanted ${flag.value}` : undefined;
}

/** Whether an argument is a flag that there is: YAML may begin with `---` and `- `, a file with `-`. */
function isFlag(argument: string): boolean {
  const [, long, short] = /^-(?:-([^=]+)|(.))/s.exec(argument) ?? [];
  return FLAGS.some((flag) => flag.name === (long ?? "") || flag.short === (short ?? ""));
}
