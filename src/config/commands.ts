export interface CommandRow {
  readonly name: string;
  /** The heading that the overview lists it under. */
  readonly group: string;
  /** What it does, in a few words, for lists of commands. */
  readonly summary: string;
  /** What stands behind the name, as a usage line writes it. */
  readonly arguments: string;
  /** How many of them: `atMost` is Infinity for a list. */
  readonly atLeast: number;
  readonly atMost: number;
  /** Completes "found no argument, wanted …". */
  readonly wanted: string;
  /** The words that may stand there, where there are few. */
  readonly choices?: readonly string[];
  /** The argument is the config file, which `--config` names as well. */
  readonly takesConfig?: true;
  /** More than the summary says, for the help of this command. */
  readonly about: string;
  readonly examples: readonly Example[];
}

export interface Example {
  readonly does: string;
  /** As a shell reads it. */
  readonly line: string;
}

const NAMES = [
  "serve",
  "filter",
  "analyze",
  "check",
  "usage",
  "test",
  "schema",
  "completion",
  "man",
  "help",
  "version",
] as const;

/** What Weir does; without one of the other names it serves. */
export type Command = (typeof NAMES)[number];

/**
 * The one table of commands: parsing, help, completions and the man page come from it. What runs a
 * command is a case in `run.ts`, and its flags are those of `flags.ts` that name it.
 */
