import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Series } from "../exposition/read_series.ts";

/*
 * `test/cases/poison/lines.jsonl` has some 480 short expositions with something in them that a target
 * should not expose, and what Prometheus v0.316.0 makes of each: `model/textparse` with its default
 * options, and then what its scrape loop and its storage refuse of the series that were read, which are
 * labels that are not valid and labels that are there twice. Bytes stand as characters up to U+00FF.
 */

export interface PoisonLine {
  /** What is in it, said once in each of the two formats. */
  readonly what: string;
  readonly openMetrics: boolean;
  /** The exposition, of which `before 1` is the first line where there is one. */
  readonly body: string;
  /** Who refuses the scrape. */
  readonly refusedBy?: "textparse" | "scrape" | "storage";
  /** Prometheus's own words; absent where it takes the exposition. */
  readonly refused?: string;
  /** What is read before the end, or before what is refused. */
  readonly series: readonly Series[];
  /** What is read without comments, metadata and blank lines, where those are all that is refused. */
  readonly withoutComments?: readonly Series[];
}

const file = resolve(import.meta.dirname!, "../../cases/poison/lines.jsonl");

export const POISON_LINES: readonly PoisonLine[] = readFileSync(file, "utf8").trimEnd().split("\n")
  .map((line) => JSON.parse(line));

export function bytesOfPoison({ body }: PoisonLine): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(body, (character) => character.charCodeAt(0));
}
