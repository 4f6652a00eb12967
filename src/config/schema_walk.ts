import type { Path } from "../problems/problem.ts";
import { isMap, PlainScalar, valueOf } from "../yaml/plain_scalar.ts";
import { CONFIG_SCHEMA } from "./schema.ts";

/** As much of a schema as is read: for key names, for the types of overrides. */
export interface SchemaNode {
  readonly type: string;
  readonly message?: unknown;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  /** Of a record. */
  readonly value?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  readonly wrapped?: SchemaNode;
}

export const ROOT = CONFIG_SCHEMA as unknown as SchemaNode;

/** Returns the schema of the value at `path`, or undefined where nothing is known. */
export function schemaAt(
  path: Path,
  value: unknown,
  root: SchemaNode = ROOT,
): SchemaNode | undefined {
  let node: SchemaNode | undefined = resolve(root, value);
  let current = value;
  for (const key of path) {
    current = Object(current)[key];
    const child: SchemaNode | undefined = typeof key === "number"
      ? node?.item
      : node?.entries?.[key] ?? node?.value;
    node = child && resolve(child, current);
  }
  return node;
}

/** Returns the paths of all keys whose value is one scalar: those that the environment may set. */
export function scalarPaths(node: SchemaNode = ROOT, path: readonly string[] = []): string[][] {
  const { type, entries } = resolve(node, undefined) ?? node;
  if (type === "array" || type === "record" || type === "unknown") return [];
  if (entries === undefined) return [[...path]];
  return Object.entries(entries).flatMap(([key, child]) => scalarPaths(child, [...path, key]));
}

/** What Valibot's `strictObject` lets pass or reports one at a time only. */
export type Misfit =
  | { readonly kind: "unknown key"; readonly path: Path; readonly known: readonly string[] }
  | { readonly kind: "list for map"; readonly path: Path; readonly wanted: unknown };

/** Yields, at any depth, every key that the schema does not have and every list in a map's place. */
export function* misfits(
  value: unknown,
  node: SchemaNode = ROOT,
  path: Path = [],
): Generator<Misfit> {
  const { type, entries, item, value: ofRecord, message } = resolve(node, value) ?? node;
  if (Array.isArray(value)) {
    if (entries !== undefined || type === "record") {
      yield { kind: "list for map", path, wanted: message };
    }
    if (item === undefined) return;
    for (const [index, child] of value.entries()) yield* misfits(child, item, [...path, index]);
  } else if (entries !== undefined && typeof value === "object" && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      const at = [...path, key];
      if (Object.hasOwn(entries, key)) yield* misfits(child, entries[key], at);
      else yield { kind: "unknown key", path: at, known: Object.keys(entries) };
    }
  } else if (type === "record" && ofRecord && typeof value === "object" && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      yield* misfits(child, ofRecord, [...path, key]);
    }
  }
}

/**
 * Returns a copy of what was parsed, with each plain scalar as what the schema wants in its place:
 * its text where that is a string (in YAML, as in Prometheus), else its value. Where the schema knows nothing, rules and policies
 * are: there it stays, for their readers.
 */
export function settled(value: unknown, node: SchemaNode | undefined): unknown {
  const schema = node && resolve(node, value);
  if (schema?.type === "unknown") return value;
  if (value instanceof PlainScalar) {
    const isText = schema?.type === "string" && value.value !== null && !value.isTyped;
    return isText ? value.text : value.value;
  }
  if (Array.isArray(value)) return value.map((item) => settled(item, schema?.item));
  if (!isMap(value)) return value;
  const { entries = {}, value: ofRecord } = schema ?? {};
  const of = (key: string) => Object.hasOwn(entries, key) ? entries[key] : ofRecord;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, settled(child, of(key))]),
  );
}

/** Takes optional wrappers off, and of the variants by `type` picks the one that `value` names. */
function resolve(node: SchemaNode, value: unknown): SchemaNode | undefined {
  let current = node;
  while (current.wrapped !== undefined) current = current.wrapped;
  if (current.type !== "variant") return current;
  const type = valueOf(Object(value).type);
  return current.options?.find(({ entries }) =>
    (entries?.type as { literal?: unknown } | undefined)?.literal === type
  );
}
