import { parseArgs } from "node:util";
import { ConfigError } from "../config/config_error.ts";
import type { Override } from "../config/layers.ts";
import { nearest } from "../config/nearest.ts";
import { printableUrl } from "../upstream/printable_url.ts";

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** The placeholder of its value; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** The key of the config file that it overrides; the schema there checks its value. */
  readonly key?: string;
  readonly commands: readonly Command[];
}

/** What Weir does; without one of the other names it serves. */
export const COMMANDS = ["serve", "filter", "check", "test"] as const;
export type Command = (typeof COMMANDS)[number];

/** `check` takes what `serve` takes, so that the line of a deployment can be checked as it is. */
const SERVE = ["serve", "check"] as const;
const FILTER = ["filter"] as const;
const BOTH = ["serve", "filter", "check"] as const;
const CHECK = ["check"] as const;

/** The one table of flags: parsing, `--help` and the documentation come from it. */
export const FLAGS: readonly Flag[] = [
  {
    name: "upstream",
    short: "H",
    value: "URL",
    help: "metrics endpoint to scrape; without a scheme http:// is meant",
    key: "upstream_url",
    commands: SERVE,
  },
  {
    name: "port",
    short: "p",
    value: "PORT",
    help: "port to listen on (default 8080)",
    key: "listen_port",
    commands: SERVE,
  },
  {
    name: "listen",
    value: "ADDR:PORT|unix:PATH",
    help: "address or Unix socket to listen on; :8080 means all interfaces",
    key: "listen",
    commands: SERVE,
  },
  {
    name: "scrape-timeout",
    short: "t",
    value: "DURATION",
    help: "longest time for one upstream request (default 15s)",
    key: "scrape.timeout",
    commands: SERVE,
  },
  { name: "config", value: "PATH", help: "config file, JSON or YAML", commands: FILTER },
  {
    name: "policies",
    value: "PATH",
    help: "policy file, put before the providers of the config file",
    commands: BOTH,
  },
  {
    name: "relabel",
    value: "YAML",
    help: "relabel rules as text: metric_relabel_configs, as a map or a bare list",
    commands: BOTH,
  },
  {
    name: "relabel-file",
    value: "PATH",
    help: "file with relabel rules; not together with --relabel",
    commands: BOTH,
  },
  {
    name: "max-input-bytes",
    value: "SIZE",
    help: "most bytes to read per scrape, like 10MiB; 0 means unlimited",
    key: "prometheus.max_input_bytes_per_scrape",
    commands: BOTH,
  },
  {
    name: "max-output-bytes",
    value: "SIZE",
    help: "most bytes to return per scrape, like 10MiB; 0 means unlimited",
    key: "prometheus.max_output_bytes_per_scrape",
    commands: BOTH,
  },
  {
    name: "on-limit",
    value: "truncate|fail",
    help: "what a scrape does at a byte limit (default truncate)",
    key: "scrape.on_limit",
    commands: BOTH,
  },
  {
    name: "log-level",
    value: "LEVEL",
    help: "debug, info, warn or error (default info)",
    key: "log_level",
    commands: BOTH,
  },
  {
    name: "log-format",
    value: "logfmt|json",
    help: "form of a log line (default logfmt)",
    key: "log_format",
    commands: BOTH,
  },
  {
    name: "passthrough",
    help: "forward paths that Weir does not serve to the upstream",
    key: "passthrough",
    commands: SERVE,
  },
  { name: "demo", help: "scrape a built-in sample exporter", commands: SERVE },
  {
    name: "demo-ingresses",
    value: "N",
    help: "size of the sample exporter (default 20)",
    commands: SERVE,
  },
  { name: "openmetrics", help: "the input is OpenMetrics, not text", commands: FILTER },
  {
    name: "scrape",
    value: "FILE|URL",
    help: "sample scrape to run the rules on; - is standard input",
    commands: CHECK,
  },
  { name: "json", help: "print a JSON document instead of text", commands: CHECK },
  { name: "help", short: "h", help: "print this text", commands: COMMANDS },
  { name: "version", short: "v", help: "print the version", commands: COMMANDS },
];

/** Values by flag name, as they were written; a switch is `true`. */
export type Flags = Readonly<Partial<Record<string, string | true>>>;

