import { type Command, type CommandRow, commandRow, COMMANDS } from "../config/commands.ts";
import { type Flag, FLAG_GROUPS, FLAGS } from "../config/flags.ts";

/** Columns that every terminal has. */
const WIDTH = 80;
/** Where texts stand beside what is longer than that has a line of its own. */
const WIDEST_FLAG = 30;

/** What Weir is, in one sentence. */
export const SUMMARY =
  "Weir stands between Prometheus and a metrics endpoint and filters what passes.";

/** Returns what `weir help` prints, with a line break at its end: it fits a terminal. */
export function overviewText(): string {
  const groups = Map.groupBy(COMMANDS, ({ group }) => group);
  const column = Math.max(...COMMANDS.map((row) => usage(row).length)) + 4;
  const lines = [...groups].flatMap(([group, rows]) => [
    `${group}:`,
    ...columns(rows.map((row) => [usage(row), row.summary]), column),
    "",
  ]);
  return text([
    SUMMARY,
    "",
    ...lines,
    "To begin with (weir --demo has a built-in sample):",
    "  weir --upstream localhost:9100/metrics --policies policies.json",
    "",
    "weir help COMMAND tells of a command, its flags and examples.",
  ]);
}

/** Returns what `weir help COMMAND` prints: only its own flags. */
export function commandText(command: Command): string {
  const row = commandRow(command);
  const flags = flagsOf(command);
  const width = Math.max(...flags.map((flag) => flagSyntax(flag).length));
  const column = Math.min(width, WIDEST_FLAG) + 4;
  return text([
    `weir ${command}: ${row.summary}`,
    "",
    `Usage: ${usageLine(row)}`,
    "",
    ...wrapped(row.about, WIDTH),
    "",
    "Examples:",
    ...row.examples.flatMap(({ does, line }) => [`  ${does}`, `    ${line}`]),
    ...FLAG_GROUPS.flatMap((group) => {
      const ofGroup = flags.filter((flag) => flag.group === group);
      if (ofGroup.length === 0) return [];
      const rows = ofGroup.map((flag): [string, string] => [flagSyntax(flag), flagHelp(flag)]);
      return ["", `${group}:`, ...columns(rows, column)];
    }),
  ]);
}

/** The flags that a command takes, in the order of the table. */
export function flagsOf(command: Command): Flag[] {
  return FLAGS.filter(({ commands }) => commands.includes(command));
}

/** `weir check [CONFIG] [flags]`. */
export function usageLine(row: CommandRow): string {
  const name = row.name === "serve" ? "[serve]" : row.name;
  return `weir ${[name, row.arguments, "[flags]"].filter((part) => part !== "").join(" ")}`;
}

function usage({ name, arguments: words }: CommandRow): string {
  return words === "" ? name : `${name} ${words}`;
}

/** Returns how a flag is written: `-H, --upstream URL`, aligned for those without a short form. */
function flagSyntax({ name, short, value }: Flag): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

/** What a flag does, and by which other names. */
export function flagHelp({ help, aliases = [] }: Flag): string {
  if (aliases.length === 0) return help;
  return `${help}; also ${aliases.map((alias) => `--${alias}`).join(", ")}`;
}

/** Two columns, the right one broken to the terminal's width. */
function columns(rows: readonly (readonly [string, string])[], column: number): string[] {
  return rows.flatMap(([left, right]) => {
    const start = `  ${left}`;
    const isApart = start.length + 2 > column;
    const [first, ...rest] = wrapped(right, WIDTH - column);
    const indented = rest.map((line) => " ".repeat(column) + line);
    if (isApart) return [start, " ".repeat(column) + first, ...indented];
    return [start.padEnd(column) + first, ...indented];
  });
}

function wrapped(sentence: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
