import type { RuleSet } from "../relabel/rule_set.ts";
import { needText } from "../usage/label_need.ts";
import { selectorText } from "../usage/series_use.ts";
import { readerText, type UsedSeries } from "../usage/used_document.ts";
import { type Place, placeOf, placeText } from "../problems/problem.ts";
import type { Lint } from "./lints.ts";

/** What a rule, a policy or a limit takes away from what reads the series. */
export interface TakenUse {
  /** The number of the rule; -1: a policy or a limit. */
  readonly rule: number;
  readonly policy?: string;
  readonly limit?: string;
  readonly use: UsedSeries;
  /** Completes "it": `drops`, `takes the label path from`. */
  readonly what: string;
  /** Series of the scrape, each counted once; undefined without a scrape. */
  readonly series?: number;
}

type Counted = { -readonly [Key in keyof TakenUse]: TakenUse[Key] };

/** Plain data: an entry of `weir check --json`. */
export interface TakenReport {
  readonly place: string;
  readonly rule: number;
  readonly what: string;
  readonly selector: string;
  /** In words: `job, le`, `all labels but pod`. */
  readonly labels: string;
  readonly series?: number;
  readonly readers: readonly string[];
}

/** Gathers what is taken away, each rule's taking of a use once. */
export class TakenUses {
  readonly #rules: RuleSet | undefined;
  readonly #taken = new Map<UsedSeries, Map<string, Counted>>();

  constructor(rules: RuleSet | undefined) {
    this.#rules = rules;
  }

  /** One series more. */
  add(taken: Omit<TakenUse, "series">): void {
    const known = this.#entry(taken);
    known.series = (known.series ?? 0) + 1;
  }

  /** What is known without a scrape, or of no single series. */
  addUncounted(taken: Omit<TakenUse, "series">): void {
    this.#entry(taken);
  }

  #entry(taken: Omit<TakenUse, "series">): Counted {
    const { rule, policy, limit, use, what } = taken;
    const key = `${rule} ${policy} ${limit} ${what}`;
    let ofUse = this.#taken.get(use);
    if (ofUse === undefined) this.#taken.set(use, ofUse = new Map());
    let known = ofUse.get(key);
    if (known === undefined) ofUse.set(key, known = { ...taken });
    return known;
  }

  /** Each rule's, then each policy's, the ones that take most series first. */
  get list(): readonly TakenUse[] {
    const order = ({ rule }: TakenUse) => rule < 0 ? Infinity : rule;
    return [...this.#taken.values()].flatMap((ofUse) => [...ofUse.values()]).sort((a, b) =>
      compare(order(a), order(b)) ||
      compare(a.policy ?? a.limit ?? "", b.policy ?? b.limit ?? "") ||
      (b.series ?? 0) - (a.series ?? 0)
    );
  }

  lints(): Lint[] {
    return this.list.map((taken) => ({
      place: this.#placeOf(taken),
      code: "used" as const,
      message: messageOf(taken),
      rule: taken.rule,
    }));
  }

  reports(): TakenReport[] {
    return this.list.map((taken) => {
      const { rule, use, what, series } = taken;
      return {
        place: placeText(this.#placeOf(taken)),
        rule,
        what,
        selector: selectorText(use),
        labels: needText(use.needs),
        ...series === undefined ? {} : { series },
        readers: readersOf(use),
      };
    });
  }

  #placeOf({ rule, policy, limit }: TakenUse): Place {
    if (policy !== undefined) return placeOf(`policy ${policy}`);
    if (limit !== undefined) return placeOf(undefined, "limits", limit);
    return this.#rules!.rules[rule].config.place;
  }
}

function messageOf({ what, use, series }: TakenUse): string {
  const count = series === undefined ? "" : ` (${series} series)`;
  return `it ${what} ${selectorText(use)}${count}, read by ${readersText(use)}`;
}

/** Who reads it, the first of them. */
function readersText(use: UsedSeries): string {
  const readers = readersOf(use);
  const shown = readers.slice(0, MOST_READERS).join(", ");
  const rest = readers.length - MOST_READERS + (use.more ?? 0);
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Each reader once. */
export function readersOf({ where }: UsedSeries): string[] {
  return [...new Set(where.map(readerText))];
}

const MOST_READERS = 3;

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
