import { parseArgs } from "node:util";

export interface BenchOptions {
  /** Of every sample's size: 1 is that of the targets. */
  readonly scale: number;
  /** How often each contestant is measured; the median counts. */
  readonly runs: number;
  /** Names of rows; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly list: boolean;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Leave the temporary folder with samples, configurations and logs. */
  readonly keep: boolean;
}

/** Returns the options, or a sentence that says what is wrong with the command line. */
export function readOptions(
  args: readonly string[],
  rows: readonly string[],
): BenchOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        scale: { type: "string", default: "1" },
        runs: { type: "string", default: "3" },
        only: { type: "string" },
        list: { type: "boolean", default: false },
        json: { type: "string" },
        keep: { type: "boolean", default: false },
      },
    });
    const only = values.only?.split(",");
    const unknown = only?.filter((name) => !rows.includes(name)) ?? [];
    if (unknown.length > 0) return `--only: found ${unknown.join(", ")}, wanted names of --list`;
    const scale = Number(values.scale);
    if (!(scale > 0 && scale <= 1)) {
      return `--scale: found ${values.scale}, wanted a number above 0, at most 1`;
    }
    const runs = Number(values.runs);
    if (!(Number.isInteger(runs) && runs > 0)) {
      return `--runs: found ${values.runs}, wanted a whole number from 1`;
    }
    return { ...values, scale, runs, only, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}
