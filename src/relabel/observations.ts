import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import type { Rule } from "./compile_rule.ts";
import { MadeTexts } from "./made_texts.ts";
import { observedRules } from "./observed_rules.ts";
import { Observer } from "./observer.ts";
import type { RuleSet } from "./rule_set.ts";

/** Where the sources of each observed rule stand in lines of one shape. */
export type Places = readonly (readonly number[])[];

/**
 * What rules find in lines, in place of the values that they read: lines with many values of a
 * label then have few signatures. Values that rules make of others and nobody reads are not even
 * looked at.
 */
export class Observations {
  /** Labels whose values need not be in signatures. */
  readonly labels: ReadonlySet<string>;
  /** The values that rules have made of the line that was observed last. */
  readonly made = new MadeTexts();
  readonly #observers: readonly Observer[];
  readonly #madeBy: ReadonlyMap<unknown, number>;

  constructor(rules: RuleSet) {
    const observed = observedRules(rules);
    this.labels = observed.labels;
    this.#observers = observed.rules.map((rule) => new Observer(rule));
    const makers = observed.rules.filter(({ made }) => made >= 0);
    this.#madeBy = new Map(makers.map(({ rule, made }): [Rule, number] => [rule, made]));
  }

  /** The number of the value that a rule makes, undefined when it has none. */
  madeBy(rule: unknown): number | undefined {
    return this.#madeBy.get(rule);
  }

  placesIn(bytes: Uint8Array, spans: SampleSpans): Places {
    return this.#observers.map((observer) => observer.placesIn(bytes, spans));
  }

  /** Puts what is observed of a line into `key`. */
  put(key: LineBuffer, bytes: Uint8Array, spans: SampleSpans, places: Places): void {
    this.made.reset();
    for (let index = 0; index < this.#observers.length; index++) {
      this.#observers[index].put(key, this.made, bytes, spans, places[index]);
    }
  }
}
