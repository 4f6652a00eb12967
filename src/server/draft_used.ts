import type { Recommendation } from "../analyze/report.ts";
import type { UsageAdvice } from "../analyze/usage_recommendations.ts";
import {
  MAX_LISTED_TAKEN,
  MAX_PATTERNS_OF_REQUEST,
  MAX_USES_OF_REQUEST,
  MAX_WORK_OF_USES,
} from "../bounds.ts";
import type { TakenReport } from "../lint/taken_uses.ts";
import type { UsedGuard } from "../lines/used_guard.ts";
import { messageOf } from "../problems/config_error.ts";
import { readUsedDocument, type UsedDocument } from "../usage/used_document.ts";
import { TooMuchToCompare, UsedIndex } from "../usage/used_index.ts";
import { DraftError } from "./draft_rules.ts";

/** Plain data: what the drafted rules take away of what is used, and rules for what is not. */
export interface DraftUsage {
  readonly taken: readonly TakenReport[];
  /** What is taken away and not listed. */
  readonly more: number;
  /** Expressions that nobody could read. */
  readonly unread: number;
  readonly recommendations: readonly Recommendation[];
}

/** Reads a document of `weir usage` that came with a request. Throws a DraftError. */
export async function draftUsed(value: unknown): Promise<UsedIndex> {
  const fail = (message: string): never => {
    throw new DraftError([{ message: `used: ${message}` }]);
  };
  let document: UsedDocument;
  try {
    document = readUsedDocument(value);
  } catch (error) {
    return fail(messageOf(error));
  }
  const count = document.uses.length + document.unread.length;
  if (count > MAX_USES_OF_REQUEST) {
    return fail(`found ${count} uses, wanted ${MAX_USES_OF_REQUEST} at most`);
  }
  const patterns = new Set(
    document.uses.flatMap(({ matchers }) =>
      matchers.flatMap(({ op, value }) => op.endsWith("~") ? [value] : [])
    ),
  );
  if (patterns.size > MAX_PATTERNS_OF_REQUEST) {
    return fail(`found ${patterns.size} patterns, wanted ${MAX_PATTERNS_OF_REQUEST} at most`);
  }
  try {
    return await UsedIndex.of(document, MAX_WORK_OF_USES);
  } catch (error) {
    return fail(messageOf(error));
  }
}

/** What is told of a guard that has seen the scrape, beside the rules that `advice` led to. */
export function draftUsage(
  guard: UsedGuard,
  { used }: UsageAdvice,
  recommendations: readonly Recommendation[],
): DraftUsage {
  const { taken } = guard.report();
  const listed = taken.slice(0, MAX_LISTED_TAKEN);
  return {
    taken: listed,
    more: taken.length - listed.length,
    unread: used.unread.length,
    recommendations,
  };
}

/** Whoever has so many uses and series has `weir check`, which may take its time. */
export function withoutLimit(error: unknown): never {
  if (!(error instanceof TooMuchToCompare)) throw error;
  throw new DraftError([{ message: `used: ${error.message}: run weir check --used` }]);
}
