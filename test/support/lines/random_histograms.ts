/** One histogram of an exposition, which comes to be one with others when its label `q` is dropped. */
export interface Histogram {
  readonly group: string;
  readonly q: string;
  /** What its buckets count, by ascending bound as it is spelt; `+Inf` may be missing. */
  readonly buckets: readonly (readonly [le: string, count: number])[];
  readonly sum: number;
  readonly count: number | undefined;
}

export interface Histograms {
  readonly type: "histogram" | "gaugehistogram" | "";
  readonly openMetrics: boolean;
  readonly histograms: readonly Histogram[];
  readonly text: string;
}

type Next = (largest: number) => number;

const pick = <Item>(next: Next, items: readonly Item[]): Item => items[next(items.length - 1)];

const BOUNDS = ["-1", "0.005", "0.5", "1", "2.5", "4", "10", "1000000"];
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  "1": ["1", "1.0", "1e0"],
  "0.5": ["0.5", ".5", "5e-1"],
  "1000000": ["1000000", "1e6", "1e+06"],
  "+Inf": ["+Inf", "+Inf", "Inf"],
};

/** How the lines of the histograms stand. */
type Order = "together" | "count first" | "rows" | "shuffled" | "sorted";

/** Some histograms of one family, of unlike bounds, in one of many orders. */
export function randomHistograms(next: Next): Histograms {
  const type = pick(next, ["histogram", "histogram", "histogram", "gaugehistogram", ""] as const);
  const openMetrics = type === "gaugehistogram" || next(1) === 0;
  const order = pick<Order>(next, [
    "together",
    "together",
    "count first",
    "rows",
    "shuffled",
    "sorted",
  ]);
  // Where a count does not come right after its buckets, only all of them tell what is missing.
  const lacks = order === "together" ? "any" : pick(next, ["inf", "count"] as const);
  const histograms = Array.from(
    { length: 2 + next(4) },
    (_, i) => histogram(next, `m${i}`, type, lacks),
  );
  const head = type === "" ? "" : `# TYPE h ${type}\n`;
  const lines = ordered(next, order, histograms, type);
  const text = `${head}${lines.join("\n")}\n${openMetrics ? "# EOF\n" : ""}`;
  return { type, openMetrics, histograms, text };
}

function histogram(
  next: Next,
  q: string,
  type: Histograms["type"],
  lacks: "any" | "inf" | "count",
): Histogram {
  const share = next(3);
  const bounds = BOUNDS.filter(() => next(3) >= share);
  const hasInf = (lacks === "count" || next(3) > 0) || bounds.length === 0;
  const hasCount = lacks === "inf" || next(3) > 0;
  if (hasInf) bounds.push("+Inf");
  let count = 0;
  const buckets = bounds.map((le): [string, number] => {
    count += next(5) * next(200);
    // Only of a histogram is a bound a number.
    return [type === "histogram" ? pick(next, SPELLINGS[le] ?? [le]) : le, count];
  });
  if (!hasInf) count += next(9);
  return {
    group: pick(next, ["x", "x", "y"]),
    q,
    buckets,
    sum: next(1000),
    count: hasCount ? count : undefined,
  };
}

/** Suffixes of sum and count. */
export function suffixes(type: Histograms["type"]): readonly [sum: string, count: string] {
  return type === "gaugehistogram" ? ["_gsum", "_gcount"] : ["_sum", "_count"];
}

function ordered(
  next: Next,
  order: Order,
  histograms: readonly Histogram[],
  type: Histograms["type"],
): string[] {
  const [sumSuffix, countSuffix] = suffixes(type);
  const bucket = ({ group, q }: Histogram, [le, count]: readonly [string, number]) =>
    order === "sorted"
      ? `h_bucket{g="${group}",le="${le}",q="${q}"} ${count}`
      : `h_bucket{g="${group}",q="${q}",le="${le}"} ${count}`;
  const rest = ({ group, q, sum, count }: Histogram) => [
    `h${sumSuffix}{g="${group}",q="${q}"} ${sum}`,
    ...(count === undefined ? [] : [`h${countSuffix}{g="${group}",q="${q}"} ${count}`]),
  ];
  switch (order) {
    case "rows": {
      const at = (le: string) => Number(le.replace("Inf", "Infinity"));
      const rows = histograms.flatMap((one) => one.buckets.map((of) => ({ one, of })));
      rows.sort((a, b) => at(a.of[0]) - at(b.of[0]));
      return [...rows.map(({ one, of }) => bucket(one, of)), ...histograms.flatMap(rest)];
    }
    case "sorted":
      return histograms.flatMap((
        one,
      ) => [...one.buckets.map((of) => bucket(one, of)), ...rest(one)])
        .sort();
    default:
      return histograms.flatMap((one) => {
        const buckets = one.buckets.map((of) => bucket(one, of));
        if (order === "shuffled") {
          for (let i = buckets.length - 1; i > 0; i--) {
            const other = next(i);
            [buckets[i], buckets[other]] = [buckets[other], buckets[i]];
          }
        }
        return order === "count first" ? [...rest(one), ...buckets] : [...buckets, ...rest(one)];
      });
  }
}

/** What one group's histograms come to, by name and bound; a bound is a number where `type` has one. */
export function unionOf(
  { type, histograms }: Histograms,
  group: string,
): ReadonlyMap<string, number> {
  const members = histograms.filter((one) => one.group === group);
  const [sumSuffix, countSuffix] = suffixes(type);
  const union = new Map<string, number>();
  const bounds = new Set(members.flatMap(({ buckets }) => buckets.map(([le]) => numberOf(le))));
  const total = members.reduce((sum, one) => sum + totalOf(one), 0);
  for (const bound of [...bounds].sort((a, b) => a - b)) {
    const counts = members.map(({ buckets }) =>
      buckets.filter(([le]) => numberOf(le) <= bound).at(-1)?.[1] ?? 0
    );
    const value = bound === Infinity ? total : counts.reduce((a, b) => a + b, 0);
    union.set(`bucket ${bound}`, value);
  }
  union.set(sumSuffix, members.reduce((sum, one) => sum + one.sum, 0));
  if (members.some(({ count }) => count !== undefined)) union.set(countSuffix, total);
  return union;
}

function totalOf({ buckets, count }: Histogram): number {
  const top = buckets.at(-1);
  return top !== undefined && numberOf(top[0]) === Infinity ? top[1] : count ?? top?.[1] ?? 0;
}

export function numberOf(le: string): number {
  return Number(le.replace("Inf", "Infinity"));
}

/** The same of an output: of each group, in the order in which it stands there. */
export function groupsIn(text: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const groups = new Map<string, Map<string, number>>();
  for (const line of text.split("\n")) {
    const found = /^h(_\w+)\{g="(\w)"(?:,le="([^"]+)")?\} (\S+)$/.exec(line);
    if (found === null) {
      if (line !== "" && !line.startsWith("#")) throw new Error(`not expected: ${line}`);
      continue;
    }
    const [, suffix, group, le, value] = found;
    const key = suffix === "_bucket" ? `bucket ${numberOf(le)}` : suffix;
    if (!groups.has(group)) groups.set(group, new Map());
    const of = groups.get(group)!;
    if (of.has(key)) throw new Error(`${line}: there twice`);
    of.set(key, Number(value));
  }
  return groups;
}
