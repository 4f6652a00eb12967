import { goToLower, goToUpper } from "./case_mapping.ts";

/** Maps the joined sources to the target's value. */
export type TextMap = (text: string) => string;

/**
 * What an action is to everything but `apply_rule.ts`, which does it: which fields it takes, what it
 * looks at and what it may change.
 */
export interface ActionTraits {
  /** A filter keeps or drops the sample; the others set the target, or copy or delete labels. */
  readonly effect: "filter" | "set" | "copy" | "delete";
  /**
   * What decides whether it acts: the regex on the joined sources' values, the target's value being
   * that of the joined sources, the regex on label names, or nothing: it always does.
   */
  readonly test: "values" | "equality" | "names" | "none";
  /** What becomes of the sample (of a label, for "delete") where the test holds. */
  readonly onMatch?: "keep" | "drop";
  /** `target_label` is needed, as a template or as a name; by default it is ignored. */
  readonly target?: "template" | "name";
  /** `replacement` expands to a label's name, or has to be the default one; by default it is free. */
  readonly replacement?: "name" | "refused";
  /** `modulus` has to be above 0. */
  readonly needsModulus?: true;
  /** The only fields that may be written, as Prometheus's error names them. */
  readonly only?: string;
  /** Makes the target's value of the joined sources, without regex and replacement. */
  readonly textMap?: (config: { readonly modulus: bigint }) => TextMap | Promise<TextMap>;
}

const EQUAL_FIELDS = "'source_labels' and `target_label`";

const TABLE = {
  replace: { effect: "set", test: "values", target: "template" },
  keep: { effect: "filter", test: "values", onMatch: "keep" },
  drop: { effect: "filter", test: "values", onMatch: "drop" },
  keepequal: {
    effect: "filter",
    test: "equality",
    onMatch: "keep",
    target: "name",
    replacement: "refused",
    only: EQUAL_FIELDS,
  },
  dropequal: {
    effect: "filter",
    test: "equality",
    onMatch: "drop",
    target: "name",
    replacement: "refused",
    only: EQUAL_FIELDS,
  },
  hashmod: {
    effect: "set",
    test: "none",
    target: "name",
    needsModulus: true,
    textMap: hashModulo,
  },
  labelmap: { effect: "copy", test: "names", replacement: "name" },
  labeldrop: { effect: "delete", test: "names", onMatch: "drop", only: "'regex'" },
  labelkeep: { effect: "delete", test: "names", onMatch: "keep", only: "'regex'" },
  lowercase: {
    effect: "set",
    test: "none",
    target: "name",
    replacement: "refused",
    textMap: () => goToLower,
  },
  uppercase: {
    effect: "set",
    test: "none",
    target: "name",
    replacement: "refused",
    textMap: () => goToUpper,
  },
} satisfies Record<string, ActionTraits>;

export type RelabelAction = keyof typeof TABLE;

/** The actions of Prometheus 3.14's `model/relabel`. */
export const ACTIONS: Readonly<Record<RelabelAction, ActionTraits>> = TABLE;

export const RELABEL_ACTIONS = Object.keys(ACTIONS) as readonly RelabelAction[];

/** Takes the last 8 bytes of the MD5, as Prometheus does, for a big-endian number. */
async function hashModulo({ modulus }: { readonly modulus: bigint }): Promise<TextMap> {
  const { createHash } = await import("node:crypto");
  return (text) => {
    const digest = createHash("md5").update(text, "utf8").digest();
    return String(digest.readBigUInt64BE(8) % modulus);
  };
}
