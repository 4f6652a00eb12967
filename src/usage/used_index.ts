import { canonicalBound } from "../exposition/bound_label.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import { ALL_LABELS } from "./label_need.ts";
import type { LabelMatcher } from "./series_use.ts";
import type { Unread, UsedDocument, UsedSeries } from "./used_document.ts";

type Matches = (value: string) => boolean;

interface IndexedUse {
  readonly use: UsedSeries;
  readonly matchers: readonly { readonly label: string; readonly matches: Matches }[];
}

/** Finds what reads a series. */
export class UsedIndex {
  readonly uses: readonly UsedSeries[];
  readonly unread: readonly Unread[];
  readonly #indexed: readonly IndexedUse[];
  /** Expressions that could not be read, by the words in them: any may be a metric's name. */
  readonly #unread = new Map<string, Unread[]>();
  /** Those whose matchers of the name a metric has, by its name. */
  readonly #byName = new Map<string, readonly IndexedUse[]>();

  private constructor(indexed: readonly IndexedUse[], unread: readonly Unread[]) {
    this.#indexed = indexed;
    this.unread = unread;
    this.uses = indexed.map(({ use }) => use);
    for (const one of unread) {
      for (const word of new Set(one.expression?.match(NAMES) ?? [])) {
        this.#unread.set(word, [...this.#unread.get(word) ?? [], one]);
      }
    }
  }

  /** Throws an Error for a regex that is not RE2. */
  static async of({ uses, unread }: UsedDocument): Promise<UsedIndex> {
    const compiled = uses.map(async (use) => ({
      use,
      matchers: await Promise.all(use.matchers.map(async (matcher) => ({
        label: matcher.label,
        matches: await compiledMatcher(matcher),
      }))),
    }));
    return new UsedIndex(await Promise.all(compiled), unread);
  }

  /** The uses that read series of this name, whatever labels they want. */
  ofName(name: string): UsedSeries[] {
    return this.#named(name).map(({ use }) => use);
  }

  /** The uses that read this series; a label that it has not is empty. */
  ofSeries(name: string, valueOf: (label: string) => string): UsedSeries[] {
    return this.#named(name).filter(({ matchers }) =>
      matchers.every(({ label, matches }) => label === NAME || matches(valueOf(label)))
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

/** As Prometheus's matchers: regexes match the whole value. */
async function compiledMatcher(matcher: LabelMatcher): Promise<Matches> {
  const matches = await plainMatcher(matcher);
  if (matcher.label !== "le" && matcher.label !== "quantile") return matches;
  // Prometheus 3 has `1.0` where the text may say `1`: a query for either means the same series.
  const spelled = matcher.op === "="
    ? await plainMatcher({ ...matcher, value: canonicalBound(matcher.value) })
    : matches;
  return (value) => matches(value) || spelled(canonicalBound(value));
}

async function plainMatcher({ op, value }: LabelMatcher): Promise<Matches> {
  if (op === "=") return (text) => text === value;
  if (op === "!=") return (text) => text !== value;
  const regex = await compileRuleRegex(value);
  return op === "=~" ? (text) => regex.test(text) : (text) => !regex.test(text);
}
