import { MAX_FAMILIES } from "../bounds.ts";
import { familyOfSample, type FamilyType, isFamilyType } from "./family_type.ts";
import { type MetadataKind, type MetadataLine, readMetadataLine } from "./metadata_line.ts";
import { decodePlain, decodeQuoted } from "./text.ts";
import { TextMap } from "./text_map.ts";

/** What an exposition has said of a family so far. */
export interface Family {
  readonly name: string;
  type: FamilyType | undefined;
  /** Unescaped; only where somebody reads them. */
  help: string | undefined;
  unit: string | undefined;
  /** Kinds that were there: a repeated line says nothing. */
  readonly seen: Set<MetadataKind>;
}

/** The families of one exposition, as its HELP, TYPE and UNIT lines tell of them. */
export class Families {
  readonly #families = new TextMap<Family>();
  readonly #keepsText: boolean;

  /** `keepsText`: HELP and UNIT are read, too. */
  constructor(keepsText: boolean) {
    this.#keepsText = keepsText;
  }

  /** Takes the line `[start, end)`. Returns false when it is a comment of another kind. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    const line = readMetadataLine(bytes, start, end);
    if (line === undefined) return false;
    const family = this.#family(line.family);
    if (family.seen.has(line.kind)) return true;
    family.seen.add(line.kind);
    if (line.kind === "TYPE") {
      const type = decodePlain(bytes, line.textStart, line.textEnd);
      family.type = isFamilyType(type) ? type : undefined;
    } else if (this.#keepsText) keepText(family, line, bytes);
    return true;
  }

  /** The family of a sample's name, undefined when no metadata line spoke of one. */
  ofSample(sampleName: string): Family | undefined {
    return familyOfSample(sampleName, (name) => this.#families.get(name));
  }

  #family(name: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      if (this.#families.size >= MAX_FAMILIES) this.#families.clear();
      family = { name, type: undefined, help: undefined, unit: undefined, seen: new Set() };
      this.#families.set(name, family);
    }
    return family;
  }
}

function keepText(family: Family, line: MetadataLine, bytes: Uint8Array): void {
  const text = decodeQuoted(bytes, line.textStart, line.textEnd);
  if (line.kind === "HELP") family.help = text;
  else family.unit = text;
}
