/**
 * Returns about how many instructions the program of an RE2 pattern has, by its text alone: a
 * character is one, a Unicode class as many as its ranges take time, and what is repeated counts as
 * often as it may be there. Patterns that are no RE2 get a number, too.
 */
export function regexCost(pattern: string): number {
  /** What the groups that are open have come to, the outermost first. */
  const open: number[] = [0];
  let last = 0;
  const add = (cost: number) => {
    last = cost;
    open[open.length - 1] += cost;
  };
  for (const { 0: token, groups: { least, most } = {} } of pattern.matchAll(TOKEN)) {
    if (token === "(") open.push(0);
    else if (token === ")") {
      const group = open.length > 1 ? open.pop()! : 0;
      add(group + 1);
    } else if (least !== undefined) {
      const times = Math.max(1, Number(most || least));
      open[open.length - 1] += last * (times - 1);
      last *= times;
    } else if (token.startsWith("[")) {
      add(token.length + CLASS_COST * (token.match(UNICODE)?.length ?? 0));
    } else add(/^\\[pP]/.test(token) ? CLASS_COST : 1);
  }
  return open.reduce((sum, cost) => sum + cost, 0);
}

/** Some hundred ranges. */
const CLASS_COST = 100;
const UNICODE = /\\[pP]/g;
const TOKEN =
  /\\[pP](?:\{[^}]*\}|.)?|\\[^]|\[\^?\]?(?:\\[^]|\[:\^?\w+:\]|[^\]\\])*\]?|\{(?<least>\d+)(?:,(?<most>\d*))?\}|[^]/g;
