/**
 * Everything that is wrong with the command line or the configuration, found in one go. `message`
 * holds one problem a line; the process prints it and exits with status 2 before it listens.
 */
export class ConfigError extends Error {
  /** Sentences of the form "where: found X, wanted Y". None holds a secret. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}
