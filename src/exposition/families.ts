import { MAX_FAMILIES, MAX_HELD_METADATA_BYTES } from "../bounds.ts";
import { NEWLINE } from "./bytes.ts";
import { familyOfSample, type FamilyType, isFamilyType } from "./family_type.ts";
import { type MetadataKind, type MetadataLine, readMetadataLine } from "./metadata_line.ts";
import { decodePlain, decodeQuoted } from "./text.ts";

/** A range of bytes that is not copied. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What one scrape has said of a family so far. */
export interface Family {
  readonly name: string;
  type: FamilyType | undefined;
  /** Unescaped; only where policies read them. */
  help: string | undefined;
  unit: string | undefined;
  /** Metadata lines, newline included, that wait for the family's first kept sample. */
  held: ByteRange[];
  /** Kinds that were held or written already: a repeated line is left out. */
  readonly seen: Set<MetadataKind>;
}

/**
 * The families of one scrape and their HELP, TYPE and UNIT lines, each held until the family keeps
 * a sample, so that a family which keeps none leaves no trace.
 */
export class Families {
  /** Rises whenever a sample's family may have become another one. */
  generation = 0;
  #families = new Map<string, Family>();
  /** Families with held lines, oldest first, for the bound. */
  #holding = new Set<Family>();
  #heldBytes = 0;
  /** Families with lines that still lie in the chunk being processed. */
  readonly #attached = new Set<Family>();
  readonly #keepsText: boolean;

  /** `keepsText`: policies read HELP or UNIT, so their text is kept beyond the writing. */
  constructor(keepsText: boolean) {
    this.#keepsText = keepsText;
  }

  /**
   * Takes the line `[start, end)`; `next` is after its newline. Returns false when it is a comment
   * of another kind, which is not held.
   */
  hold(bytes: Uint8Array, start: number, end: number, next: number): boolean {
    const line = readMetadataLine(bytes, start, end);
    if (line === undefined) return false;
    const family = this.#family(line.family);
    if (family.seen.has(line.kind)) return true;
    family.seen.add(line.kind);
    if (line.kind === "TYPE") {
      const type = decodePlain(bytes, line.textStart, line.textEnd).trimEnd();
      family.type = isFamilyType(type) ? type : undefined;
      this.generation++;
    }
    if (this.#keepsText) this.#keepText(family, line, bytes);
    const held = next > end ? { bytes, start, end: next } : endedCopyOf(bytes, start, end);
    family.held.push(held);
    this.#holding.add(family);
    this.#attached.add(family);
    this.#heldBytes += held.end - held.start;
    this.#enforceBound();
    return true;
  }

  /** The family of a sample's name, undefined when no metadata line spoke of one. */
  ofSample(sampleName: string): Family | undefined {
    return familyOfSample(sampleName, (name) => this.#families.get(name));
  }

  /** Empties the family's held lines: they are being written now. */
  release(family: Family): void {
    for (const line of family.held) this.#heldBytes -= line.end - line.start;
    family.held = [];
    this.#holding.delete(family);
  }

  /** Copies what is held out of the current chunk, so that it can be collected. */
  detach(): void {
    for (const family of this.#attached) family.held = family.held.map(copyOf);
    this.#attached.clear();
  }

  #keepText(family: Family, line: MetadataLine, bytes: Uint8Array): void {
    const text = decodeQuoted(bytes, line.textStart, line.textEnd);
    if (line.kind === "HELP") family.help = text;
    if (line.kind === "UNIT") family.unit = text.trimEnd();
    this.generation++;
  }

  #family(name: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      if (this.#families.size >= MAX_FAMILIES) this.#families.clear();
      family = {
        name,
        type: undefined,
        help: undefined,
        unit: undefined,
        held: [],
        seen: new Set(),
      };
      this.#families.set(name, family);
      this.generation++;
    }
    return family;
  }

  #enforceBound(): void {
    for (const oldest of this.#holding) {
      if (this.#heldBytes <= MAX_HELD_METADATA_BYTES) return;
      this.release(oldest);
    }
  }
}

/** The last line of an input that does not end in a newline: samples may come after it. */
function endedCopyOf(bytes: Uint8Array, start: number, end: number): ByteRange {
  const line = new Uint8Array(end - start + 1);
  line.set(bytes.subarray(start, end));
  line[end - start] = NEWLINE;
  return { bytes: line, start: 0, end: line.length };
}

function copyOf(line: ByteRange): ByteRange {
  return { bytes: line.bytes.slice(line.start, line.end), start: 0, end: line.end - line.start };
}
