import { resolve } from "node:path";
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
  /** Further binaries of Weir, by the name under which they are shown. */
  readonly binaries: ReadonlyMap<string, string>;
  /** Who takes part besides the yardsticks; undefined for all. */
  readonly contestants: readonly string[] | undefined;
  /** Scrapes in a run of an everyday row; undefined for as many as its targets speak of. */
  readonly scrapes: number | undefined;
  /** Seconds from one scrape of an everyday row to the next; 0 for at once. */
  readonly every: number;
  /** Seconds without a scrape after which memory is read once more; undefined for not at all. */
  readonly rest: number | undefined;
}

const OPTIONS = {
  scale: { type: "string", default: "1" },
  runs: { type: "string", default: "3" },
  only: { type: "string" },
  list: { type: "boolean", default: false },
  json: { type: "string" },
  keep: { type: "boolean", default: false },
  binary: { type: "string", multiple: true },
  contestants: { type: "string" },
  scrapes: { type: "string" },
  every: { type: "string", default: "0" },
  paced: { type: "boolean", default: false },
  rest: { type: "string" },
} as const;

/** What `--paced` stands for: ten minutes at a scrape every five seconds. */
const PACE = { every: "5", scrapes: "120", runs: "1" };

/** Returns the options, or a sentence that says what is wrong with the command line. */
export function readOptions(
  args: readonly string[],
  rows: readonly string[],
): BenchOptions | string {
  try {
    const parsed = parseArgs({ args: [...args], options: OPTIONS }).values;
    const values = parsed.paced ? { ...parsed, ...PACE } : parsed;
    return {
      list: values.list,
      keep: values.keep,
      json: values.json,
      only: rowNames(values.only?.split(","), rows),
      scale: number("scale", values.scale, "a number above 0, at most 1", (n) => n > 0 && n <= 1),
      runs: wholeNumber("runs", values.runs),
      binaries: new Map((values.binary ?? []).map(namedBinary)),
      contestants: values.contestants?.split(","),
      scrapes: values.scrapes === undefined ? undefined : wholeNumber("scrapes", values.scrapes),
      every: number("every", values.every, "seconds from 0", (n) => n >= 0),
      rest: values.rest === undefined
        ? undefined
        : number("rest", values.rest, "seconds above 0", (n) => n > 0),
    };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Every row that is named, or whose name begins with one of these and a dash. */
function rowNames(
  only: readonly string[] | undefined,
  rows: readonly string[],
): string[] | undefined {
  const chosen = (name: string) => rows.filter((row) => row === name || row.startsWith(`${name}-`));
  const unknown = only?.filter((name) => chosen(name).length === 0) ?? [];
  if (unknown.length > 0) {
    throw new Error(`--only: found ${unknown.join(", ")}, wanted names of --list`);
  }
  return only?.flatMap(chosen);
}

function namedBinary(text: string): [string, string] {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`--binary: found ${text}, wanted NAME=PATH`);
  return [name, resolve(path)];
}

function wholeNumber(option: string, text: string): number {
  return number(option, text, "a whole number from 1", (n) => Number.isInteger(n) && n > 0);
}

function number(
  option: string,
  text: string,
  wanted: string,
  fits: (value: number) => boolean,
): number {
  const value = Number(text);
  if (fits(value)) return value;
  throw new Error(`--${option}: found ${text}, wanted ${wanted}`);
}
