/** What expressions may name. */
export interface Vocabulary {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
  readonly values: readonly string[];
}

type Random = (largest: number) => number;

const RANGES = ["rate", "increase", "irate", "delta", "deriv", "avg_over_time", "sum_over_time"]
  .concat("last_over_time", "max_over_time", "count_over_time", "changes", "absent_over_time");
const VALUES = ["abs", "ceil", "sort", "absent", "timestamp", "sgn"];
const AGGREGATES = ["sum", "sum", "sum", "max", "min", "avg", "count", "group", "stddev"];
const CHOOSERS = ["topk", "bottomk", "quantile"];

/** Returns PromQL of selectors, functions, aggregations and operators, `depth` of them in each other. */
export function randomExpression(next: Random, words: Vocabulary, depth: number): string {
  const pick = <T>(list: readonly T[]): T => list[next(list.length - 1)];
  const labels = () => words.labels.filter(() => next(2) === 0).join(", ");
  const inner = () => randomExpression(next, words, depth - 1);
  if (depth <= 0) {
    const matcher = next(2) === 0
      ? `{${pick(words.labels)}${pick(["=", "!=", "=~", "!~"])}"${pick(words.values)}"}`
      : "";
    const selector = pick(words.metrics) + matcher;
    return next(1) === 0 ? selector : `${pick(RANGES)}(${selector}[5m])`;
  }
  switch (next(8)) {
    case 0:
    case 1:
    case 2:
      return `${pick(AGGREGATES)} ${pick(["by", "without"])} (${labels()}) (${inner()})`;
    case 3:
      return `${pick(CHOOSERS)} by (${labels()}) (${
        pick(["1", "scalar(sum(a_total))"])
      }, ${inner()})`;
    case 4:
      return `${pick(RANGES)}((${inner()})[10m:1m])`;
    case 5:
      return `${pick(VALUES)}(${inner()})`;
    case 6:
      return `(${inner()}) ${pick(["*", "/", "+", "-", ">", "== bool"])} ${pick(["2", "time()"])}`;
    case 7: {
      const matching = pick(["", `on (${labels()})`, `ignoring (${labels()})`]);
      return `(${inner()}) ${pick(["and", "or", "unless"])} ${matching} (${inner()})`;
    }
    default:
      return pick([
        `label_replace(${inner()}, "a", "$1", "b", "(.*)")`,
        `histogram_quantile(0.9, ${inner()})`,
        `-(${inner()})`,
      ]);
  }
}
