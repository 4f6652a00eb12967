import { compileRuleRegex } from "../relabel/rule_regex.ts";
import type { LabelMatcher } from "./series_use.ts";
import type { UsedDocument, UsedSeries } from "./used_document.ts";

type Matches = (value: string) => boolean;

interface IndexedUse {
  readonly use: UsedSeries;
  readonly matchers: readonly { readonly label: string; readonly matches: Matches }[];
}

/** Finds what reads a series. */
export class UsedIndex {
  readonly #uses: readonly IndexedUse[];
  /** Those whose matchers of the name a metric has, by its name. */
  readonly #byName = new Map<string, readonly IndexedUse[]>();

  private constructor(uses: readonly IndexedUse[]) {
    this.#uses = uses;
  }

  /** Throws an Error for a regex that is not RE2. */
  static async of({ uses }: UsedDocument): Promise<UsedIndex> {
    const compiled = uses.map(async (use) => ({
      use,
      matchers: await Promise.all(use.matchers.map(async (matcher) => ({
        label: matcher.label,
        matches: await compiledMatcher(matcher),
      }))),
    }));
    return new UsedIndex(await Promise.all(compiled));
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

  #named(name: string): readonly IndexedUse[] {
    let found = this.#byName.get(name);
    if (found === undefined) {
      found = this.#uses.filter(({ matchers }) =>
        matchers.every(({ label, matches }) => label !== NAME || matches(name))
      );
      this.#byName.set(name, found);
    }
    return found;
  }
}

const NAME = "__name__";

/** As Prometheus's matchers: regexes match the whole value. */
async function compiledMatcher({ op, value }: LabelMatcher): Promise<Matches> {
  if (op === "=") return (text) => text === value;
  if (op === "!=") return (text) => text !== value;
  const regex = await compileRuleRegex(value);
  return op === "=~" ? (text) => regex.test(text) : (text) => !regex.test(text);
}
