import { argumentOf, type Completable, takenBy, type Value } from "./completable.ts";

/**
 * Needs nothing of the bash-completion package. `=` and `:` part words in bash, so that
 * `--on-limit=fail` comes as three of them.
 */
export function bashCompletion({ commands, flags }: Completable): string {
  const valued = flags.filter(({ value }) => value !== "none");
  const names = commands.map(({ name }) => name);
  const values = valued.flatMap(({ spellings, value }) =>
    value === "text" ? [] : [`    ${spellings.join("|")}) ${replies(value)}; return ;;`]
  );
  const texts = valued.filter(({ value }) => value === "text");
  const ofCommands = commands.map((command) => {
    const taken = takenBy(command, flags).flatMap(({ spellings }) => spellings);
    return `    ${command.name}) flags="${taken.join(" ")}" ;;`;
  });
  const ofArguments = commands.flatMap((command) => {
    const value = argumentOf(command);
    return value === "file" ? [] : [`    ${command.name}) ${replies(value)} ;;`];
  });
  return `# Completes weir in bash: source <(weir completion bash)
_weir_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
_weir() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= command= flags= i
  (( COMP_CWORD > 0 )) && prev=\${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == "=" ]]; then
    cur=
  elif [[ $prev == "=" ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  for (( i = 1; i < COMP_CWORD; i++ )); do
    case \${COMP_WORDS[i]} in
    ${valued.flatMap(({ spellings }) => spellings).join("|")})
      [[ \${COMP_WORDS[i+1]} == "=" ]] && (( i++ ))
      (( i++ )) ;;
    ${names.join("|")}) command=\${COMP_WORDS[i]}; break ;;
    -*|=) ;;
    *) command=serve; break ;;
    esac
  done
  case $prev in
${values.join("\n")}
    ${texts.flatMap(({ spellings }) => spellings).join("|")}) return ;;
  esac
  if [[ $cur == -* ]]; then
    case \${command:-serve} in
${ofCommands.join("\n")}
    esac
    COMPREPLY=( $(compgen -W "$flags" -- "$cur") )
    return
  fi
  case $command in
${ofArguments.join("\n")}
    "") mapfile -t COMPREPLY < <(compgen -W "${names.join(" ")}" -- "$cur"; compgen -f -- "$cur") ;;
    *) ${replies("file")} ;;
  esac
}
complete -F _weir weir
`;
}

function replies(value: Value): string {
  if (value === "none" || value === "text") return ":";
  if (value === "file") return "_weir_files";
  return `COMPREPLY=( $(compgen -W "${value.join(" ")}" -- "$cur") )`;
}
