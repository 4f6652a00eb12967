# zsh -f complete.zsh SCRIPT LINE: what completes LINE, one a line. A zsh on a terminal of its own is
# sent the line and a tab; in it, compadd prints what it was to offer.
zmodload zsh/zpty || exit 1
zpty z zsh -f -i
zpty -w z 'PROMPT=; autoload -U compinit; compinit -u -D; source '${(q)1}'
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a hits; builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- "<"${^hits}">"
}
finished() { compstate[insert]=; compstate[list]=; print; print -r -- "#END"; }
comppostfuncs=( finished exit )
stty -echo; bindkey "^I" complete-word; print "#READY"'
local line
while zpty -r z line; do [[ $line == *"#READY"* ]] && break; done
zpty -w -n z "$2"$'\t'
while zpty -r z line; do
  [[ $line == *"#END"* ]] && break
  [[ $line == *'<'*'>'* ]] && print -r -- ${${line##*<}%%>*}
done
zpty -d z