export const COMMANDS: readonly (CommandRow & { readonly name: Command })[] = [
  {
    name: "serve",
    group: "Serve",
    summary: "filter what Prometheus scrapes (also without serve)",
    arguments: "[CONFIG]",
    atLeast: 0,
    atMost: 1,
    wanted: "a file",
    takesConfig: true,
    about: "Answers scrapes at /metrics with what is left of the upstream's. CONFIG is a JSON or " +
      "YAML file; flags win over the environment (WEIR_*, TERO_*), and that over the file. The " +
      "word serve may be left out.",
    examples: [
      {
        does: "Filter node_exporter's metrics by policies, and answer at port 8080:",
        line: "weir --upstream localhost:9100/metrics --policies policies.json",
      },
      {
        does: "Start from a file, and listen elsewhere than it says:",
        line: "weir serve weir.yaml --web.listen-address=127.0.0.1:9090",
      },
    ],
  },
  {
    name: "filter",
    group: "Try rules and look at scrapes",
    summary: "filter a scrape from a file, a URL or standard input",
    arguments: "[FILE|URL|-]",
    atLeast: 0,
    atMost: 1,
    wanted: "a file",
    about: "Writes what is left of the scrape to standard output, and to standard error how much " +
      "that is. Status 1: a byte limit ended the output, or a policy is not in force.",
    examples: [
      {
        does: "Try policies on a saved scrape:",
        line: "weir filter scrape.prom --policies policies.json > filtered.prom",
      },
      {
        does: "Follow one sample through the rules:",
        line: "weir filter --relabel-file rules.yaml --explain 'shop_orders_total{path=\"/a\"} 1'",
      },
    ],
  },
  {
    name: "analyze",
    group: "Try rules and look at scrapes",
    summary: "say where the series of a scrape are",
    arguments: "FILE|URL|-",
    atLeast: 1,
    atMost: 1,
    wanted: "a file, a URL or -",
    about:
      "Lists metrics, labels and families by the series that they make. With rules, policies " +
      "or limits it says what they leave. Status 1: there are more series than --max-series.",
    examples: [
      { does: "The ten metrics with most series:", line: "weir analyze scrape.prom --top 10" },
      {
        does: "What rules would save:",
        line: "weir analyze scrape.prom --relabel-file rules.yaml",
      },
      {
        does: "Rules for what nothing reads:",
        line: "weir analyze scrape.prom --used used.json --write-rules unused.yaml",
      },
    ],
  },
  {
    name: "check",
    group: "Try rules and look at scrapes",
    summary: "validate configuration, rules and policies",
    arguments: "[CONFIG]",
    atLeast: 0,
    atMost: 1,
    wanted: "a file",
    takesConfig: true,
    about:
      "Takes the command line of a deployment as it is, reads all that weir would start with, " +
      "and prints the settings in force. Status 1: there are doubts, or a policy is not in force; " +
      "2: something is invalid.",
    examples: [
      { does: "Check a file before it is rolled out:", line: "weir check weir.yaml" },
      {
        does: "Check rules by running them on a scrape:",
        line: "weir check --relabel-file rules.yaml --scrape scrape.prom",
      },
      {
        does: "Fail where they take what an alert or a dashboard reads:",
        line: "weir check --relabel-file rules.yaml --scrape scrape.prom --used used.json",
      },
    ],
  },
  {
    name: "usage",
    group: "Try rules and look at scrapes",
    summary: "find what alerts, dashboards and queries read",
    arguments: "FILE|URL|-...",
    atLeast: 1,
    atMost: Infinity,
    wanted: "rule files, dashboards, query logs, or the URL of a Prometheus or a Grafana",
    about: "Reads rule files, PrometheusRules, Grafana dashboards, query logs, the rules of a " +
      "Prometheus, all dashboards of a Grafana, and what mimirtool, Perses or weir usage itself " +
      "found, and writes which series and labels they need, for --used of weir analyze and weir " +
      "check. Status 1: an expression could not be read; 2: a source could not.",
    examples: [
      {
        does: "What alerts and dashboards need:",
        line: "weir usage alerts.yaml dashboards/*.json --out used.json",
      },
      {
        does: "The same, and what was asked for by hand:",
        line: "weir usage used.json queries.log --out used.json",
      },
    ],
  },
  {
    name: "test",
    group: "Try rules and look at scrapes",
    summary: "run unit tests of rules and policies",
    arguments: "FILE...",
    atLeast: 1,
    atMost: Infinity,
    wanted: "files with tests",
    about: "Runs the tests of all files: an exposition goes in, and what comes out is compared. " +
      "Status 1: one failed; 2: a file cannot be read.",
    examples: [
      { does: "Run one file:", line: "weir test rules_test.yaml" },
      { does: "Run all files of a folder:", line: "weir test tests/*.yaml" },
    ],
  },
  {
    name: "schema",
    group: "Shell and help",
    summary: "print a JSON Schema of files, for editors",
    arguments: "[KIND]",
    atLeast: 0,
    atMost: 1,
    wanted: "config, relabel or test",
    choices: ["config", "relabel", "test"],
    about: "Prints the JSON Schema of config files, of relabel files, or of files for weir test: " +
      "editors complete and check what is written by it.",
    examples: [
      { does: "Of config files:", line: "weir schema > weir.schema.json" },
      { does: "Of files with tests:", line: "weir schema test > weir-test.schema.json" },
    ],
  },
  {
    name: "completion",
    group: "Shell and help",
    summary: "print what completes command lines in a shell",
    arguments: "bash|zsh|fish",
    atLeast: 1,
    atMost: 1,
    wanted: "bash, zsh or fish",
    choices: ["bash", "zsh", "fish"],
    about: "Prints a script that the shell reads once: commands, flags and their values are " +
      "completed without Weir being started.",
    examples: [
      { does: "In bash, for this session:", line: "source <(weir completion bash)" },
      {
        does: "In fish, for good:",
        line: "weir completion fish > ~/.config/fish/completions/weir.fish",
      },
    ],
  },
  {
    name: "man",
    group: "Shell and help",
    summary: "print the man page",
    arguments: "",
    atLeast: 0,
    atMost: 0,
    wanted: "none",
    about: "Prints the page as troff source, with all commands and flags.",
    examples: [
      { does: "Read it:", line: "weir man | man -l -" },
      {
        does: "Install it:",
        line: "weir man > /usr/local/share/man/man1/weir.1",
      },
    ],
  },
  {
    name: "help",
    group: "Shell and help",
    summary: "say what there is, or what a command takes",
    arguments: "[COMMAND]",
    atLeast: 0,
    atMost: 1,
    wanted: "one command",
    choices: NAMES,
    about: "Without a command, an overview. weir COMMAND --help prints the same as weir help " +
      "COMMAND.",
    examples: [
      { does: "An overview:", line: "weir help" },
      { does: "All flags of serving:", line: "weir help serve" },
    ],
  },
  {
    name: "version",
    group: "Shell and help",
    summary: "print version, revision, build date and runtime",
    arguments: "",
    atLeast: 0,
    atMost: 0,
    wanted: "none",
    about: "Prints what this Weir is; so do weir --version and weir -v.",
    examples: [
      { does: "The version:", line: "weir version" },
      { does: "With that of Unicode that rules follow:", line: "weir version --verbose" },
    ],
  },
];

export const COMMAND_NAMES: readonly Command[] = NAMES;

export function commandRow(name: Command): CommandRow {
  return COMMANDS.find((row) => row.name === name)!;
}
