import { parseArgs } from "node:util";
import { type Command, COMMAND_NAMES, type CommandRow, commandRow } from "../config/commands.ts";
import {
  findFlag,
  type Flag,
  FLAGS,
  type Flags,
  type FlagValue,
  namesOf,
} from "../config/flags.ts";
import { printableUrl } from "../config/print.ts";
import { ConfigError } from "../problems/config_error.ts";
import { nearest } from "../problems/nearest.ts";

export interface CommandLine {
  readonly command: Command;
  /**
   * `serve`, `check`: the config file, if any, which is `flags.config` too. `filter`: the file to
   * read, if any. `analyze`: the file or URL. `test`: files. `schema`: the kind of file. `help`: the
   * command, if any.
   */
  readonly positionals: readonly string[];
  readonly flags: Flags;
}

/**
 * Returns what was requested, with values unchecked. `--help` and `--version` win over whatever
 * else is wrong. Throws a ConfigError with every problem of the line.
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
  const named = COMMAND_NAMES.find((name) => name === words[0]);
  const isOn = (switched: string) =>
    given.some(({ name, value }) => name === switched && switchOf(value) === true);
  if (isOn("help")) return { command: "help", positionals: named ? [named] : [], flags: {} };
  if (isOn("version")) {
    const isVerbose = given.some(({ name }) => name === "verbose");
    return { command: "version", positionals: [], flags: isVerbose ? { verbose: true } : {} };
  }
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
  const row = commandRow(command);
  // The value of an unknown flag looks like an argument; one error for it is enough.
  const isCountable = given.every(({ name }) => findFlag(name) !== undefined);
  const wrong = isCountable ? argumentProblems(row, positionals) : [];
  const isExplained = command === "analyze" && flags.explain !== undefined;
  if (positionals.length < row.atLeast && !isExplained && problems.size === 0) {
    problems.add(`found no argument, wanted ${row.wanted}`);
  }
  for (const problem of [...wrong, ...conflicts(command, given, flags)]) problems.add(problem);
  if (row.takesConfig && positionals.length > 0) {
    if (flags.config !== undefined && flags.config !== positionals[0]) {
      const [flag, argument] = [flags.config, positionals[0]].map(printableUrl);
      problems.add(
        `--config: found "${flag}" beside the argument "${argument}", wanted one config file`,
      );
    }
    flags.config = positionals[0];
  }
  if (problems.size === 0) return { command, positionals, flags };
  const mistyped = named === undefined && !isBareFile ? unknownCommand(words[0]) : undefined;
  if (mistyped === undefined) throw new ConfigError([...problems]);
  // All else that is wrong is so for another command, unless the word is an unknown flag's value.
  throw new ConfigError(isCountable ? [mistyped] : [mistyped, ...problems]);
}

/**
 * What is wrong with the first word of a line if it was meant as a command: undefined where it is
 * none's name by a letter or two, or looks like a path.
 */
export function unknownCommand(word: string | undefined): string | undefined {
  if (word === undefined || /[./\\]/.test(word)) return undefined;
  const meant = nearest(word.toLowerCase(), COMMAND_NAMES);
  return meant === undefined ? undefined : `${word}: unknown command (did you mean weir ${meant}?)`;
}

function argumentProblems(row: CommandRow, positionals: readonly string[]): string[] {
  const { atMost, wanted, choices } = row;
  const surplus = positionals.slice(atMost).map((extra) => {
    const found = atMost === 0 ? "an argument" : "a second argument";
    const fitting = choices === undefined && atMost > 0 ? "one file" : wanted;
    return `found ${found} "${printableUrl(extra)}", wanted ${fitting}`;
  });
  const [chosen] = positionals;
  if (choices === undefined || chosen === undefined || choices.includes(chosen)) return surplus;
  const meant = nearest(chosen, choices);
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  const what = `found ${JSON.stringify(chosen)}, wanted ${listed(choices)}${hint}`;
  return [what, ...surplus];
}

/** "bash, zsh or fish". */
function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** What flags say against each other, or without another one. */
function conflicts(command: Command, given: readonly OptionToken[], flags: Flags): string[] {
  const problems: string[] = [];
  if (flags["demo-ingresses"] !== undefined && flags.demo === undefined) {
    problems.push("--demo-ingresses: has no effect without --demo");
  }
  if (command === "check" && flags.format !== undefined && flags.scrape === undefined) {
    problems.push("--format: has no effect without --scrape");
  }
  for (const name of ["keep", "write-rules", "list-missing"]) {
    if (flags[name] !== undefined && flags.used === undefined) {
      problems.push(`--${name}: has no effect without --used`);
    }
  }
  // Exporters listen at all of them; elsewhere the last one of a flag holds, as in pflag.
  const listens = given.flatMap(({ name, value }) => name === "web.listen-address" ? [value] : []);
  if (new Set(listens).size > 1) {
    problems.push("--web.listen-address: found several, wanted one: Weir listens at one address");
  }
  return problems;
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
  { name: written, value }: OptionToken,
  flags: { -readonly [Name in keyof Flags]: Flags[Name] },
): void {
  const flag = findFlag(written)!;
  const { name, value: placeholder, key, listKey } = flag;
  const before = flags[name];
  for (const other of flag.aliases ?? []) delete flags[other];
  if (placeholder === undefined) {
    // One that only a flag switches on is off without it.
    if (switchOf(value) === true) flags[name] = true;
    else if (key === undefined) delete flags[name];
    else flags[name] = "false";
  } else if (value === "") delete flags[name];
  else {
    flags[name] = withEarlier(listKey === undefined ? undefined : before, value!);
    if (written !== name) flags[written] = flags[name];
  }
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

const PARSE_OPTIONS = Object.fromEntries(FLAGS.flatMap((flag) => {
  const type = flag.value === undefined ? "boolean" as const : "string" as const;
  const { short } = flag;
  return namesOf(flag).map((name) => {
    return [name, short === undefined || name !== flag.name ? { type } : { type, short }];
  });
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
    const meant = rawName.startsWith("--") ? meantFlag(name, accepted) : undefined;
    const hint = meant === undefined
      ? `weir help ${accepted[0]} lists those that there are`
      : `did you mean ${meant}?`;
    return `${rawName}: unknown flag (${hint})`;
  }
  if (value === "" && flag.mayBeEmpty) return undefined;
  if (!flag.commands.some((command) => accepted.includes(command))) {
    return accepted[0] === "serve"
      ? `--${name}: is a flag of ${commandsOf(flag)} only`
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

/** Which flag was probably meant: one that the command takes, else one that another does. */
function meantFlag(name: string, accepted: readonly Command[]): string | undefined {
  const taken = FLAGS.filter((flag) => flag.commands.some((one) => accepted.includes(one)));
  const own = nearest(name, taken.flatMap(namesOf));
  if (own !== undefined) return `--${own}`;
  const other = nearest(name, FLAGS.flatMap(namesOf));
  return other === undefined
    ? undefined
    : `--${other}, which is a flag of ${commandsOf(findFlag(other)!)}`;
}

function commandsOf({ commands }: Flag): string {
  return commands.map((command) => `weir ${command}`).join(" and ");
}

/** Whether an argument is a flag that there is: YAML may begin with `---` and `- `, a file with `-`. */
function isFlag(argument: string): boolean {
  const [, long, short] = /^-(?:-([^=]+)|(.))/s.exec(argument) ?? [];
  return FLAGS.some((flag) => namesOf(flag).includes(long ?? "") || flag.short === (short ?? ""));
}
