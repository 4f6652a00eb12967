/**
 * Of which labels an expression needs the values. Series that differ in others only may be one, with
 * their values added up: the result is the same.
 */
export type LabelNeed =
  | { readonly kind: "only"; readonly labels: readonly string[] }
  | { readonly kind: "allBut"; readonly labels: readonly string[] };

export const ALL_LABELS: LabelNeed = { kind: "allBut", labels: [] };
export const NO_LABELS: LabelNeed = { kind: "only", labels: [] };

export function onlyLabels(labels: readonly string[]): LabelNeed {
  return { kind: "only", labels: sorted(labels) };
}

export function allLabelsBut(labels: readonly string[]): LabelNeed {
  return { kind: "allBut", labels: sorted(labels) };
}

export function isNeeded(need: LabelNeed, label: string): boolean {
  return need.labels.includes(label) === (need.kind === "only");
}

/** What both need. */
export function commonNeed(one: LabelNeed, other: LabelNeed): LabelNeed {
  if (one.kind === "only") {
    return onlyLabels(one.labels.filter((label) => isNeeded(other, label)));
  }
  if (other.kind === "only") return commonNeed(other, one);
  return allLabelsBut([...one.labels, ...other.labels]);
}

/** What either needs. */
export function joinedNeed(one: LabelNeed, other: LabelNeed): LabelNeed {
  if (one.kind === "allBut") {
    return allLabelsBut(one.labels.filter((label) => !isNeeded(other, label)));
  }
  if (other.kind === "allBut") return joinedNeed(other, one);
  return onlyLabels([...one.labels, ...other.labels]);
}

/** In words: `all labels`, `job, le`, `all labels but pod`. */
export function needText({ kind, labels }: LabelNeed): string {
  const list = labels.join(", ");
  if (kind === "only") return list === "" ? "no label" : list;
  return list === "" ? "all labels" : `all labels but ${list}`;
}

function sorted(labels: readonly string[]): string[] {
  return [...new Set(labels)].sort();
}
