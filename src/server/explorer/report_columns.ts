import { bytesText } from "../../analyze/figure_text.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import { button, type Child, element } from "./dom.ts";
import { seriesFigure, shareBar } from "./figures.ts";
import { breakable, foreignText, shortText } from "./foreign_text.ts";
import type { Column } from "./sortable_table.ts";

/** What the rows of the tables lead to. */
export interface RowActions {
  readonly open: (name: string) => void;
  /** Puts a rule into the editor. */
  readonly add: (rule: RuleText) => void;
}

/** A name that leads somewhere; of what stands below another name, what it has more than that. */
export function opener(name: string, open: () => void, after: number = 0): Child {
  const shown = after === 0 || after >= name.length ? name : `…${name.slice(after)}`;
  const text = foreignText(shown);
  const press = button("", open, {
    class: "link",
    "aria-label": shown === name ? undefined : shortText(name),
  });
  // The button for the rest of a long name cannot stand in another button.
  if (text.classList.contains("long")) {
    press.append(element("bdi", {}, breakable(shortText(shown))));
    const more = element("span", { class: "long" }, ...text.childNodes);
    more.firstChild?.remove();
    return [press, more];
  }
  press.append(text);
  return press;
}

export function nameColumn<Row extends { readonly name: string }>(
  title: string,
  open: RowActions["open"],
): Column<Row> {
  return {
    key: "name",
    title,
    by: ({ name }) => name,
    cell: ({ name }) => opener(name, () => open(name)),
  };
}

export function addColumn<Row>(
  what: (row: Row) => string,
  press: (row: Row) => void,
  isPossible: (row: Row) => boolean = () => true,
): Column<Row> {
  return {
    key: "add",
    title: "Rule",
    cell: (row) =>
      isPossible(row)
        ? button("drop", () => press(row), {
          class: "quiet small",
          "aria-label": `Try a rule that drops ${what(row)}`,
        })
        : "",
  };
}

export function seriesColumn<Row extends { readonly series: number; readonly estimated?: boolean }>(
  title: string = "Series",
): Column<Row> {
  return {
    key: "series",
    title,
    isNumber: true,
    by: ({ series }) => series,
    cell: ({ series, estimated }) => seriesFigure(series, estimated),
  };
}

export function distinctColumn<
  Row extends { readonly distinct: number; readonly estimated: boolean },
>(): Column<Row> {
  return {
    key: "distinct",
    title: "Values",
    isNumber: true,
    by: ({ distinct }) => distinct,
    cell: ({ distinct, estimated }) => seriesFigure(distinct, estimated),
  };
}

export function bytesColumn<Row extends { readonly bytes: number }>(): Column<Row> {
  return {
    key: "bytes",
    title: "Bytes",
    isNumber: true,
    by: ({ bytes }) => bytes,
    cell: ({ bytes }) => bytesText(bytes),
  };
}

export function shareColumn<Row>(share: (row: Row) => number): Column<Row> {
  return {
    key: "share",
    title: "Share",
    isNumber: true,
    isExtra: true,
    by: share,
    cell: (row) => shareBar(share(row)),
  };
}
