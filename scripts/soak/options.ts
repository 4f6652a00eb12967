import { parseArgs } from "node:util";

export interface SoakOptions {
  readonly minutes: number;
  /** Scrapes a second of each Weir. */
  readonly rate: number;
  /** Of the control group that each Weir runs in, in MiB; undefined: none is made. */
  readonly memory: number | undefined;
  readonly svg: string | undefined;
  readonly json: string | undefined;
}

/** Returns the options, or a sentence that says what is wrong with the command line. */
export function readOptions(args: readonly string[]): SoakOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string", default: "30" },
        rate: { type: "string", default: "5" },
        memory: { type: "string" },
        svg: { type: "string" },
        json: { type: "string" },
      },
    });
    const minutes = Number(values.minutes);
    const rate = Number(values.rate);
    const memory = values.memory === undefined ? undefined : Number(values.memory);
    for (
      const [name, number] of [["minutes", minutes], ["rate", rate], ["memory", memory]] as const
    ) {
      if (number === undefined || number > 0) continue;
      return `--${name}: found ${values[name]}, wanted a number above 0`;
    }
    return { minutes, rate, memory, svg: values.svg, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}
