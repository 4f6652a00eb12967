import { MAX_EXAMPLE_LINE_BYTES, MAX_EXAMPLE_RULES } from "../bounds.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import type { FamilyType } from "../exposition/family_type.ts";

/** A sample that a rule came to, as it stood in the scrape. */
export interface ExampleSample {
  readonly line: string;
  readonly name: string;
  readonly family: { readonly name: string; readonly type: FamilyType | undefined };
}

/** For one rule: a sample that it dropped, one that it changed, and one that it left as it was. */
export interface RuleExamples {
  dropped?: ExampleSample;
  changed?: ExampleSample;
  kept?: ExampleSample;
}

const NEWLINE = 0x0a;

/** Finds, while a scrape is processed, a few samples that show what each rule does. */
export class SampleExamples implements SampleWatcher {
  readonly rules: readonly RuleExamples[];
  readonly #isLifted: boolean;
  readonly #decoder = new TextDecoder();

  /** `isLifted`: lines have more than a text format's; examples leave that out. */
  constructor(rules: number, isLifted: boolean) {
    this.rules = Array.from({ length: Math.min(rules, MAX_EXAMPLE_RULES) }, () => ({}));
    this.#isLifted = isLifted;
  }

  judged(sample: WatchedSample, effects: RuleEffects | undefined): void {
    if (effects === undefined || sample.spans.isComposite) return;
    const { droppedBy, hits } = effects;
    const end = droppedBy < 0 ? this.rules.length : Math.min(this.rules.length, droppedBy + 1);
    let example: ExampleSample | undefined;
    for (let at = 0; at < end; at++) {
      const rule = this.rules[at];
      const part = droppedBy === at ? "dropped" : hits.includes(at) ? "changed" : "kept";
      if (!isWanted(rule, part, sample.name)) continue;
      example ??= this.#example(sample);
      if (example === undefined) return;
      rule[part] = example;
    }
  }

  #example({ bytes, spans, name, family }: WatchedSample): ExampleSample | undefined {
    const start = bytes.lastIndexOf(NEWLINE, spans.nameStart) + 1;
    const newline = bytes.indexOf(NEWLINE, spans.valueEnd);
    const whole = newline < 0 ? bytes.length : newline;
    const end = this.#isLifted ? spans.valueEnd : whole;
    if (end - start > MAX_EXAMPLE_LINE_BYTES) return undefined;
    const line = this.#decoder.decode(bytes.subarray(start, end)).trim();
    // A newline in quotes: such a sample is no one's example.
    if (line === "" || line.includes("\n")) return undefined;
    return { line, name, family: family ?? { name, type: undefined } };
  }
}

/** One of each; of those that stay best one of the metric that others of do not. */
function isWanted(rule: RuleExamples, part: keyof RuleExamples, name: string): boolean {
  const had = rule[part];
  if (had === undefined) return true;
  const hit = (rule.dropped ?? rule.changed)?.name;
  return part === "kept" && hit === name && had.name !== name;
}