export interface CommandLine {
  readonly command: Command | "help" | "version";
  /** `serve`, `check`: the config file, if any. `filter`: the file to read, if any. `test`: files. */
  readonly positionals: readonly string[];
  readonly flags: Flags;
}

/**
 * Returns what was asked for, with values unchecked. `--help` and `--version` win over whatever
 * else is wrong. Throws a ConfigError with every problem of the line.
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
    if (given.some(({ name }) => name === command)) return { command, positionals: [], flags: {} };
  }
  const command = COMMANDS.find((name) => name === words[0] && name !== "serve") ?? "serve";
  const positionals = command === "serve" ? words : words.slice(1);
  const flags: Record<string, string | true> = {};
  const problems = new Set<string>();
  for (const option of given) {
    const problem = optionProblem(option, command, flags);
    if (problem === undefined) flags[option.name] = option.value ?? true;
    else problems.add(problem);
  }
  // The value of an unknown flag looks like an argument; one error for it is enough.
  const isCountable = command !== "test" && given.every(({ name }) => findFlag(name) !== undefined);
  const surplus = isCountable ? positionals.slice(1) : [];
  for (const extra of surplus) {
    problems.add(`found a second argument "${printableUrl(extra)}", wanted one file`);
  }
  if (command === "test" && positionals.length === 0) {
    problems.add("found no argument, wanted files with tests");
  }
  if (flags["demo-ingresses"] !== undefined && flags.demo === undefined) {
    problems.add("--demo-ingresses: has no effect without --demo");
  }
  if (problems.size > 0) throw new ConfigError([...problems]);
  return { command, positionals, flags };
}

/** Returns what the given flags override in the config file. */
export function flagOverrides(flags: Flags): Override[] {
  return FLAGS.flatMap(({ name, key }) => {
    const value = flags[name];
    if (key === undefined || value === undefined) return [];
    return [{ path: key.split("."), text: String(value), where: `--${name}` }];
  });
}

/** Returns the text of `--help`, with a line break at its end. */
export function helpText(): string {
  const rows = FLAGS.map((flag) => [flagSyntax(flag), flag.help]);
  const width = Math.max(...rows.map(([syntax]) => syntax.length));
  const lines = rows.map(([syntax, help]) => `  ${syntax.padEnd(width)}  ${help}\n`);
  return `Weir stands between Prometheus and a metrics endpoint and filters what passes.

Usage:
  weir [CONFIG] [flags]        serve; CONFIG is a JSON or YAML file
  weir filter [FILE] [flags]   filter FILE or standard input to standard output
  weir check [CONFIG] [flags]  validate configuration, rules and policies, and point out doubts
  weir test FILE...            run unit tests of rules and policies

Flags:
${lines.join("")}
weir filter takes ${flagsOf("filter")}.
weir check takes the flags of weir, --scrape and --json.
`;
}

function flagsOf(command: Command): string {
  const taken = FLAGS.filter(({ commands }) => commands.includes(command));
  return taken.map(({ name }) => `--${name}`).join(", ");
}

/** Returns how a flag is written: `-H, --upstream URL`, aligned for those without a short form. */
export function flagSyntax({ name, short, value }: Flag): string {
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
  command: Command,
  before: Flags,
): string | undefined {
  const flag = findFlag(name);
  if (flag === undefined) {
    const meant = rawName.startsWith("--")
      ? nearest(name, FLAGS.map((known) => known.name))
      : undefined;
    return `${rawName}: unknown flag${meant === undefined ? "" : ` (did you mean --${meant}?)`}`;
  }
  if (!flag.commands.includes(command)) {
    return command === "serve"
      ? `--${name}: is a flag of weir ${flag.commands.join(" and weir ")} only`
      : `--${name}: is no flag of weir ${command}`;
  }
  if (before[name] !== undefined) return `--${name}: given twice`;
  if (flag.value === undefined) {
    return value === undefined ? undefined : `--${name}: found a value, wanted none`;
  }
  // As in strict parsing: `--policies --demo` forgot the value, `--policies=--demo` did not. A list in
  // YAML begins with `- `, which is no flag.
  const forgotten = value === undefined || value === "" || (!inlineValue && /^-\S/.test(value));
  return forgotten ? `--${name}: found nothing, wanted ${flag.value}` : undefined;
}
