import { type CommandRow, COMMANDS } from "../config/commands.ts";
import { type Flag, FLAG_GROUPS, FLAGS, namesOf } from "../config/flags.ts";
import { SUMMARY, usageLine } from "./help.ts";

/**
 * Returns the man page in troff's source, of the macros that man(7) has. `date` is the build's, as
 * YYYY-MM-DD, or empty.
 */
export function manPage(version: string, date: string): string {
  const sections: [string, string[]][] = [
    ["NAME", ["weir \\- a scrape proxy between Prometheus and a /metrics endpoint"]],
    ["SYNOPSIS", COMMANDS.flatMap((row) => [".br", bold(usageLine(row))]).slice(1)],
    ["DESCRIPTION", [plain(SUMMARY), ".PP", ...DESCRIPTION.map(plain)]],
    ["COMMANDS", COMMANDS.flatMap(commandLines)],
    ["FLAGS", [
      plain("Behind each flag stand the commands that take it. Of a flag that is given twice the"),
      plain("last one holds; several --upstream are several targets."),
      ...FLAG_GROUPS.flatMap((group) => [
        `.SS ${plain(group)}`,
        ...FLAGS.filter((flag) => flag.group === group).flatMap(flagLines),
      ]),
    ]],
    ["ENVIRONMENT", [
      ...term("WEIR_KEY, TERO_KEY", [
        "A key of the config file, its path in capitals and joined by _: WEIR_LISTEN_PORT,",
        "TERO_LOG_LEVEL. Flags win over WEIR_*, those over TERO_*, and those over the file.",
      ]),
      ...term("NO_COLOR", ["Set to anything: log lines are not coloured on a terminal."]),
    ]],
    ["EXIT STATUS", [
      ...term("0", ["All is well."]),
      ...term("1", ["What the help of a command says; or the server could not listen."]),
      ...term("2", ["The command line or the configuration is wrong; nothing was done."]),
    ]],
    ["SIGNALS", [
      ...term("SIGHUP", ["Reads the config file, the rules and the policies anew."]),
      ...term("SIGTERM, SIGINT", [
        "Finishes running scrapes, then ends; the second one ends it at once.",
      ]),
    ]],
    ["EXAMPLES", COMMANDS.flatMap(({ examples }) => examples).flatMap(exampleLines)],
    ["SEE ALSO", [`${bold("prometheus")}(1), ${bold("promtool")}(1)`]],
  ];
  const head = [
    `.TH WEIR 1 ${quoted(date)} ${quoted(`weir ${version}`)} ${quoted("User Commands")}`,
    // Neither hyphens within words nor blanks between them: names are to be searched for.
    ".nh",
    ".ad l",
  ];
  const lines = [...head, ...sections.flatMap(([name, body]) => [`.SH ${name}`, ...body])];
  return lines.map((line) => `${line}\n`).join("");
}

const DESCRIPTION = [
  "Prometheus scrapes Weir, Weir scrapes the application, and filters, relabels and aggregates",
  "the response while it streams through, so that the series nobody needs never leave the pod.",
  "Policies and metric_relabel_configs say what stays.",
];

function commandLines(row: CommandRow): string[] {
  return term(`${row.name} ${row.arguments}`.trimEnd(), [row.about]);
}

function flagLines(flag: Flag): string[] {
  const value = flag.value === undefined ? "" : ` ${italic(flag.value)}`;
  const short = flag.short === undefined ? [] : [`-${flag.short}`];
  const spellings = [...short, ...namesOf(flag).map((name) => `--${name}`)];
  const { commands } = flag;
  const takers = commands.length >= COMMANDS.length ? "all" : commands.join(", ");
  return [
    ".TP",
    `${spellings.map(bold).join(", ")}${value}`,
    plain(`${flag.help} (${takers})`),
  ];
}

function exampleLines({ does, line }: CommandRow["examples"][number]): string[] {
  return [".PP", plain(does), ".RS 4", ".nf", plain(line), ".fi", ".RE"];
}

function term(name: string, sentences: readonly string[]): string[] {
  return [".TP", bold(name), ...sentences.map(plain)];
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A line of text, which may begin with what would be a request; a quote is escaped anyway. */
function plain(text: string): string {
  return `${text.startsWith(".") ? "\\&" : ""}${escaped(text)}`;
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "\\(dq")}"`;
}

/** So that hyphens, quotes, carets and tildes stay what they are, to be copied into a shell. */
function escaped(text: string): string {
  return text.replace(/[\\\-'`^~]/g, (character) => ESCAPES[character]);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};
