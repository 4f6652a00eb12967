import type { LabelNeed } from "./label_need.ts";

/** A matcher of a selector; a metric's name is the label `__name__`. */
export interface LabelMatcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** What an expression reads of series. */
export interface SeriesUse {
  /** All of them have to match, as in PromQL. */
  readonly matchers: readonly LabelMatcher[];
  /** The labels of matchers are among them. */
  readonly needs: LabelNeed;
}

/** Returns a selector as PromQL writes it. */
export function selectorText({ matchers }: Pick<SeriesUse, "matchers">): string {
  const name = matchers.find(({ label, op, value }) =>
    label === "__name__" && op === "=" && /^[a-zA-Z_:][\w:]*$/.test(value)
  );
  const rest = matchers.filter((matcher) => matcher !== name).map(({ label, op, value }) =>
    `${/^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label)}${op}${JSON.stringify(value)}`
  );
  if (rest.length === 0 && name !== undefined) return name.value;
  return `${name?.value ?? ""}{${rest.join(", ")}}`;
}
