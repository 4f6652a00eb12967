import { type CommandRow, COMMANDS } from "../config/commands.ts";
import { type Flag, FLAGS, namesOf } from "../config/flags.ts";

/** What the scripts of all shells are made of. */
export interface Completable {
  readonly commands: readonly CommandRow[];
  readonly flags: readonly CompletedFlag[];
}

export interface CompletedFlag {
  /** `-p`, `--port`: all its spellings. */
  readonly spellings: readonly string[];
  readonly flag: Flag;
  readonly value: Value;
}

/** What may stand behind a flag, or as an argument: nothing, one of some words, a file, or any text. */
export type Value = "none" | "file" | "text" | readonly string[];

export function completable(): Completable {
  return { commands: COMMANDS, flags: FLAGS.map(completed) };
}

function completed(flag: Flag): CompletedFlag {
  const short = flag.short === undefined ? [] : [`-${flag.short}`];
  const long = namesOf(flag).map((name) => `--${name}`);
  return { spellings: [...short, ...long], flag, value: valueOf(flag) };
}

function valueOf({ value, choices }: Flag): Value {
  if (value === undefined) return "none";
  if (choices !== undefined) return choices;
  // A placeholder in capitals is no word to choose.
  if (/^[a-z]+(?:\|[a-z]+)+$/.test(value)) return value.split("|");
  return /^PATH$|FILE/.test(value) ? "file" : "text";
}

/** What may stand as an argument of a command. */
export function argumentOf({ atMost, choices }: CommandRow): Value {
  return atMost === 0 ? "none" : choices ?? "file";
}

/** The spellings of what a command takes. */
export function takenBy(command: CommandRow, flags: readonly CompletedFlag[]): CompletedFlag[] {
  return flags.filter(({ flag }) => flag.commands.some((name) => name === command.name));
}
