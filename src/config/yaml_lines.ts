/** The line, counted from 1, on which what a path leads to begins; undefined where that is not known. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

/** A node of the parser's document, as far as it is read here. */
interface Node {
  readonly range?: readonly [number, ...number[]] | null;
  /** Of a list its nodes, of a map its pairs. */
  readonly items?: readonly (Node & { readonly key?: Node; readonly value?: Node | null })[];
  /** Of a scalar, as it is written. */
  readonly source?: string;
}

interface PositionedYaml {
  parseDocument?(text: string, options: object): { readonly contents: Node | null };
}

/**
 * Finds the lines of a YAML or JSON text. Positions are what npm's `yaml` has and `@std/yaml` has
 * not: with the latter no line is known. Where a path leads nowhere, the line is that of the last
 * step that exists.
 */
export async function yamlLines(text: string): Promise<LineOf> {
  const { parseDocument } = await import("@std/yaml") as PositionedYaml;
  let contents: Node | null;
  try {
    contents = parseDocument?.(text, { schema: "core", logLevel: "error" }).contents ?? null;
  } catch {
    contents = null;
  }
  return (path) => {
    let node: Node | null | undefined = contents;
    let offset = node?.range?.[0];
    for (const step of path) {
      const next = stepInto(node, step);
      if (next === undefined) break;
      offset = next.at.range?.[0] ?? offset;
      node = next.node;
    }
    return offset === undefined ? undefined : text.slice(0, offset).split("\n").length;
  };
}

/** Where the step stands (of a map's entry the key), and what is there. */
function stepInto(
  node: Node | null | undefined,
  step: string | number,
): { readonly at: Node; readonly node: Node | null | undefined } | undefined {
  if (typeof step === "number") {
    const item = node?.items?.[step];
    return item && { at: item, node: item };
  }
  const pair = node?.items?.find(({ key }) => key?.source === step);
  return pair?.key && { at: pair.key, node: pair.value as Node | null };
}
