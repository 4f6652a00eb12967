import { parseArgs } from "node:util";

export interface SoakOptions {
  readonly minutes: number;
  /** Scrapes a second of each Weir. */
  readonly rate: number;
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
        svg: { type: "string" },
        json: { type: "string" },
      },
    });
    const minutes = Number(values.minutes);
    const rate = Number(values.rate);
    for (const [name, number] of [["minutes", minutes], ["rate", rate]] as const) {
      if (!(number > 0)) return `--${name}: found ${values[name]}, wanted a number above 0`;
    }
    return { minutes, rate, svg: values.svg, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}
