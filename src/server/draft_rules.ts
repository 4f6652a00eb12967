import { ConfigError, messageOf } from "../problems/config_error.ts";
import { parseConfigText } from "../config/parse_text.ts";
import { buildRules, buildSeriesRules, type RulesInForce } from "../lines/rules_in_force.ts";
import type { ScrapeSettings } from "../scrape/scrape_context.ts";
import { readPolicies } from "../policy/providers/parse_policies.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { readRelabelDocument } from "../relabel/relabel_file.ts";
import type { Problem } from "./analysis_failure.ts";
import { problemLines } from "./problem_lines.ts";

/** What is wrong with a text that came with a request. */
export class DraftError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join("\n"));
    this.name = "DraftError";
    this.problems = problems;
  }
}

export interface DraftRules {
  readonly rules: RulesInForce | undefined;
  /** Those of the text: what `/metrics` would have, and subsets by their names. */
  readonly configs: readonly RelabelConfig[];
  readonly subsets: ReadonlyMap<string, readonly RelabelConfig[]>;
  /** Problems of these rules with the lines on which they are. */
  readonly located: (problems: readonly string[]) => Promise<Problem[]>;
}

/**
 * Compiles relabel rules of a text (metric-gate's form or a bare list; a blank one has none) with
 * the aggregation and the limits in force. Its subsets are read, and not used. Throws a DraftError.
 */
export async function draftRules(
  text: string,
  { config }: Pick<ScrapeSettings, "config">,
): Promise<DraftRules> {
  const build = config.gateway === undefined ? buildRules : buildSeriesRules;
  const { document, located, fail } = await parsed("rules", text);
  const { main, subsets, problems } = readRelabelDocument(
    document === undefined ? [] : document,
    "rules",
  );
  if (problems.length > 0) await fail(problems);
  try {
    const rules = await build({ ...config, relabelConfigs: main });
    return { rules, configs: main, subsets, located };
  } catch (error) {
    if (error instanceof ConfigError) await fail(error.problems);
    throw error;
  }
}

/** Reads the policies of a text, JSON or YAML; a blank one has none. Throws a DraftError. */
export async function draftPolicies(text: string): Promise<readonly PolicyEntry[]> {
  const { document, fail } = await parsed("policies", text);
  let entries: readonly PolicyEntry[] = [];
  try {
    entries = await readPolicies(document);
  } catch (error) {
    await fail([messageOf(error)]);
  }
  const problems = entries.flatMap((entry, index) =>
    entry.state === "invalid"
      ? entry.errors.map((error) => `policies: policies[${index}]: ${ownText(error)}`)
      : []
  );
  if (problems.length > 0) await fail(problems);
  return entries;
}

/** Some errors of policies say themselves where they are. */
function ownText(error: string): string {
  return error.replace(/^policies\[\d+\]: /, "");
}

interface Parsed {
  /** Undefined for a blank text. */
  readonly document: unknown;
  readonly located: DraftRules["located"];
  /** Throws a DraftError with the lines of these problems. */
  readonly fail: (problems: readonly string[]) => Promise<never>;
}

async function parsed(place: string, text: string): Promise<Parsed> {
  let document: unknown;
  const located = (problems: readonly string[]) =>
    problemLines(problems, { place, text, isList: Array.isArray(document) });
  const fail = async (problems: readonly string[]): Promise<never> => {
    throw new DraftError(await located(problems));
  };
  if (text.trim() === "") return { document, located, fail };
  try {
    // Not nothing, which a blank text is.
    document = await parseConfigText(place, new TextEncoder().encode(text)) ?? null;
  } catch (error) {
    await fail([messageOf(error)]);
  }
  return { document, located, fail };
}
