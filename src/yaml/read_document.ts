import type { Node, Pair, Scalar, YAMLMap, YAMLParseError } from "@std/yaml";
import { MAX_ALIASED_NODES } from "../bounds.ts";
import { nodesOf } from "./document_positions.ts";
import { jsonSyntaxError } from "./json_syntax.ts";
import { PlainScalar } from "./plain_scalar.ts";
import { DocumentSyntaxError, positionAt } from "./syntax_error.ts";

/** What a text holds, with a PlainScalar for each scalar that stands without quotes. */
export interface ReadDocument {
  readonly value: unknown;
  /** True where further documents come after the first: as in Go, they are not even parsed. */
  readonly hasMore: boolean;
}

type Yaml = typeof import("@std/yaml");

/**
 * Reads the first document of a YAML text; without one it is null. Throws a DocumentSyntaxError.
 * The parser takes 9.5 MB of resident memory and is loaded by the first text only.
 */
export async function readYaml(text: string): Promise<ReadDocument> {
  const yaml = await import("@std/yaml");
  // Warnings would be printed with what they quote of the text.
  const options = { schema: "core", logLevel: "silent", uniqueKeys: isSameKey(yaml) } as const;
  let documents;
  try {
    documents = yaml.parseAllDocuments(text, { ...options, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack is used up.
    throw new DocumentSyntaxError(NESTED_TOO_DEEPLY, undefined);
  }
  const [first] = documents;
  if (first === undefined) return { value: null, hasMore: false };
  if (first.errors.length > 0) {
    throw await yamlSyntaxError(yaml, text, first.contents as Node | null, first.errors[0]);
  }
  const value = new Reader(yaml, text).read(first.contents);
  return { value, hasMore: documents.length > 1 };
}

const NESTED_TOO_DEEPLY = "found lists or maps that are nested too deeply";

async function yamlSyntaxError(
  yaml: Yaml,
  text: string,
  contents: Node | null,
  { code, message, pos }: YAMLParseError,
): Promise<DocumentSyntaxError> {
  const { yamlSyntaxText } = await import("./syntax_text.ts");
  // The library tells of a quote where the text ends; who has to close it looks for where it opens.
  const isUnclosed = /^Missing closing/.test(message);
  const offset = isUnclosed ? lastQuote(yaml, contents, pos[0]) : pos[0];
  const reason = `not valid YAML: ${yamlSyntaxText(code, message)}`;
  return new DocumentSyntaxError(reason, positionAt(text, offset));
}

/** Where the last text in quotes begins before `end`. */
function lastQuote(yaml: Yaml, contents: Node | null, end: number): number {
  let offset = end;
  if (contents === null) return offset;
  for (const node of nodesOf(yaml, contents)) {
    const start = node.range?.[0] ?? end;
    if (yaml.isScalar(node) && node.type?.startsWith("QUOTE") && start < end) offset = start;
  }
  return offset;
}

/**
 * Returns what a JSON text holds. Throws a DocumentSyntaxError: also for a key that is there twice,
 * of which JSON.parse forgets the first.
 */
export function readJson(text: string): unknown {
  try {
    const problem = jsonSyntaxError(text);
    if (problem !== undefined) {
      const found = characterName(text, problem.offset);
      const position = positionAt(text, problem.offset);
      throw new DocumentSyntaxError(`found ${found}, wanted ${problem.wanted}`, position);
    }
    return JSON.parse(text, (_, value, context?: { readonly source?: string }) => {
      const isPlain = typeof value !== "string" && context?.source !== undefined;
      return isPlain ? new PlainScalar(context.source, value, true) : value;
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack is used up.
    throw new DocumentSyntaxError(NESTED_TOO_DEEPLY, undefined);
  }
}

function characterName(text: string, offset: number): string {
  const code = text.codePointAt(offset);
  if (code === undefined) return "the end of the file";
  const character = String.fromCodePoint(code);
  if (character === "\n" || character === "\r") return "the end of the line";
  return JSON.stringify(character);
}

/** Merge keys may be there more than once. */
function isSameKey({ isScalar }: Yaml) {
  return (left: Node, right: Node) =>
    isScalar(left) && isScalar(right) && left.source === right.source && !isMergeKey(left);
}

function isMergeKey(key: Scalar): boolean {
  return key.source === "<<" && key.type === "PLAIN";
}

/** A tag of one of these takes a scalar's quotes away; every other makes it a text. */
const VALUE_TAG = /^tag:yaml\.org,2002:(?:null|bool|int|float)$/;

const UNKNOWN_ALIAS = 'found an alias ("*") of an anchor ("&") that does not stand before it, ' +
  'wanted one that does (a value that begins with "*" needs quotes)';

interface Anchored {
  /** Undefined while it is being read: it cannot hold itself. */
  value?: unknown;
  nodes: number;
}

/** Makes values of a document's nodes, as Go's YAML (go.yaml.in/yaml/v2) does. */
class Reader {
  readonly #yaml: Yaml;
  readonly #text: string;
  readonly #anchors = new Map<string, Anchored>();
  /** Nodes that were read, with those that aliases stand for. */
  #nodes = 0;

  constructor(yaml: Yaml, text: string) {
    this.#yaml = yaml;
    this.#text = text;
  }

  read(node: Node | null): unknown {
    if (node === null) return new PlainScalar("", null);
    if (this.#yaml.isAlias(node)) return this.#aliased(node, node.source);
    const before = this.#nodes++;
    const name = (node as { readonly anchor?: string }).anchor;
    const anchored: Anchored = { nodes: 0 };
    if (name !== undefined) this.#anchors.set(name, anchored);
    const value = this.#readItself(node);
    anchored.value = value;
    anchored.nodes = this.#nodes - before;
    return value;
  }

  #readItself(node: Node): unknown {
    const { isMap, isSeq } = this.#yaml;
    if (isMap(node)) return this.#readMap(node);
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node | null));
    return this.#readScalar(node as Scalar);
  }

  /** No error says the name: an unquoted password may begin like an alias. */
  #aliased(node: Node, name: string): unknown {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) this.#fail(node, UNKNOWN_ALIAS);
    if (anchored.value === undefined) {
      this.#fail(node, "found an alias in the value of its own anchor, wanted it elsewhere");
    }
    this.#nodes += anchored.nodes;
    if (this.#nodes > MAX_ALIASED_NODES && anchored.nodes > 0) {
      this.#fail(node, "found aliases that stand for too many values, wanted fewer");
    }
    return anchored.value;
  }

  /** A merge takes effect where it stands: over what comes before it, and under what comes after. */
  #readMap(node: YAMLMap): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      if (!this.#yaml.isScalar(key)) {
        this.#fail(key, "found a list or a map in the place of a key, wanted a name");
      }
      if (isMergeKey(key)) this.#merge(entries, value ?? key, this.read(value));
      else entries.set(key.source ?? "", this.read(value));
    }
    // A key may be called __proto__.
    return Object.fromEntries(entries);
  }

  #merge(entries: Map<string, unknown>, node: Node, merged: unknown): void {
    const maps = Array.isArray(merged) ? merged.toReversed() : [merged];
    for (const map of maps) {
      if (typeof map !== "object" || map instanceof PlainScalar || Array.isArray(map)) {
        this.#fail(node, 'found a merge ("<<") of something else, wanted a map or a list of maps');
      }
      for (const [key, value] of Object.entries(map)) entries.set(key, value);
    }
  }

  /** The library tells how a scalar is written, folded and without escapes, and what tag it has. */
  #readScalar(node: Scalar): unknown {
    const { source = "", value, type, tag } = node;
    if (tag === "tag:yaml.org,2002:binary") return this.#readBinary(node as Node, source);
    const isPlain = tag === undefined ? type === "PLAIN" : VALUE_TAG.test(tag);
    return isPlain ? new PlainScalar(source, value) : source;
  }

  #readBinary(node: Node, source: string): string {
    try {
      const bytes = Uint8Array.from(atob(source), (byte) => byte.charCodeAt(0));
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      this.#fail(node, "found !!binary that is no UTF-8 text in base64, wanted a text");
    }
  }

  #fail(node: Node, problem: string): never {
    const position = positionAt(this.#text, node.range?.[0] ?? 0);
    throw new DocumentSyntaxError(`not valid YAML: ${problem}`, position);
  }
}
