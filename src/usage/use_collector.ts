import { MAX_LISTED_PLACES } from "../bounds.ts";
import { ALL_LABELS, type LabelNeed } from "./label_need.ts";
import { promqlUses } from "./promql_uses.ts";
import type { SeriesUse } from "./series_use.ts";
import type { VariableValues } from "./template_variables.ts";
import {
  type Unread,
  type UsedDocument,
  type UsedSeries,
  type UsedSource,
  useKey,
  type UsePlace,
} from "./used_document.ts";

interface Collected extends SeriesUse {
  readonly where: Map<string, UsePlace>;
  more: number;
}

/** What is known of an expression besides its text. */
export interface ExpressionContext {
  readonly place: UsePlace;
  readonly variables?: VariableValues;
  /** Of the labels of the result; all of them where somebody sees it. */
  readonly needs?: LabelNeed;
}

/** Gathers what expressions use, each use of the same series once, with all places that have it. */
export class UseCollector {
  readonly #uses = new Map<string, Collected>();
  readonly #unread = new Map<string, Unread>();
  readonly #sources: UsedSource[] = [];
  #expressions = 0;

  /** What comes from now on until the next call is of this source. */
  source<T>(source: string, read: () => { readonly kind: string; readonly result: T }): T {
    const before = this.#expressions;
    const { kind, result } = read();
    this.#sources.push({ source, kind, expressions: this.#expressions - before });
    return result;
  }

  expression(expression: string, { place, variables, needs }: ExpressionContext): void {
    this.#expressions++;
    const found = promqlUses(expression, variables, needs);
    const where = { ...place, expression };
    if ("error" in found) this.unread({ ...where, error: found.error });
    else for (const use of found.uses) this.use(use, where);
  }

  /** A metric of which nothing but the name is told: all of it is used. */
  metric(name: string, place: UsePlace): void {
    const matchers = [{ label: "__name__", op: "=" as const, value: name }];
    this.use({ matchers, needs: ALL_LABELS }, place);
  }

  use({ matchers, needs }: SeriesUse, place: UsePlace, more = 0): void {
    const key = useKey({ matchers, needs });
    const known = this.#uses.get(key) ?? { matchers, needs, where: new Map(), more: 0 };
    this.#uses.set(key, known);
    known.more += more;
    const placeKey = JSON.stringify(place);
    if (known.where.has(placeKey)) return;
    if (known.where.size < MAX_LISTED_PLACES) known.where.set(placeKey, place);
    else known.more++;
  }

  unread(unread: Unread): void {
    this.#unread.set(JSON.stringify(unread), unread);
  }

  /** Adds what an earlier document says. */
  document({ sources, uses, unread }: UsedDocument): void {
    this.#sources.push(...sources);
    for (const { where, more = 0, ...use } of uses) {
      for (const [index, place] of where.entries()) this.use(use, place, index === 0 ? more : 0);
    }
    for (const one of unread) this.unread(one);
  }

  /** Everything, in an order that is always the same. */
  get collected(): UsedDocument {
    const uses = [...this.#uses].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(
      ([, { matchers, needs, where, more }]): UsedSeries => ({
        matchers,
        needs,
        where: [...where.values()],
        ...more === 0 ? {} : { more },
      }),
    );
    return { version: 1, sources: this.#sources, uses, unread: [...this.#unread.values()] };
  }
}
