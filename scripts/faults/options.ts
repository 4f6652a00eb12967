import { parseArgs } from "node:util";
import { type Mode, MODES } from "./right_answer.ts";

export const RUNTIMES = ["binary", "bun", "deno"] as const;

export interface FaultOptions {
  /** In all; each fault is provoked once at least in each of its modes. */
  readonly scrapes: number;
  readonly modes: readonly Mode[];
  readonly runtime: (typeof RUNTIMES)[number];
  /** Names of faults; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly list: boolean;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
}

/** Returns the options, or a sentence that says what is wrong with the command line. */
export function readOptions(
  args: readonly string[],
  faults: readonly string[],
): FaultOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        scrapes: { type: "string", default: "1000" },
        mode: { type: "string" },
        runtime: { type: "string", default: "binary" },
        only: { type: "string" },
        list: { type: "boolean", default: false },
        json: { type: "string" },
      },
    });
    const scrapes = Number(values.scrapes);
    if (!(Number.isInteger(scrapes) && scrapes > 0)) {
      return `--scrapes: found ${values.scrapes}, wanted a whole number from 1`;
    }
    const modes = MODES.filter((mode) => values.mode?.split(",").includes(mode) ?? true);
    if (modes.length < (values.mode?.split(",").length ?? 0)) {
      return `--mode: found ${values.mode}, wanted ${MODES.join(", ")}`;
    }
    const runtime = RUNTIMES.find((runtime) => runtime === values.runtime);
    if (runtime === undefined) {
      return `--runtime: found ${values.runtime}, wanted ${RUNTIMES.join(", ")}`;
    }
    const only = values.only?.split(",");
    const unknown = only?.filter((name) => !faults.includes(name)) ?? [];
    if (unknown.length > 0) return `--only: found ${unknown.join(", ")}, wanted names of --list`;
    return { scrapes, modes, runtime, only, list: values.list, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}
