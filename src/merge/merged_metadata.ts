import { type FamilyType, isFamilyType, nameSuffix, typeIn } from "../exposition/family_type.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import { type MetadataKind, readMetadataLine } from "../exposition/metadata_line.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";
import { mayHaveUnit } from "../exposition/unit_suffix.ts";
import { escapeQuoted, escapeTextHelp, metricNameText } from "../exposition/quoted_text.ts";
import type { OutputFamilyName } from "../aggregate/edit_plan.ts";
import type { InputFamilies, OwnFamily } from "../aggregate/family_sources.ts";

export interface TypedMetadata {
  readonly type: FamilyType | undefined;
  readonly format: LineFormat;
}

/** What one target says of a family. */
export interface FamilyMetadata extends TypedMetadata {
  /** As that target writes it: OpenMetrics keeps `_total` and `_info` out of it. */
  readonly name: string;
  /** The rest of each line, as it was written. */
  readonly texts: ReadonlyMap<MetadataKind, Uint8Array>;
}

/**
 * One name for a family in all formats, so that those of all collide: that of the text format, and of
 * protobuf, in which a gauge `a` and a counter `a_total` are two families, as every Go program has them.
 */
export function neutralName(
  { name, hasMetadata }: OutputFamilyName,
  type: FamilyType | undefined,
  format: LineFormat,
): string {
  return hasMetadata && format === "openmetrics" ? textNameOf(name, type) : name;
}

function textNameOf(name: string, type: FamilyType | undefined): string {
  return name + nameSuffix(type);
}

/** What a target said of the families that ended as `own`. */
export function metadataOf(
  { name, sources }: OwnFamily,
  input: InputFamilies,
  format: LineFormat,
): FamilyMetadata {
  const texts = new Map<MetadataKind, Uint8Array>();
  for (const bytes of sources.metadata(name, input)) {
    const { kind, textStart, textEnd } = readMetadataLine(bytes, 0, bytes.length - 1)!;
    // Prometheus would refuse the whole scrape: one target's line would be all targets'.
    const isType = kind !== "TYPE" || isFamilyType(decodePlain(bytes, textStart, textEnd));
    if (isType) texts.set(kind, bytes.slice(textStart, textEnd));
  }
  return { name, type: sources.type, format, texts };
}

export function textTypeOf(type: FamilyType | undefined): FamilyType | undefined {
  return type === undefined ? undefined : typeIn(type, false);
}

/** The family's HELP, TYPE and UNIT lines in the format of the output, as far as it may have them. */
export function metadataLines(metadata: FamilyMetadata, format: LineFormat): string {
  const family = nameIn(metadata, format);
  const name = metricNameText(family);
  let lines = "";
  for (const [kind, bytes] of metadata.texts) {
    if (kind === "UNIT" && !mayStand(family, bytes, format)) continue;
    lines += `# ${kind} ${name} ${textIn(metadata, kind, bytes, format)}\n`;
  }
  return lines;
}

/** Whether a family's UNIT may stand there; the names of lifted families may have more behind it. */
function mayStand(family: string, unit: Uint8Array, format: LineFormat): boolean {
  if (format !== "openmetrics") return format === "lifted";
  return mayHaveUnit(family, decodePlain(unit, 0, unit.length));
}

function nameIn(metadata: FamilyMetadata, format: LineFormat): string {
  const { name, type } = metadata;
  if (metadata.format === format) return name;
  if (format !== "openmetrics") {
    return neutralName({ name, hasMetadata: true }, type, metadata.format);
  }
  const suffix = nameSuffix(type);
  return suffix !== "" && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function textIn(
  metadata: FamilyMetadata,
  kind: MetadataKind,
  bytes: Uint8Array,
  format: LineFormat,
): string {
  const { type } = metadata;
  // But for names, lifted lines are as OpenMetrics has them.
  const isText = format === "text";
  const isConverted = (metadata.format === "text") !== isText;
  // A target may say a type in the other format's word, which Prometheus refuses.
  if (kind === "TYPE" && type !== undefined) return typeIn(type, !isText);
  if (!isConverted || kind !== "HELP") return decodePlain(bytes, 0, bytes.length);
  const help = decodeQuoted(bytes, 0, bytes.length);
  return isText ? escapeTextHelp(help) : escapeQuoted(help);
}
