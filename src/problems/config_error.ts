/**
 * Everything that is wrong with the command line or the configuration, found in one go. `message`
 * holds one problem a line; the process prints it and exits with status 2 before it listens.
 */
export class ConfigError extends Error {
  /** Sentences of the form "where: found X, wanted Y", one line each. None holds a secret. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const lines = problems.map(oneLine);
    super(lines.join("\n"));
    this.name = "ConfigError";
    this.problems = lines;
  }
}

/** A key or an argument may hold anything, line breaks and terminals' commands included. */
function oneLine(problem: string): string {
  return problem.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    if (escaped !== character) return escaped;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** What an error says; of what was thrown and is none, its text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
