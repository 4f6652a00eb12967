import type { ExpositionFormat } from "../exposition/exposition_writer.ts";
import { type AlikeRegistries, renderMetrics } from "./metrics.ts";

/** Weir's own metrics on their way into another's response. */
export interface OwnExposition {
  /** All that there may be, by the names that they have in text. */
  readonly families: readonly string[];
  /** As they are now, without those in `without`; a whole exposition. */
  render(format: ExpositionFormat, without: ReadonlySet<string>): string;
}

export function ownExposition(groups: readonly AlikeRegistries[]): OwnExposition {
  return {
    families: groups.flatMap((group) => [...group[0]?.registry.all.keys() ?? []]),
    render: (format, without) => renderMetrics(format, groups, without),
  };
}

/**
 * Equal for all names that a family has as a family and as samples, in any format. Those of different
 * families may be equal as well.
 */
export function familyStem(name: string): string {
  return name.replace(/_(?:total|created|bucket|sum|count|gsum|gcount|info)$/, "");
}
