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

/** Samples whose labels are there twice are dropped, which the answer says (docs/scraping.md). */
const LABEL_TWICE = new Set([
  "a label twice, the same",
  "a label twice, another",
  "a label twice, quoted and not",
  "a label __name__",
]);

/** Prometheus takes a NUL before a name for the end, and loses what comes behind without a word. */
const NUL = "a NUL before a name";

/** Of the text format: Prometheus takes such a blank for a part of the name. */
const BLANK_BEFORE_NAME = new Set(["a blank before a name", "a tab before a name"]);

export function hasLabelTwice({ what }: PoisonLine): boolean {
  return LABEL_TWICE.has(what);
}

/**
 * What a gateway has to count of the target's samples; undefined for a target that counts as not read. It
 * is what Prometheus says, but for what docs/gateway.md says was decided.
 */
export function countedOf(line: PoisonLine): readonly Series[] | undefined {
  const { what, openMetrics, refused, series } = line;
  if (what === NUL) return undefined;
  if (hasLabelTwice(line)) return [...series, [[["__name__", "behind"]], "2"]];
  if (refused !== undefined) return isHarmless(line) ? line.withoutComments : undefined;
  return !openMetrics && BLANK_BEFORE_NAME.has(what) ? series.map(unblanked) : series;
}

/** Nothing but metadata or a comment is wrong, which the answer then lacks. */
function isHarmless({ refused = "", openMetrics, body }: PoisonLine): boolean {
  if (refused === "data does not end with # EOF") return false;
  // A blank behind it makes `# EOF` a comment.
  if (refused === "unexpected data after # EOF") return /^# EOF $/m.test(body);
  return !openMetrics || /(^|\n)# EOF\n?$/.test(body);
}

function unblanked([labels, ...rest]: Series): Series {
  return [labels.map(([name, value]) => [name, value.trimStart()] as const), ...rest];
}
