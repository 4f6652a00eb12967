import { button, element } from "./dom.ts";
import { seriesFigure } from "./figures.ts";
import { shortText } from "./foreign_text.ts";
import type { SeriesRow } from "./series_groups.ts";

/** Parts beyond these are one: smaller ones cannot be told apart. */
const MOST_PARTS = 8;

/** A part with a smaller share than this is one of the others. */
const LEAST_SHARE = 0.01;

/** A bar of the whole scrape, and in it what each beginning of names has: parts that add up. */
export function prefixStrip(
  rows: readonly SeriesRow[],
  open: (prefix: string) => void,
): HTMLElement {
  const ordered = rows.toSorted((a, b) => b.series - a.series);
  const named = ordered.filter(({ share }, at) => at < MOST_PARTS && share >= LEAST_SHARE);
  const parts = named.map(({ name, series, share, estimated, after = 0 }, at) => {
    const text = `${shortText(name)}: ${seriesFigure(series, estimated)} series, ${percent(share)}`;
    const part = button("", () => open(name), {
      class: `part tone-${at % 4}`,
      "aria-label": `Show ${text}`,
      title: text,
    });
    const shown = after === 0 ? name : `…${name.slice(after)}`;
    part.append(element("bdi", {}, shortText(shown, 40)), element("small", {}, percent(share)));
    part.style.setProperty("flex-grow", String(share));
    return part;
  });
  const rest = ordered.slice(named.length).reduce((sum, { share }) => sum + share, 0);
  if (rest > 0) {
    const others = element("span", { class: "part rest", title: `others: ${percent(rest)}` });
    others.append(element("bdi", {}, "others"), element("small", {}, percent(rest)));
    others.style.setProperty("flex-grow", String(rest));
    parts.push(others as HTMLButtonElement);
  }
  return element(
    "div",
    { class: "strip", role: "group", "aria-label": "Series by the beginning of their names" },
    parts,
  );
}

function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value >= 10 || value === 0 ? 0 : 1)} %`;
}
