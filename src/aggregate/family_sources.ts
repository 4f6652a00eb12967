import { joinedBytes } from "../exposition/bytes.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { type MetadataLine, readMetadataLine } from "../exposition/metadata_line.ts";
import { metricNameText } from "../exposition/quoted_text.ts";
import { decodePlain } from "../exposition/text.ts";
import { mayHaveUnit } from "../exposition/unit_suffix.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Input families by their numbers, for whoever puts metadata together. */
export interface InputFamilies {
  familyName(family: number): string;
  /** The family's metadata lines that are not written, newline included. */
  heldLines(family: number): readonly Bytes[];
}

/** The input families whose samples end in one family of the output. */
export class FamilySources {
  readonly families: number[] = [];
  /** The TYPE in force: the first one. */
  type: FamilyType | undefined;

  /** Returns false when the family's TYPE contradicts that of an earlier one. */
  add(family: number, type: FamilyType | undefined): boolean {
    if (this.families.includes(family)) return true;
    this.families.push(family);
    this.type ??= type;
    return type === undefined || type === this.type;
  }

  /** Their metadata lines under the output family's name; of several the first of each kind. */
  metadata(name: string, input: InputFamilies): Bytes[] {
    const kinds = new Set<string>();
    const lines: Bytes[] = [];
    for (const family of this.families) {
      const isSame = input.familyName(family) === name;
      for (const line of input.heldLines(family)) {
        const metadata = readMetadataLine(line, 0, line.length - 1)!;
        if (kinds.has(metadata.kind)) continue;
        if (!isSame && !mayStandUnder(metadata, line, name)) continue;
        kinds.add(metadata.kind);
        lines.push(isSame ? line : renamed(metadata, line, name));
      }
    }
    return lines;
  }
}

function mayStandUnder(metadata: MetadataLine, line: Bytes, name: string): boolean {
  if (metadata.kind !== "UNIT") return true;
  return mayHaveUnit(name, decodePlain(line, metadata.textStart, metadata.textEnd));
}

/** The metadata line, newline included, with another family's name in it. */
function renamed({ kind, textStart, textEnd }: MetadataLine, line: Bytes, name: string): Bytes {
  const text = line.subarray(textStart, textEnd + 1);
  const head = new TextEncoder().encode(`# ${kind} ${metricNameText(name)} `);
  return joinedBytes([head, text]);
}

/** What a target calls a family of the output, and the families of its own that end there. */
export interface OwnFamily {
  readonly name: string;
  readonly sources: FamilySources;
}
