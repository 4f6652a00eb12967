import { parseArgs } from "node:util";

export interface FuzzOptions {
  /** Undefined for all. */
  readonly targets: readonly string[] | undefined;
  /** For each target. */
  readonly seconds: number;
  readonly runs: number;
  readonly seed: number;
  readonly list: boolean;
}

/** Without `--seconds` and `--runs`. */
const DEFAULT_SECONDS = 60;

/** Returns the options, or a sentence that says what is wrong with the command line. */
export function readOptions(
  args: readonly string[],
  known: readonly string[],
): FuzzOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        target: { type: "string" },
        seconds: { type: "string" },
        runs: { type: "string" },
        seed: { type: "string", default: "1" },
        list: { type: "boolean", default: false },
      },
    });
    const targets = values.target?.split(",");
    const unknown = targets?.filter((name) => !known.includes(name)) ?? [];
    if (unknown.length > 0) return `--target: found ${unknown.join(", ")}, wanted names of --list`;
    const none = values.runs === undefined ? DEFAULT_SECONDS : Infinity;
    const seconds = values.seconds === undefined ? none : Number(values.seconds);
    if (!(seconds > 0)) return `--seconds: found ${values.seconds}, wanted a number above 0`;
    const runs = values.runs === undefined ? Infinity : Number(values.runs);
    if (!(runs > 0)) return `--runs: found ${values.runs}, wanted a number above 0`;
    const seed = Number(values.seed);
    if (!(Number.isSafeInteger(seed) && seed >= 0)) {
      return `--seed: found ${values.seed}, wanted a whole number from 0`;
    }
    return { targets, seconds, runs, seed, list: values.list };
  } catch (error) {
    return (error as Error).message;
  }
}
