import type { Place } from "../problems/problem.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import { ByteHash } from "../exposition/byte_hash.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { TextMap } from "../exposition/text_map.ts";
import type { SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import type { Lint } from "./lints.ts";

/** So many families are named. */
const MAX_NAMED = 5;

/** Looks for series of which a scrape has more than one sample, before any rule changes them. */
export class DuplicateSeries implements SampleWatcher {
  /** 53 bits of hash of each series. */
  readonly #seen = new Set<number>();
  /** Samples of series that were there before, by family. */
  readonly #duplicates = new TextMap<number>();
  readonly #hash = new ByteHash();

  judged(sample: WatchedSample): void {
    const bytes = encoder.encode(JSON.stringify(seriesOf(sample)));
    this.#hash.take(bytes, 0, bytes.length);
    const { low, high } = this.#hash;
    const series = (low >>> 0) * 2 ** 21 + (high >>> 11);
    if (!this.#seen.has(series)) this.#seen.add(series);
    else {
      const family = sample.family?.name ?? sample.name;
      this.#duplicates.set(family, (this.#duplicates.get(family) ?? 0) + 1);
    }
  }

  /** At most one, of the scrape as a whole. */
  lints(place: Place): Lint[] {
    const found = [...this.#duplicates].sort(([, left], [, right]) => right - left);
    if (found.length === 0) return [];
    const named = found.slice(0, MAX_NAMED).map(([family, samples]) => `${family} (${samples})`);
    if (found.length > MAX_NAMED) named.push(`${found.length - MAX_NAMED} more families`);
    const message = "series are there twice, of which Prometheus takes the first sample only: " +
      named.join(", ");
    return [{ place, code: "duplicate-series", message, rule: -1 }];
  }
}

/** Its name and labels, whatever their order and the spelling of bounds; empty ones are none. */
function seriesOf({ bytes, spans, name, family }: WatchedSample): [string, string][] {
  const { labels, labelCount } = spans;
  const series: [string, string][] = [["__name__", name]];
  for (let at = 0; at < labelCount * 4; at += 4) {
    const label = decodeQuoted(bytes, labels[at], labels[at + 1]);
    const value = decodeQuoted(bytes, labels[at + 2], labels[at + 3]);
    if (value === "") continue;
    series.push([label, isBoundLabel(label, family?.type) ? canonicalBound(value) : value]);
  }
  return series.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
}

const encoder = new TextEncoder();
