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
   * or URL. `test`: files.
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
    args: [...args],
    options: PARSE_OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  const given = tokens.filter((token) => token.kind === "option");
  for (const command of ["help", "version"] as const) {
    if (!given.some(({ name }) => name === command)) continue;
    const isVerbose = given.some(({ name }) => name === "verbose");
    return { command, positionals: [], flags: isVerbose ? { verbose: true } : {} };
  }
  const named = COMMANDS.find((name) => name === words[0] && name !== "serve");
  // metric-gate's form; its other flags stand beside it.
  const isBareFile = named === undefined && given.some(({ name }) => name === "file");
  const command = named ?? (isBareFile ? "analyze" : "serve");
  const accepted: readonly Command[] = isBareFile ? ["analyze", "serve"] : [command];
  const flags: { -readonly [Name in keyof Flags]: Flags[Name] } = {};
  const problems = new Set<string>();
  for (const option of given) {
    const problem = optionProblem(option, accepted, flags);
    if (problem !== undefined) problems.add(problem);
    else flags[option.name] = withEarlier(flags[option.name], option.value ?? true);
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

/** One value stays as it is; from the second on they are a list. */
function withEarlier(earlier: FlagValue | undefined, value: string | true): FlagValue {
  return earlier === undefined ? value : [earlier, value].flat().map(String);
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

Flags:
${lines.join("")}
weir filter takes ${flagsOf("filter")}.
weir analyze takes ${flagsOf("analyze")}.
weir check takes the flags of weir, --scrape, --format and --json.
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

/** Returns what is wrong with one flag of the line, or undefined. `before` holds the earlier ones. */
function optionProblem(
  { name, rawName, value, inlineValue }: OptionToken,
  accepted: readonly Command[],
  before: Flags,
): string | undefined {
  const flag = findFlag(name);
  if (flag === undefined) {
    const meant = rawName.startsWith("--")
      ? nearest(name, FLAGS.map((known) => known.name))
      : undefined;
    return `${rawName}: unknown flag${meant === undefined ? "" : ` (did you mean --${meant}?)`}`;
  }
  if (!flag.commands.some((command) => accepted.includes(command))) {
    return accepted[0] === "serve"
      ? `--${name}: is a flag of weir ${flag.commands.join(" and weir ")} only`
      : `--${name}: is no flag of weir ${accepted[0]}`;
  }
  if (before[name] !== undefined && flag.listKey === undefined) return `--${name}: given twice`;
  if (flag.value === undefined) {
    return value === undefined ? undefined : `--${name}: found a value, wanted none`;
  }
  // As in strict parsing: `--policies --demo` forgot the value, `--policies=--demo` did not. A list in
  // YAML begins with `- `, which is no flag.
  const forgotten = value === undefined || value === "" || (!inlineValue && /^-\S/.test(value));
  return forgotten ? `--${name}: found nothing, wanted ${flag.value}` : undefined;
}
