import { writeNativeHistogram } from "../../../src/exposition/native_histogram.ts";

/** An integer histogram as lifted lines have it: `counts` from the bucket that ends at 1 on. */
export function native(
  { counts, sum, schema = 0 }: {
    readonly counts: readonly number[];
    readonly sum: number;
    readonly schema?: number;
  },
): string {
  const spans: { offset: number; length: number }[] = [];
  let gap = 0;
  for (const count of counts) {
    if (count === 0) gap++;
    else if (gap === 0 && spans.length > 0) spans[spans.length - 1].length++;
    else {
      spans.push({ offset: gap, length: 1 });
      gap = 0;
    }
  }
  return writeNativeHistogram({
    isFloat: false,
    count: counts.reduce((a, b) => a + b, 0),
    sum,
    schema,
    zeroThreshold: 0.001,
    zeroCount: 0,
    negative: { spans: [], counts: [] },
    positive: { spans: spans.map((span) => ({ ...span })), counts: counts.filter(Boolean) },
    customValues: [],
  });
}

/** Exemplars at these times. */
export function exemplarsOf(name: string, seconds: readonly number[]): string {
  return seconds.map((second) => ` # {t="${name}${second}"} 0.5 ${second}`).join("");
}

/** A target's start time, as lines have it. */
export const START = (seconds: number) =>
  `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${seconds}\n`;
