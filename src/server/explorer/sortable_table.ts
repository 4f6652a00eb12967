import { countText } from "../../analyze/figure_text.ts";
import { button, type Child, element } from "./dom.ts";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly isNumber?: boolean;
  /** Left out where there is little room. */
  readonly isExtra?: boolean;
  /** By which it sorts; a column without is not sorted by. */
  readonly by?: (row: Row) => number | string;
  readonly cell: (row: Row) => Child;
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** A column's key, with `-` before it for the largest first. */
  readonly sort?: string;
  /** Called with another such key; without it the rows stay as they are. */
  readonly sorted?: (sort: string) => void;
  /** Rows that are shown unless all are wanted. */
  readonly shown?: number;
  readonly empty?: string;
  /** Rows that stand below a row, further in. */
  readonly under?: (row: Row) => readonly Row[];
}

const SHOWN_ROWS = 100;

/** Rows that a press adds: thousands at once would take seconds. */
const MORE_ROWS = 500;

/** A table whose headings sort it. The first column holds the rows' names. */
export function sortableTable<Row>(options: TableOptions<Row>): HTMLElement {
  const { caption, columns, rows, empty = "nothing" } = options;
  const ordered = options.sort === undefined ? rows : sortedRows(rows, columns, options.sort);
  const body = element("tbody");
  const table = element(
    "table",
    {},
    element("caption", { class: "unseen" }, caption),
    element("thead", {}, element("tr", {}, columns.map((column) => heading(column, options)))),
    body,
  );
  const { under = () => [] } = options;
  const add = (from: number, to: number) =>
    body.append(
      ...ordered.slice(from, to).flatMap((row) => [
        tableRow(row, columns),
        ...under(row).map((inner) => tableRow(inner, columns, "under")),
      ]),
    );
  let shown = options.shown ?? SHOWN_ROWS;
  add(0, shown);
  if (rows.length === 0) {
    const cell = element("td", { colspan: columns.length, class: "empty" }, empty);
    body.append(element("tr", {}, cell));
  }
  const box = element("div", {
    class: "table",
    tabindex: 0,
    role: "region",
    "aria-label": caption,
  });
  box.append(table);
  if (rows.length <= shown) return box;
  const more = button(moreText(shown, rows.length), () => {
    add(shown, shown + MORE_ROWS);
    shown += MORE_ROWS;
    if (shown >= rows.length) more.remove();
    else more.textContent = moreText(shown, rows.length);
    box.focus();
  }, { class: "quiet" });
  return element("div", {}, box, more);
}

function moreText(shown: number, all: number): string {
  return all - shown <= MORE_ROWS
    ? `Show all ${countText(all)}`
    : `Show ${countText(MORE_ROWS)} more of ${countText(all)}`;
}

function heading<Row>(column: Column<Row>, { sort, sorted }: TableOptions<Row>): HTMLElement {
  const { key, title, isNumber, by } = column;
  const kind = classOf(column);
  if (sorted === undefined || by === undefined) {
    return element("th", { scope: "col", class: kind }, title);
  }
  const direction = sort === key ? "ascending" : sort === `-${key}` ? "descending" : undefined;
  // The first press puts the largest numbers first, and texts in their order.
  const first = isNumber ? `-${key}` : key;
  const other = isNumber ? key : `-${key}`;
  const next = sort === first ? other : first;
  return element(
    "th",
    { scope: "col", class: kind, "aria-sort": direction ?? "none" },
    button(title, () => sorted(next), { class: "sort", id: `sort-${key}` }),
  );
}

function tableRow<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  className?: string,
): HTMLElement {
  return element(
    "tr",
    { class: className },
    columns.map((column, index) =>
      index === 0
        ? element("th", { scope: "row" }, column.cell(row))
        : element("td", { class: classOf(column) }, column.cell(row))
    ),
  );
}

function classOf<Row>({ isNumber, isExtra }: Column<Row>): string | undefined {
  return [isNumber && "number", isExtra && "extra"].filter(Boolean).join(" ") || undefined;
}

function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: string,
): readonly Row[] {
  const by = columns.find(({ key }) => key === sort.replace(/^-/, ""))?.by;
  if (by === undefined) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  const keys = rows.map((row) => ({ row, key: by(row) }));
  return keys.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
