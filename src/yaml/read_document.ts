import type { Node, Pair, Scalar, YAMLMap } from "@std/yaml";
import { MAX_ALIASED_NODES } from "../bounds.ts";
import { PlainScalar } from "./plain_scalar.ts";

/** What a text holds, with a PlainScalar for each scalar that stands without quotes. */
export interface ReadDocument {
  readonly value: unknown;
  /** True where further documents come after the first: as in Go, they are not even parsed. */
  readonly hasMore: boolean;
}

type Yaml = typeof import("@std/yaml");

/**
 * Reads the first document of a YAML text; without one it is null. Throws an Error with line and
 * column. The parser takes 9.5 MB of resident memory and is loaded by the first text only.
 */
export async function readYaml(text: string): Promise<ReadDocument> {
  const yaml = await import("@std/yaml");
  // Warnings would be printed with what they quote of the text.
  const options = { schema: "core", logLevel: "silent", uniqueKeys: isSameKey(yaml) } as const;
  const documents = yaml.parseAllDocuments(text, options);
  const [first] = documents;
  if (first === undefined) return { value: null, hasMore: false };
  if (first.errors.length > 0) throw first.errors[0];
  const value = new Reader(yaml, text).read(first.contents);
  return { value, hasMore: documents.length > 1 };
}

/** Returns what a JSON text holds. Throws what JSON.parse throws. */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_, value, context?: { readonly source?: string }) => {
    const isPlain = typeof value !== "string" && context?.source !== undefined;
    return isPlain ? new PlainScalar(context.source, value, true) : value;
  });
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
    if (anchored === undefined) this.#fail(node, "An alias of an anchor that is not there");
    if (anchored.value === undefined) this.#fail(node, "An anchor that contains itself");
    this.#nodes += anchored.nodes;
    if (this.#nodes > MAX_ALIASED_NODES && anchored.nodes > 0) {
      this.#fail(node, "Excessive aliasing");
    }
    return anchored.value;
  }

  /** A merge takes effect where it stands: over what comes before it, and under what comes after. */
  #readMap(node: YAMLMap): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      if (!this.#yaml.isScalar(key)) this.#fail(key, "A key has to be a scalar");
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
        this.#fail(node, "A merge needs a map or a list of maps");
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
      this.#fail(node, "Binary that is no UTF-8 text in base64");
    }
  }

  #fail(node: Node, problem: string): never {
    const lines = this.#text.slice(0, node.range?.[0] ?? 0).split("\n");
    const column = lines[lines.length - 1].length + 1;
    throw new Error(`${problem} at line ${lines.length}, column ${column}`);
  }
}
