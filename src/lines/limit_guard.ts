import {
  CardinalityGuard,
  type CardinalityLimits,
  GuardedFamily,
  type LimitName,
} from "../aggregate/cardinality_guard.ts";
import type { EditPlan } from "../aggregate/edit_plan.ts";
import type { Engine } from "../engine/engine.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import { decodePlain } from "../exposition/text.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { TextSet } from "../exposition/text_map.ts";
import { AggregationError } from "./aggregation_error.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** A family, and the last of its series that the guard has seen. */
interface Watched {
  readonly seen: GuardedFamily;
  last: number;
  /** Series that take what a limit on series keeps out. */
  readonly overflows: TextSet;
}

/**
 * Holds the series of a scrape to the limits. The kernel gathers by itself as long as no limit can
 * be met, because a family has too few series for that; then every new series comes here.
 */
export class LimitGuard {
  readonly #limits: CardinalityLimits;
  readonly #engine: Engine;
  readonly #stats: ScrapeStats;
  readonly #guard: CardinalityGuard;
  #watched = new Map<number, Watched>();
  /** The last key is that of a series that takes what a limit keeps out. */
  hasFolded = false;

  constructor(limits: CardinalityLimits, engine: Engine, stats: ScrapeStats) {
    this.#limits = limits;
    this.#engine = engine;
    this.#stats = stats;
    this.#guard = new CardinalityGuard(limits);
  }

  /** What is gathered begins anew. */
  begin(): void {
    const { seriesPerFamily, series, labelValues, labelValueLength } = this.#limits;
    // A histogram is let in as a whole: as many series again as its family has, at most.
    const half = (limit: number) => limit === 0 ? NONE : Math.max(1, Math.floor(limit / 2));
    const inFamily = Math.min(half(seriesPerFamily), ...labelValues.values(), NONE);
    const longest = labelValueLength === 0 ? NONE : labelValueLength;
    this.#engine.kernel.exports.setGuard(inFamily, half(series), longest);
    this.#watched = new Map();
  }

  /** Puts the key of the series that takes the sample; false when a limit drops it. */
  putKey(key: LineBuffer, plan: EditPlan, line: SampleLine, out: number): boolean {
    const { seen, overflows } = this.#watch(out);
    const guard = this.#guard;
    guard.putKey(key, plan, line, seen);
    this.hasFolded = guard.exceeded !== undefined;
    if (guard.exceeded !== undefined && !this.#admits(guard.exceeded, out)) return false;
    if (this.#hasCome(key)) return true;
    const { exports } = this.#engine.kernel;
    const inFamily = exports.seriesIn(out);
    const inAll = exports.seriesBefore.value + exports.seriesNow.value;
    const limit = guard.seriesLimit(key, plan, seen, inFamily, inAll);
    if (limit === undefined) return true;
    if (!this.#admits(limit, out)) return false;
    guard.putOverflowKey(key, plan, line);
    this.hasFolded = true;
    overflows.add(decodePlain(key.bytes, 0, key.length));
    return true;
  }

  #hasCome(key: LineBuffer): boolean {
    const { kernel } = this.#engine;
    if (!kernel.putKey(key)) return false;
    const series = kernel.exports.findKey(key.length) >>> 0;
    return series !== 0 && kernel.exports.hasCome(series) !== 0;
  }

  #admits(limit: LimitName, out: number): boolean {
    return admits(this.#limits, limit, this.#engine.outName(out), this.#stats);
  }

  /** What the guard knows of a family, with all series that the kernel has let in since. */
  #watch(out: number): Watched {
    let watched = this.#watched.get(out);
    if (watched === undefined) {
      this.#watched.set(
        out,
        watched = { seen: new GuardedFamily(), last: 0, overflows: new TextSet() },
      );
    }
    const { exports, bytes } = this.#engine.kernel;
    const { last } = watched;
    let series = (last === 0 ? exports.firstOf(out) : exports.seriesAfter(last)) >>> 0;
    for (; series !== 0; series = exports.seriesAfter(series) >>> 0) {
      const at = exports.keyOf(series) >>> 0;
      const end = at + exports.keyLengthOf(series);
      watched.last = series;
      if (watched.overflows.size > 0 && watched.overflows.has(decodePlain(bytes, at, end))) {
        continue;
      }
      this.#guard.learn(bytes, at, end, watched.seen);
    }
    return watched;
  }
}

/**
 * What the limits' action says of a sample of the family that exceeds `limit`, which is counted: false
 * when it is dropped. Throws an AggregationError when the scrape is to fail.
 */
export function admits(
  { action }: CardinalityLimits,
  limit: LimitName,
  family: string,
  stats: ScrapeStats,
): boolean {
  stats.limited(family, limit);
  if (action === "fail") {
    throw new AggregationError(`family ${family} exceeds the limit ${limit}`);
  }
  if (action === "drop") stats.droppedBeyondLimits++;
  return action === "overflow";
}

/** More than any number of series. */
const NONE = 0x7fffffff;
