import { TextMap } from "../exposition/text_map.ts";
import { canonicalBound } from "../exposition/bound_label.ts";
import { DfaMemory } from "../regex/lazy_dfa.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import { ALL_LABELS } from "./label_need.ts";
import type { LabelMatcher } from "./series_use.ts";
import type { Unread, UsedDocument, UsedSeries } from "./used_document.ts";

type Matches = (value: string) => boolean;

interface IndexedUse {
  readonly use: UsedSeries;
  readonly matchers: readonly { readonly label: string; readonly matches: Matches }[];
}

/** More was to be compared than whoever asks may have compared. */
export class TooMuchToCompare extends Error {
  constructor() {
    super("there are too many uses for so many series");
    this.name = "TooMuchToCompare";
  }
}

/** Finds what reads a series. */
export class UsedIndex {
  readonly uses: readonly UsedSeries[];
  readonly unread: readonly Unread[];
  readonly #indexed: readonly IndexedUse[];
  /** Expressions that could not be read, by the words in them: any may be a metric's name. */
  readonly #unread = new Map<string, Unread[]>();
  /** Those whose matchers of the name a metric has, by its name. */
  readonly #byName = new TextMap<readonly IndexedUse[]>();

  readonly #work: Work;

  private constructor(indexed: readonly IndexedUse[], unread: readonly Unread[], work: Work) {
    this.#work = work;
    this.#indexed = indexed;
    this.unread = unread;
    this.uses = indexed.map(({ use }) => use);
    for (const one of unread) {
      for (const word of new Set(one.expression?.match(NAMES) ?? [])) {
        this.#unread.set(word, [...this.#unread.get(word) ?? [], one]);
      }
    }
  }

  /**
   * `maxWork`: how many uses may be compared with names and series, a regex counting for more. Beyond, the
   * index throws a TooMuchToCompare. Throws an Error for a regex that is not RE2.
   */
  static async of({ uses, unread }: UsedDocument, maxWork = Infinity): Promise<UsedIndex> {
    const work = { left: maxWork };
    const regexes = await compiledRegexes(uses, work);
    const indexed = uses.map((use) => ({
      use,
      matchers: use.matchers.map((matcher) => ({
        label: matcher.label,
        matches: compiledMatcher(matcher, regexes),
      })),
    }));
    return new UsedIndex(indexed, unread, work);
  }

  /** The uses that read series of this name, whatever labels they want. */
  ofName(name: string): UsedSeries[] {
    return this.#named(name).map(({ use }) => use);
  }

  /**
   * The uses that read this series. Of a label whose value is undefined nobody knows it, so that every
   * matcher may match: what a scrape lacks, Prometheus may add, as it does with `job`.
   */
  ofSeries(name: string, valueOf: (label: string) => string | undefined): UsedSeries[] {
    const named = this.#named(name);
    spend(this.#work, named.length);
    return named.filter(({ matchers }) =>
      matchers.every(({ label, matches }) => {
        const value = label === NAME ? undefined : valueOf(label);
        return value === undefined || matches(value);
      })
    ).map(({ use }) => use);
  }

  /** Whether a use of the name reads series whose label has this value, whatever else they have. */
  readsValue(name: string, label: string, value: string): boolean {
    return this.#named(name).some(({ matchers }) =>
      matchers.every((matcher) => matcher.label !== label || matcher.matches(value))
    );
  }

  #named(name: string): readonly IndexedUse[] {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    spend(this.#work, this.#indexed.length);
    const found = this.#indexed.filter(({ matchers }) =>
      matchers.every(({ label, matches }) => label !== NAME || matches(name))
    );
    const unread = this.#unread.get(name);
    if (unread !== undefined) {
      const matchers = [{ label: NAME, op: "=" as const, value: name }];
      found.push({ use: { matchers, needs: ALL_LABELS, where: unread }, matchers: [] });
    }
    this.#byName.set(name, found);
    return found;
  }
}

const NAME = "__name__";

/** What can be a metric's name in an expression. */
const NAMES = /[a-zA-Z_:][\w:]*/g;

interface Work {
  left: number;
}

function spend(work: Work, cost: number): void {
  work.left -= cost;
  if (work.left < 0) throw new TooMuchToCompare();
}

/** A regex on a value of some length takes as long as so many comparisons of a use. */
const REGEX_WORK = 10;

/** Values of which it is remembered whether a regex matches them: labels have few that are compared. */
const REMEMBERED_VALUES = 1_000;

/** Each pattern once: many expressions have the same. */
async function compiledRegexes(
  uses: readonly UsedSeries[],
  work: Work,
): Promise<ReadonlyMap<string, Matches>> {
  const patterns = new Set(
    uses.flatMap(({ matchers }) =>
      matchers.filter(({ op }) => op.endsWith("~")).map(({ value }) => value)
    ),
  );
  const memory = new DfaMemory();
  const found = new Map<string, Matches>();
  for (const pattern of patterns) {
    const regex = await compileRuleRegex(pattern, memory);
    const known = new TextMap<boolean>();
    found.set(pattern, (value) => {
      let matches = known.get(value);
      if (matches === undefined) {
        spend(work, REGEX_WORK + value.length / 10);
        matches = regex.test(value);
        if (known.size >= REMEMBERED_VALUES) known.clear();
        known.set(value, matches);
      }
      return matches;
    });
  }
  return found;
}

/** As Prometheus's matchers: regexes match the whole value. */
function compiledMatcher(matcher: LabelMatcher, regexes: ReadonlyMap<string, Matches>): Matches {
  const matches = plainMatcher(matcher, regexes);
  if (matcher.label !== "le" && matcher.label !== "quantile") return matches;
  // Prometheus 3 has `1.0` where the text may say `1`: a query for either means the same series.
  const spelled = matcher.op === "="
    ? plainMatcher({ ...matcher, value: canonicalBound(matcher.value) }, regexes)
    : matches;
  return (value) => matches(value) || spelled(canonicalBound(value));
}

function plainMatcher(
  { op, value }: LabelMatcher,
  regexes: ReadonlyMap<string, Matches>,
): Matches {
  if (op === "=") return (text) => text === value;
  if (op === "!=") return (text) => text !== value;
  const matches = regexes.get(value)!;
  return op === "=~" ? matches : (text) => !matches(text);
}
