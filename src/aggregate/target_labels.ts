import { escapeQuoted } from "../exposition/quoted_text.ts";

const encoder = new TextEncoder();

/**
 * Labels that every sample of one target gets before the rules, as Prometheus puts a target's labels
 * on what it scrapes. Targets that have the same names share what was worked out for a line.
 */
export class TargetLabels {
  readonly names: readonly string[];
  /** Unescaped. */
  readonly texts: readonly string[];
  /** As they are written between quotes. */
  readonly values: readonly Uint8Array[];
  /** Equal for equal names. */
  readonly layout: string;

  /** A label whose value is empty is absent. */
  constructor(labels: Iterable<readonly [string, string]>) {
    const present = [...labels].filter(([, value]) => value !== "");
    this.names = present.map(([name]) => name);
    this.texts = present.map(([, value]) => value);
    this.values = this.texts.map((text) => encoder.encode(escapeQuoted(text)));
    this.layout = JSON.stringify(this.names);
  }
}

export const NO_TARGET_LABELS = new TargetLabels([]);

/** How Prometheus calls an exposed label whose name a target's label takes (`honor_labels: false`). */
export function exportedName(name: string, taken: (name: string) => boolean): string {
  let exported = name;
  while (taken(exported)) exported = `exported_${exported}`;
  return exported;
}
