import type { Alias, Node, Pair, ParsedNode, Scalar, YAMLMap } from "@std/yaml";
import type { Path, Position } from "../problems/problem.ts";
import { positionAt } from "./syntax_error.ts";

/** Where what a path leads to begins, of a map's entry its key; undefined where nothing is known. */
export type PositionOf = (path: Path) => Position | undefined;

type Yaml = typeof import("@std/yaml");

/**
 * Finds where in a YAML or JSON text something stands: as it is written, whatever variables or
 * defaults have made of it. What an alias or a merge brings in stands at its anchor. Where a path
 * leads nowhere it is the last step that exists, as for a key that is missing. A list that has no
 * key around it is what the first step of a path names.
 *
 * JSON is read as YAML here, which it is. The text is parsed for this alone, so that nothing of it is kept for the
 * case that somebody asks.
 */
export async function documentPositions(text: string): Promise<PositionOf> {
  const yaml = await import("@std/yaml");
  const options = {
    schema: "core",
    logLevel: "silent",
    uniqueKeys: false,
    prettyErrors: false,
  } as const;
  let contents: ParsedNode | null = null;
  try {
    contents = yaml.parseAllDocuments(text, options)[0]?.contents as ParsedNode | null ?? null;
  } catch {
    // Nested too deeply: no position is known.
  }
  if (contents === null) return () => undefined;
  const walk = new Walk(yaml, contents);
  return (path) => {
    const offset = walk.offsetOf(path);
    return offset === undefined ? undefined : positionAt(text, offset);
  };
}

class Walk {
  readonly #yaml: Yaml;
  readonly #root: Node;
  readonly #anchors = new Map<string, Node>();

  constructor(yaml: Yaml, root: Node) {
    this.#yaml = yaml;
    this.#root = root;
    for (const node of nodesOf(yaml, root)) {
      const { anchor } = node as { readonly anchor?: string };
      if (anchor !== undefined) this.#anchors.set(anchor, node);
    }
  }

  offsetOf(path: Path): number | undefined {
    const isBareList = this.#yaml.isSeq(this.#root) && typeof path[0] === "string";
    let node: Node | null | undefined = this.#root;
    let offset = startOf(node);
    for (const step of isBareList ? path.slice(1) : path) {
      const next = this.#step(node, step);
      if (next === undefined) break;
      offset = startOf(next.at) ?? offset;
      node = next.node;
    }
    return offset;
  }

  /** Where the step stands, and what is there. */
  #step(node: Node | null | undefined, step: string | number): Step | undefined {
    const target = this.#resolved(node);
    if (typeof step === "number") {
      const item = this.#yaml.isSeq(target) ? target.items[step] as Node | undefined : undefined;
      return item && { at: item, node: item };
    }
    return this.#yaml.isMap(target) ? this.#entry(target, step, new Set()) : undefined;
  }

  /** Of a key that is there more than once the last one counts, and a merge where it stands. */
  #entry(map: YAMLMap, step: string, seen: Set<YAMLMap>): Step | undefined {
    seen.add(map);
    for (const { key, value } of (map.items as Pair<Node, Node | null>[]).toReversed()) {
      if (!this.#yaml.isScalar(key)) continue;
      if (key.source === "<<" && key.type === "PLAIN") {
        const merged = this.#resolved(value);
        for (const one of this.#yaml.isSeq(merged) ? merged.items : [merged]) {
          const from = this.#resolved(one as Node);
          const found = this.#yaml.isMap(from) && !seen.has(from)
            ? this.#entry(from, step, seen)
            : undefined;
          if (found !== undefined) return found;
        }
      } else if (isNamed(key, step)) return { at: key as Node, node: value };
    }
  }

  #resolved(node: Node | null | undefined): Node | null | undefined {
    return this.#yaml.isAlias(node) ? this.#anchors.get((node as Alias).source) : node;
  }
}

/** All nodes below and with `root` in the order of the text; the library's own walk is quadratic in depth. */
export function* nodesOf(yaml: Yaml, root: Node): Generator<Node> {
  const waiting: (Node | null)[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (!node) continue;
    yield node;
    if (!yaml.isCollection(node)) continue;
    for (const item of (node.items as (Node | Pair<Node, Node | null>)[]).toReversed()) {
      if (yaml.isPair(item)) waiting.push(item.value as Node | null, item.key as Node);
      else waiting.push(item);
    }
  }
}

interface Step {
  readonly at: Node;
  readonly node: Node | null | undefined;
}

/** Readers of proto3 JSON, which policies are, know keys by their names in snake_case. */
function isNamed({ source = "" }: Scalar, step: string): boolean {
  return source === step ||
    source.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) === step;
}

function startOf(node: Node): number | undefined {
  return (node as { readonly range?: readonly number[] | null }).range?.[0];
}
