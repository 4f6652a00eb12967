import { UseCollector } from "../../../src/usage/use_collector.ts";
import { UsedIndex } from "../../../src/usage/used_index.ts";
import type { UsedDocument } from "../../../src/usage/used_document.ts";

/** What alerts with these expressions use. */
export function usedBy(expressions: readonly string[]): UsedDocument {
  const uses = new UseCollector();
  for (const [index, expression] of expressions.entries()) {
    const place = { source: "rules.yaml", kind: "alert" as const, name: `A${index}`, in: "shop" };
    uses.expression(expression, { place });
  }
  return uses.collected;
}

export async function indexOf(expressions: readonly string[]): Promise<UsedIndex> {
  return await UsedIndex.of(usedBy(expressions));
}
