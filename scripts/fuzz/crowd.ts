import {
  kernelCollisions,
  tableCollisions,
} from "../../test/support/exposition/colliding_texts.ts";
import { type Next, pick, seldom, times } from "./fuzz_target.ts";

/** What makes tables grow, and what once made their chains long. */
export interface Crowd {
  /** Of metrics; each is there once, and none continues another one by a suffix of a type. */
  readonly names: readonly string[];
  readonly labels: readonly string[];
  /** Of labels, without anything to escape. */
  readonly values: readonly string[];
}

/** One run in so many has a crowd, since it takes ten times as long as another one. */
const CROWD_ODDS = 8;

const isName = (text: string) => /^[A-Za-z_]\w*$/.test(text);

/** Names of one hash, as tables without a key had it. */
const OF_ONE_HASH: readonly string[] = tableCollisions(2_000).filter(isName);
/** Names that lay beside each other in the kernel's tables. */
const OF_ONE_SLOT: readonly string[] = kernelCollisions(100, "m_").map((text) => `m_${text}`);
const VALUES: readonly string[] = [...tableCollisions(150, "path"), ...kernelCollisions(100)];

/** At most `most` names; undefined for most runs. */
export function randomCrowd(next: Next, most: number): Crowd | undefined {
  if (!seldom(next, CROWD_ODDS)) return undefined;
  const count = Math.ceil(most / pick(next, [1, 4, 10]));
  const names = pick(next, [
    OF_ONE_HASH,
    OF_ONE_SLOT,
    times(most, (index) => `f${index}x`),
    times(most, (index) => `a_long_name_that_fills_tables_sooner_than_short_ones_${index}x`),
  ]);
  const labels = pick(next, [
    OF_ONE_HASH,
    times(200, (index) => `label_${index}`),
    ["a", "path", "code"],
  ]);
  return {
    names: slice(next, names, count),
    labels: slice(next, labels, 1 + next(11)),
    values: slice(next, VALUES, 1 + next(99)),
  };
}

/** Some in a row, from anywhere. */
function slice(next: Next, texts: readonly string[], count: number): readonly string[] {
  const at = next(Math.max(0, texts.length - count));
  return texts.slice(at, at + count);
}
