import { MAX_DRAFT_INSTRUCTIONS, MAX_DRAFT_RULES } from "../bounds.ts";
import { ConfigError } from "../problems/config_error.ts";
import { placeOf, type Problem as Found } from "../problems/problem.ts";
import { parseConfigText } from "../config/parse_text.ts";
import { buildRules, buildSeriesRules, type RulesInForce } from "../lines/rules_in_force.ts";
import type { ScrapeSettings } from "../scrape/scrape_context.ts";
import { readPolicies } from "../policy/providers/parse_policies.ts";
import { PolicyDocumentError, type PolicyEntry } from "../policy/policy_document.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { regexCost } from "../regex/regex_cost.ts";
import { isMap, textOf } from "../yaml/plain_scalar.ts";
import { documentPositions } from "../yaml/document_positions.ts";
import { readRelabelDocument } from "../relabel/relabel_file.ts";
import type { Problem } from "./analysis_failure.ts";
import { problemLines } from "./problem_lines.ts";

/** What is wrong with a text that came with a request. */
export class DraftError extends Error {
  readonly problems: readonly Problem[];
  readonly status: 400 | 413;

  constructor(problems: readonly Problem[], status: 400 | 413 = 400) {
    super(problems.map(({ message }) => message).join("\n"));
    this.name = "DraftError";
    this.problems = problems;
    this.status = status;
  }
}

/** Throws a DraftError with 413 for what would keep the thread that scrapes from scraping. */
export function refuseBeyond(of: string, what: string, found: number, most: number): void {
  if (found <= most) return;
  throw new DraftError([{ message: `found ${found} ${what}, wanted ${most} at most`, of }], 413);
}

export interface DraftRules {
  readonly rules: RulesInForce | undefined;
  /** Those of the text: what `/metrics` would have, and subsets by their names. */
  readonly configs: readonly RelabelConfig[];
  readonly subsets: ReadonlyMap<string, readonly RelabelConfig[]>;
  /** Problems of these rules with the lines on which they are. */
  readonly located: (problems: readonly Found[]) => Promise<Problem[]>;
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
  const all = [main, ...subsets.values()].flat();
  refuseBeyond("rules", "rules", all.length, MAX_DRAFT_RULES);
  refuseCostly("rules", all.map(({ regex }) => regex));
  try {
    const rules = await build({ ...config, relabelConfigs: main });
    return { rules, configs: main, subsets, located };
  } catch (error) {
    if (error instanceof ConfigError) await fail(error.found);
    throw error;
  }
}

/** Reads the policies of a text, JSON or YAML; a blank one has none. Throws a DraftError. */
export async function draftPolicies(text: string): Promise<readonly PolicyEntry[]> {
  const { document, fail } = await parsed(POLICIES, text);
  refuseCostly(POLICIES, regexesIn(document));
  let entries: readonly PolicyEntry[] = [];
  try {
    entries = await readPolicies(document);
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    const position = (await documentPositions(text))(error.path);
    await fail([{ place: placeOf(POLICIES), position, text: error.message }]);
  }
  if (entries.every(({ state }) => state !== "invalid")) return entries;
  const positionOf = await documentPositions(text);
  await fail(
    entries.flatMap((entry, index) =>
      entry.state !== "invalid" ? [] : entry.errors.map((error, at) => ({
        place: placeOf(POLICIES, POLICIES, index),
        position: positionOf(entry.paths[at]),
        // Some say themselves which policy it is.
        text: error.replace(/^policies\[\d+\]: /, ""),
      }))
    ),
  );
  return entries;
}

const POLICIES = "policies";

function refuseCostly(of: string, regexes: readonly string[]): void {
  const cost = regexes.reduce((sum, regex) => sum + regexCost(regex), 0);
  refuseBeyond(of, "instructions of regexes", cost, MAX_DRAFT_INSTRUCTIONS);
}

/** What may be a pattern: the text of every key of that name. */
function regexesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(regexesIn);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === "regex" ? textOf(one) ?? regexesIn(one) : regexesIn(one)
  );
}

interface Parsed {
  /** Undefined for a blank text. */
  readonly document: unknown;
  readonly located: DraftRules["located"];
  /** Throws a DraftError with the lines of these problems. */
  readonly fail: (problems: readonly Found[]) => Promise<never>;
}

async function parsed(name: string, text: string): Promise<Parsed> {
  let document: unknown;
  const located = (problems: readonly Found[]) => problemLines(problems, text);
  const fail = async (problems: readonly Found[]): Promise<never> => {
    throw new DraftError(await located(problems));
  };
  if (text.trim() === "") return { document, located, fail };
  try {
    // Not nothing, which a blank text is.
    document = await parseConfigText(name, new TextEncoder().encode(text)) ?? null;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    await fail(error.found);
  }
  return { document, located, fail };
}
