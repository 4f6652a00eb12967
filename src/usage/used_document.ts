import * as v from "valibot";
import type { LabelNeed } from "./label_need.ts";
import type { SeriesUse } from "./series_use.ts";

/** Where an expression stands. */
export interface UsePlace {
  /** The file, URL or log that was read. */
  readonly source: string;
  readonly kind: PlaceKind;
  /** The alert, recording rule, panel, variable or annotation; of a query log, nothing. */
  readonly name?: string;
  /** The rule group, or the dashboard. */
  readonly in?: string;
  readonly expression?: string;
}

export type PlaceKind = typeof PLACE_KINDS[number];

const PLACE_KINDS = [
  "alert",
  "record",
  "panel",
  "variable",
  "annotation",
  "query",
  "report",
] as const;

/** What is read of series, and by whom. */
export interface UsedSeries extends SeriesUse {
  readonly where: readonly UsePlace[];
  /** Places that are not listed any more. */
  readonly more?: number;
}

/** What could not be read: that it uses nothing is not known. */
export interface Unread extends UsePlace {
  readonly error: string;
}

/** What `weir usage` writes. */
export interface UsedDocument {
  readonly version: 1;
  readonly sources: readonly UsedSource[];
  readonly uses: readonly UsedSeries[];
  readonly unread: readonly Unread[];
}

export interface UsedSource {
  readonly source: string;
  readonly kind: string;
  readonly expressions: number;
}

const place = {
  source: v.string(),
  kind: v.picklist(PLACE_KINDS),
  name: v.optional(v.string()),
  in: v.optional(v.string()),
  expression: v.optional(v.string()),
};

const DOCUMENT = v.object({
  version: v.literal(1),
  sources: v.array(v.object({ source: v.string(), kind: v.string(), expressions: v.number() })),
  uses: v.array(v.object({
    matchers: v.array(v.object({
      label: v.string(),
      op: v.picklist(["=", "!=", "=~", "!~"]),
      value: v.string(),
    })),
    needs: v.object({ kind: v.picklist(["only", "allBut"]), labels: v.array(v.string()) }),
    where: v.array(v.object(place)),
    more: v.optional(v.number()),
  })),
  unread: v.array(v.object({ ...place, error: v.string() })),
});

/** Whether it says that it is such a document. */
export function isUsedDocument(value: unknown): boolean {
  return typeof value === "object" && value !== null && "uses" in value && "version" in value;
}

/** Reads one. Throws an Error that says where it is none. */
export function readUsedDocument(value: unknown): UsedDocument {
  const result = v.safeParse(DOCUMENT, value);
  if (result.success) return result.output as UsedDocument;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "the document";
  if (issue.received === "undefined") throw new Error(`${path}: is missing`);
  throw new Error(`${path}: found ${issue.received}, wanted ${issue.expected ?? "another value"}`);
}

/** The name of a place in a message: `alert HighErrors (shop.rules)`, without what moves a cursor. */
export function readerText({ kind, name, in: group, source }: UsePlace): string {
  const of = group ?? source;
  const text = name === undefined ? `${kind} of ${of}` : `${kind} ${name} (${of})`;
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Uses of the same series and labels have the same. */
export function useKey({ matchers, needs }: { matchers: SeriesUse["matchers"]; needs: LabelNeed }) {
  return JSON.stringify([
    matchers.map(({ label, op, value }) => [label, op, value]),
    needs.kind,
    needs.labels,
  ]);
}
