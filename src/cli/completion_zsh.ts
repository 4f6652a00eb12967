import type { CommandRow } from "../config/commands.ts";
import {
  argumentOf,
  type Completable,
  type CompletedFlag,
  takenBy,
  type Value,
} from "./completable.ts";

/** One function: `_arguments` for each command, and that of serve where none is named. */
export function zshCompletion({ commands, flags }: Completable): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const specs = takenBy(command, flags).flatMap(flagSpecs);
    const words = [...specs, argumentSpec(command)].map((spec) => `        ${spec}`);
    return `    ${command.name})\n      _arguments -S \\\n${words.join(" \\\n")}\n      ;;`;
  });
  const names = commands.map(({ name }) => name);
  const valued = flags.filter(({ value }) => value !== "none").flatMap(({ spellings }) =>
    spellings
  );
  return `#compdef weir
# Completes weir in zsh: weir completion zsh > "\${fpath[1]}/_weir"
_weir() {
  local command= i
  local -a commands=(
${described.join("\n")}
  )
  for (( i = 2; i < CURRENT; i++ )); do
    case $words[i] in
    ${valued.join("|")}) (( i++ )) ;;
    -*) ;;
    ${names.join("|")}) command=$words[i]; words[i]=(); (( CURRENT-- )); break ;;
    *) command=serve; break ;;
    esac
  done
  if [[ -z $command && $words[CURRENT] != -* && $words[CURRENT-1] != (${valued.join("|")}) ]]; then
    _describe command commands
    _files
    return
  fi
  case \${command:-serve} in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _weir ]]; then _weir "$@"; else compdef _weir weir; fi
`;
}

/** One for each spelling; a flag with a value takes it behind a blank or `=`. */
function flagSpecs({ spellings, flag, value }: CompletedFlag): string[] {
  return spellings.map((spelling) => {
    const takes = value === "none" ? "" : spelling.startsWith("--") ? "=" : "+";
    const help = flag.help.replace(/[\\[\]:]/g, "\\$&");
    const often = flag.listKey === undefined ? "" : "*";
    return quoted(`${often}${spelling}${takes}[${help}]${valueSpec(flag.value ?? "", value)}`);
  });
}

function valueSpec(placeholder: string, value: Value): string {
  const name = placeholder.replaceAll(":", "\\:");
  if (value === "none") return "";
  if (value === "file") return `:${name}:_files`;
  return value === "text" ? `:${name}: ` : `:${name}:(${value.join(" ")})`;
}

function argumentSpec(command: CommandRow): string {
  const value = argumentOf(command);
  if (value === "none") return quoted("*: :");
  const often = command.atMost > 1 ? "*" : "1";
  return quoted(
    `${often}:${command.wanted}${typeof value === "object" ? `:(${value.join(" ")})` : ":_files"}`,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
