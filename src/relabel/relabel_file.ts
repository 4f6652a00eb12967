import { goQuote } from "./go_quote.ts";
import type { NameScheme } from "./label_name.ts";
import { readRelabelConfigs } from "./read_relabel_configs.ts";
import type { RelabelConfig } from "./relabel_config.ts";

/** A relabel file, or what `--relabel` gives. */
export interface RelabelDocument {
  /** The rules of `/metrics`. */
  readonly main: RelabelConfig[];
  /** The rules of `/metrics/<name>` by name. */
  readonly subsets: ReadonlyMap<string, RelabelConfig[]>;
  /** All that is wrong, one sentence each, with `place` before it. */
  readonly problems: string[];
}

const MAIN_KEY = "metric_relabel_configs";

/**
 * Returns the rules of a relabel file that is parsed already. Its form is metric-gate's: a map with
 * the key `metric_relabel_configs`, every other key the name of a subset; a bare list is the value
 * of that one key. `place` is the file's path or the flag's name, for problems.
 */
export function readRelabelDocument(
  value: unknown,
  place: string,
  scheme: NameScheme = "utf8",
): RelabelDocument {
  const subsets = new Map<string, RelabelConfig[]>();
  if (Array.isArray(value)) {
    const { configs, problems } = readRelabelConfigs(value, `${place}: ${MAIN_KEY}`, scheme);
    return { main: configs, subsets, problems };
  }
  if (typeof value !== "object" || value === null) {
    const wanted = `a map with the key ${MAIN_KEY}, or a list of rules`;
    const found = value === null || value === undefined ? "nothing" : `a ${typeof value}`;
    return { main: [], subsets, problems: [`${place}: found ${found}, wanted ${wanted}`] };
  }
  const problems: string[] = [];
  if (!Object.hasOwn(value, MAIN_KEY)) {
    const keys = Object.keys(value).map(goQuote).join(", ") || "no key";
    problems.push(`${place}: found ${keys}, wanted the key ${MAIN_KEY}`);
  }
  let main: RelabelConfig[] = [];
  for (const [key, rules] of Object.entries(value)) {
    const read = readRelabelConfigs(rules, `${place}: ${key}`, scheme);
    problems.push(...read.problems);
    if (key === MAIN_KEY) main = read.configs;
    else subsets.set(key, read.configs);
  }
  return { main, subsets, problems };
}
