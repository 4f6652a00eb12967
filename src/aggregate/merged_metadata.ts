import type { FamilyType } from "../exposition/family_type.ts";
import { type MetadataKind, readMetadataLine } from "../exposition/metadata_line.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";
import { escapeTextHelp, metricNameText } from "../exposition/quoted_text.ts";
import type { OutputFamilyName } from "./edit_plan.ts";
import type { FamilyMetadata } from "./merged_family.ts";
import type { OutputFamily } from "./output_family.ts";

/** OpenMetrics keeps these out of the family's name, text 0.0.4 has them in it. */
const OWN_SUFFIXES: Partial<Record<FamilyType, string>> = { counter: "_total", info: "_info" };

/** One name for a family in both formats, so that targets of both meet. */
export function neutralName(
  { name, hasMetadata }: OutputFamilyName,
  type: FamilyType | undefined,
): string {
  const suffix = hasMetadata && type !== undefined ? OWN_SUFFIXES[type] : undefined;
  return suffix !== undefined && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

/** What a target said of the families that ended as `own`. */
export function metadataOf(own: OutputFamily, openMetrics: boolean): FamilyMetadata {
  const texts = new Map<MetadataKind, Uint8Array>();
  for (const { bytes, start, end } of own.metadata()) {
    const line = readMetadataLine(bytes, start, end - 1)!;
    texts.set(line.kind, bytes.slice(line.textStart, line.textEnd));
  }
  return { name: own.name, type: own.type, openMetrics, texts };
}

/** The types that text 0.0.4 has no word for, as its readers expect them. */
const TEXT_TYPES: Partial<Record<FamilyType, string>> = {
  gaugehistogram: "untyped",
  info: "gauge",
  stateset: "gauge",
  unknown: "untyped",
};

/** The family's HELP, TYPE and UNIT lines in the format of the output. */
export function metadataLines(metadata: FamilyMetadata, openMetrics: boolean): string {
  const isConverted = metadata.openMetrics && !openMetrics;
  const { type } = metadata;
  const suffix = isConverted && type !== undefined ? OWN_SUFFIXES[type] ?? "" : "";
  const name = metricNameText(metadata.name + suffix);
  let lines = "";
  for (const [kind, bytes] of metadata.texts) {
    if (kind === "UNIT" && !openMetrics) continue;
    let text = decodePlain(bytes, 0, bytes.length);
    if (isConverted && kind === "HELP") {
      text = escapeTextHelp(decodeQuoted(bytes, 0, bytes.length));
    }
    if (isConverted && kind === "TYPE" && type !== undefined) text = TEXT_TYPES[type] ?? type;
    lines += `# ${kind} ${name} ${text}\n`;
  }
  return lines;
}
