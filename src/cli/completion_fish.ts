import { argumentOf, type Completable, type CompletedFlag, type Value } from "./completable.ts";

export function fishCompletion({ commands, flags }: Completable): string {
  const names = commands.map(({ name }) => name);
  const others = names.filter((name) => name !== "serve");
  const isNamed = (these: readonly string[]) => `__fish_seen_subcommand_from ${these.join(" ")}`;
  const lines = [
    "# Completes weir in fish: weir completion fish > ~/.config/fish/completions/weir.fish",
    "complete -c weir -f",
    ...commands.map(({ name, summary }) =>
      `complete -c weir -n ${quoted(`not ${isNamed(names)}`)} -a ${name} -d ${quoted(summary)}`
    ),
    // Without a name it is serve, whose argument is a file.
    `complete -c weir -n ${quoted(`not ${isNamed(others)}`)} -F`,
    ...commands.filter(({ name }) => name !== "serve").flatMap((command) => {
      const value = argumentOf(command);
      const when = `complete -c weir -n ${quoted(isNamed([command.name]))}`;
      if (value === "file") return [`${when} -F`];
      return typeof value === "object" ? [`${when} -a ${quoted(value.join(" "))}`] : [];
    }),
    ...flags.map((flag) => flagLine(flag, isNamed, others)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function flagLine(
  { spellings, flag, value }: CompletedFlag,
  isNamed: (names: readonly string[]) => string,
  others: readonly string[],
): string {
  const takers: readonly string[] = flag.commands;
  const when = takers.includes("serve")
    ? others.filter((name) => !takers.includes(name))
    : undefined;
  const condition = when === undefined ? isNamed(takers) : `not ${isNamed(when)}`;
  const isEveryones = when?.length === 0;
  return [
    "complete -c weir",
    ...isEveryones ? [] : ["-n", quoted(condition)],
    ...spellings.map((one) => one.startsWith("--") ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`),
    ...valueWords(value),
    "-d",
    quoted(flag.help),
  ].join(" ");
}

function valueWords(value: Value): string[] {
  if (value === "none") return [];
  if (value === "file") return ["-r", "-F"];
  return value === "text" ? ["-x"] : ["-x", "-a", quoted(value.join(" "))];
}

/** In single quotes, within which fish knows an escaped quote and backslash alone. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
