import { placeOf, type Problem, problemText } from "./problem.ts";

/**
 * Everything that is wrong with the command line or the configuration, found in one go. `message`
 * holds one problem a line; the process prints it and exits with status 2 before it listens.
 */
export class ConfigError extends Error {
  /** Sentences of the form "where: found X, wanted Y", one line each. None holds a secret. */
  readonly problems: readonly string[];
  /** The same with their places; those that came as a sentence have it in there. */
  readonly found: readonly Problem[];

  constructor(problems: readonly (string | Problem)[]) {
    const found = problems.map((problem) =>
      typeof problem === "string" ? { place: placeOf(undefined), text: problem } : problem
    );
    const lines = [...new Set(found.map((problem) => oneLine(problemText(problem))))];
    super(lines.join("\n"));
    this.name = "ConfigError";
    this.problems = lines;
    this.found = found;
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
