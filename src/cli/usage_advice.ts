import type { UsageAdvice } from "../analyze/usage_recommendations.ts";
import type { Recommendation } from "../analyze/report.ts";
import type { Config } from "../config/config.ts";
import type { Flags } from "../config/flags.ts";
import { readNamedFile } from "../config/parse_text.ts";
import { compileAggregation } from "../lines/rules_in_force.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readerText } from "../usage/used_document.ts";
import { readUsed } from "./used_file.ts";

/** Reads what `--used` and `--keep` name; undefined without the first. Throws a ConfigError. */
export async function readAdvice(
  flags: Flags,
  config: Config,
  runtime: Pick<Runtime, "readFile">,
): Promise<UsageAdvice | undefined> {
  if (typeof flags.used !== "string") return undefined;
  return {
    used: await readUsed(flags.used, runtime),
    isKept: typeof flags.keep === "string" ? await readKept(flags.keep, runtime) : () => false,
    aggregation: await compileAggregation(config),
  };
}

/** A name or an RE2 pattern on each line; `#` begins a comment. */
async function readKept(
  path: string,
  runtime: Pick<Runtime, "readFile">,
): Promise<(name: string) => boolean> {
  const text = new TextDecoder().decode(await readNamedFile(path, runtime));
  const patterns = text.split("\n").map((line) => line.replace(/(?:^|\s)#.*/, "").trim());
  const problems: string[] = [];
  const regexes = await Promise.all(patterns.map(async (pattern, index) => {
    if (pattern === "") return [];
    try {
      return [await compileRuleRegex(pattern)];
    } catch {
      const found = JSON.stringify(pattern);
      problems.push(`--keep: ${path}:${index + 1}: found ${found}, wanted an RE2 pattern`);
      return [];
    }
  }));
  if (problems.length > 0) throw new ConfigError(problems);
  const kept = regexes.flat();
  return (name) => kept.some((regex) => regex.test(name));
}

/** What an answer without rules should say: of these nobody knows what they read. */
export function adviceNotes(advice: UsageAdvice | undefined): string[] {
  return (advice?.used.unread ?? []).map((one) =>
    `not read, and so what it has a word of stays as it is: ${readerText(one)}: ${one.error}`
  );
}

/** Writes the rules as a relabel file, what each does above it. Throws a ConfigError. */
export async function writeRules(
  path: string,
  recommendations: readonly Recommendation[],
  runtime: Pick<Runtime, "replaceFile">,
): Promise<void> {
  const rules = recommendations.map(({ summary, yaml }) => `# ${summary}\n${yaml}\n`).join("");
  const text = rules === ""
    ? "metric_relabel_configs: []\n"
    : `# What nothing reads, as of the scrape and the uses that were given.\nmetric_relabel_configs:\n${rules}`;
  try {
    await runtime.replaceFile(path, [new TextEncoder().encode(text)]);
  } catch (error) {
    throw new ConfigError([`--write-rules: ${messageOf(error)}`]);
  }
}
