import { escapedRegex } from "../../regex/escaped.ts";
import type { MetricReport } from "../../analyze/report.ts";

/** Longer names are searched for the text as it stands alone. */
const MOST_CHARACTERS = 300;
const MOST_PATTERN = 200;

/** Repetitions, optional parts and groups that a pattern may have: each multiplies what it may take. */
const MOST_REPETITIONS = 4;
const MOST_GROUPS = 2;

/**
 * Returns what finds a text in names, whatever their case: a regex, where it is one that is found in
 * no time, else the text as it stands. Both come from anybody, the names and the pattern of a link.
 */
export function nameSearch(query: string): (text: string) => boolean {
  const wanted = query.trim();
  const plain = (text: string) => text.toLowerCase().includes(wanted.toLowerCase());
  const regex = /[\\.+*?()|[\]{}^$]/.test(wanted) ? quickRegex(wanted) : undefined;
  if (regex === undefined) return plain;
  return (text) => plain(text) || text.length <= MOST_CHARACTERS && regex.test(text);
}

/** Undefined for what is no regex, or may take long: repeated groups, many of anything, back references. */
function quickRegex(pattern: string): RegExp | undefined {
  if (pattern.length > MOST_PATTERN) return undefined;
  const bare = pattern.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
  const count = (part: RegExp) => bare.match(part)?.length ?? 0;
  const isSlow = count(/[*+?{]/g) - count(/\(\?/g) > MOST_REPETITIONS ||
    count(/\(/g) > MOST_GROUPS || /\)[*+?{]|\(\?[^:]|\{\d{3,}/.test(bare) ||
    /\\[1-9k]/.test(pattern);
  if (isSlow) return undefined;
  try {
    return new RegExp(pattern, "iu");
  } catch {
    return undefined;
  }
}

/**
 * The metrics that a search finds: by their names or their families', and where `{label}` is searched
 * for, those that have the label.
 */
export function foundMetrics(
  metrics: readonly MetricReport[],
  query: string,
): readonly MetricReport[] {
  if (query.trim() === "") return metrics;
  const label = /^\{(.+)\}$/s.exec(query.trim())?.[1];
  if (label !== undefined) {
    return metrics.filter(({ labels }) => labels.some(({ name }) => name === label));
  }
  const finds = nameSearch(query);
  return metrics.filter(({ name, family }) => finds(name) || finds(family));
}

/** The search for all names with a beginning. */
export function searchForPrefix(prefix: string): string {
  return `^${escapedRegex(prefix)}`;
}
