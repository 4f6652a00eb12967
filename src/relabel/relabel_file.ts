import { type Place, placeOf, type Problem, within } from "../problems/problem.ts";
import { parseRolloutMode, ROLLOUT_WANTED, type RolloutMode } from "../rollout/rollout_mode.ts";
import { isMap, isNull, kindOf, valueOf } from "../yaml/plain_scalar.ts";
import { goQuote } from "./go_quote.ts";
import type { NameScheme } from "./label_name.ts";
import { readRelabelConfigs } from "./read_relabel_configs.ts";
import type { RelabelConfig } from "./relabel_config.ts";

/** A relabel file, or what `--relabel` gives. */
export interface RelabelDocument {
  /** The rules of `/metrics`. */
  readonly main: RelabelConfig[];
  /** What is done with those; undefined where the file does not say. */
  readonly mode?: RolloutMode;
  /** The rules of `/metrics/<name>` by name. */
  readonly subsets: ReadonlyMap<string, RelabelConfig[]>;
  /** All that is wrong. */
  readonly problems: Problem[];
}

const MAIN_KEY = "metric_relabel_configs";
/** A list there is that of a subset of this name. */
const MODE_KEY = "mode";

/**
 * Returns the rules of a relabel file that is parsed already. Its form is metric-gate's: a map with
 * the key `metric_relabel_configs`, every other key the name of a subset, but for `mode`; a bare list
 * is the value of that one key, and nothing at all are no rules, as in Prometheus. `name` is the
 * file's path or the flag's name.
 */
export function readRelabelDocument(
  value: unknown,
  name: string,
  scheme: NameScheme = "utf8",
): RelabelDocument {
  const ofMain = placeOf(name, MAIN_KEY);
  if (Array.isArray(value)) {
    const { configs, problems } = readRelabelConfigs(value, ofMain, scheme);
    return { main: configs, subsets: new Map(), problems };
  }
  const isEmpty = isNull(value) || (isMap(value) && Object.keys(value).length === 0);
  if (isEmpty) return { main: [], subsets: new Map(), problems: [] };
  if (!isMap(value)) {
    const wanted = `a map with the key ${MAIN_KEY}, or a list of rules`;
    return {
      main: [],
      subsets: new Map(),
      problems: [{ place: placeOf(name), text: `found ${kindOf(value)}, wanted ${wanted}` }],
    };
  }
  const problems: Problem[] = [];
  if (!Object.hasOwn(value, MAIN_KEY)) {
    const keys = Object.keys(value).map(goQuote).join(", ");
    problems.push({ place: placeOf(name), text: `found ${keys}, wanted the key ${MAIN_KEY}` });
  }
  const { [MAIN_KEY]: rules, ...others } = value;
  const mode = takeMode(others, name, problems);
  const main = readRelabelConfigs(rules, ofMain, scheme);
  const read = readSubsets(others, placeOf(name), scheme);
  problems.push(...main.problems, ...read.problems);
  return { main: main.configs, ...mode && { mode }, subsets: read.subsets, problems };
}

/** Takes the mode out of the subsets, in place. */
function takeMode(
  keys: Record<string, unknown>,
  name: string,
  problems: Problem[],
): RolloutMode | undefined {
  const value = keys[MODE_KEY];
  if (value === undefined || Array.isArray(value) || isNull(value)) return undefined;
  delete keys[MODE_KEY];
  const mode = parseRolloutMode(value);
  if (mode === undefined) {
    const found = isMap(value) ? "a map" : goQuote(String(valueOf(value)));
    const text = `found ${found}, wanted ${ROLLOUT_WANTED}`;
    problems.push({ place: placeOf(name, MODE_KEY), text });
  }
  return mode;
}

/** Returns the rules of each subset: `value`, which stands at `place`, maps their names to lists of rules. */
export function readSubsets(
  value: object,
  place: Place,
  scheme: NameScheme = "utf8",
): Pick<RelabelDocument, "subsets" | "problems"> {
  const subsets = new Map<string, RelabelConfig[]>();
  const problems: Problem[] = [];
  for (const [name, rules] of Object.entries(value)) {
    if (!SUBSET_NAME.test(name)) {
      problems.push({
        place: within(place, name),
        text: `found the subset name ${goQuote(name)}, ` +
          `wanted letters, digits, "_", "-" and "." only: it is part of a path`,
      });
      continue;
    }
    const read = readRelabelConfigs(rules, within(place, name), scheme);
    problems.push(...read.problems);
    subsets.set(name, read.configs);
  }
  return { subsets, problems };
}

/** One segment of a path, as it is written. Of dots alone URLs make other paths. */
const SUBSET_NAME = /^(?!\.+$)[A-Za-z0-9_.-]+$/;
