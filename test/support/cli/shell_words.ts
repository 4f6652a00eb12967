/** The words of a simple command, as a shell gives them to it. */
export function shellWords(line: string): string[] {
  const words = [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word);
  return words.map((word) => word.replaceAll("'", ""));
}

/** What `weir` gets of a line of help: without its own name, a pipe, and where the output goes. */
export function argumentsOf(line: string): string[] {
  return shellWords(line.replace(/ [|>] .*$/, "")).slice(1);
}
