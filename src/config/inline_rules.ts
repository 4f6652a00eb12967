import { type Place, type Problem, within } from "../problems/problem.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import type { Config } from "./config.ts";
import { isMap, valueOf } from "../yaml/plain_scalar.ts";
import type { RawConfig } from "./layers.ts";
import { found } from "./validate.ts";

/** The keys that hold rules, in which `${name}` is a group of a regex and no variable. */
export const INLINE_RULE_KEYS: readonly string[] = ["metric_relabel_configs", "subsets"];

/**
 * Returns the rules that the config file, or one of its routes, holds itself; adds to `problems` what is
 * wrong. `at`: what has these keys.
 */
export async function readInlineRules(
  { metric_relabel_configs: value }: RawConfig,
  at: Place,
  problems: Problem[],
): Promise<readonly RelabelConfig[]> {
  if (value === undefined) return [];
  // What reads rules is loaded only where there are some, because it takes memory.
  const { readRelabelConfigs } = await import("../relabel/read_relabel_configs.ts");
  const rules = readRelabelConfigs(value, within(at, "metric_relabel_configs"), "utf8");
  problems.push(...rules.problems);
  return rules.configs;
}

/** The same of subsets. */
export async function readInlineSubsets(
  { subsets: value }: RawConfig,
  at: Place,
  problems: Problem[],
): Promise<Config["subsets"]> {
  if (value === undefined) return new Map();
  if (!isMap(value)) {
    const wanted = "a map of names and lists of rules";
    problems.push({
      place: within(at, "subsets"),
      text: `found ${found([], valueOf(value), new Map())}, wanted ${wanted}`,
    });
    return new Map();
  }
  const { readSubsets } = await import("../relabel/relabel_file.ts");
  const { subsets, problems: ofSubsets } = readSubsets(value, within(at, "subsets"));
  problems.push(...ofSubsets);
  return subsets;
}
