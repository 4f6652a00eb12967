import { readExposition } from "./exposition_reading.ts";
import { RULES, STEADY_TARGETS } from "./judge.ts";
import { sortedLines, sortedText, sums } from "./right_answer.ts";
import { steadyText } from "./shop.ts";

/**
 * Whether a body is the subset `part` of a gateway's scrape in which the faulty target exposed one of
 * these texts or nothing, and each steady target was read or was not. What was not read says the
 * scrape itself, and Weir's own metrics.
 */
export function isRightSubset(body: string, texts: readonly string[]): boolean {
  const found = sortedLines(body);
  return [...texts, ""].some((text) =>
    STEADY_TARGETS.concat("").some((_, count) => subset(text, count) === found)
  );
}

function subset(text: string, steady: number): string {
  const read = [text, ...STEADY_TARGETS.slice(0, steady).map((name) => steadyText(name, 1))];
  const readings = read.filter((text) => text !== "").map((text) => {
    const reading = readExposition(text);
    const samples = reading.samples.filter(({ name }) => name === "shop_items");
    return { ...reading, samples };
  });
  return sortedText(sums(readings, RULES, () => undefined));
}
