import { parseNumber } from "./number_text.ts";

/** One exemplar as it is written, from its `#` on. */
export interface Exemplar {
  readonly text: string;
  /** Unix seconds; -Infinity where it says none. */
  readonly seconds: number;
}

/** The exemplars that follow the value of a lifted line, in their order: `# {labels} value [seconds] # …`. */
export function readExemplars(text: string): Exemplar[] {
  const exemplars: Exemplar[] = [];
  for (let start = 0; start < text.length;) {
    const behindLabels = labelsEnd(text, start);
    const next = text.indexOf(" # ", behindLabels);
    const end = next < 0 ? text.length : next;
    const [, time] = text.slice(behindLabels, end).trim().split(" ");
    const seconds = time === undefined ? -Infinity : parseNumber(time);
    exemplars.push({ text: text.slice(start, end), seconds });
    start = end + 1;
  }
  return exemplars;
}

/** The newest ones, at most so many, oldest first; of one time the last ones. */
export function newestExemplars(exemplars: readonly Exemplar[], most: number): Exemplar[] {
  return [...exemplars].sort((a, b) => compare(a.seconds, b.seconds)).slice(-most);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Behind the brace that ends the labels of the exemplar at `start`; one may stand in quotes, too. */
function labelsEnd(text: string, start: number): number {
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === "\\") at++;
    else if (text[at] === "}" && !isQuoted) return at + 1;
  }
  return text.length;
}
