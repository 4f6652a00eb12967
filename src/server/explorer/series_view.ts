import { bytesText } from "../../analyze/figure_text.ts";
import { nativeText } from "../../analyze/native_figures.ts";
import type { CardinalityReport, LabelReport, MetricReport } from "../../analyze/report.ts";
import { type Area, AreaMap } from "./area_map.ts";
import { button, element, fill } from "./dom.ts";
import { seriesFigure } from "./figures.ts";
import { foreignText, shortText } from "./foreign_text.ts";
import { labelColumns, metricColumns, totalColumns, valueColumns } from "./metric_columns.ts";
import { sortableTable, type TableOptions } from "./sortable_table.ts";
import type { View, ViewStore } from "./view.ts";

/** One level of the report: a map, and a table that says the same. */
interface Level {
  readonly title: string;
  readonly areas: readonly Area[];
  readonly table: HTMLElement;
  readonly note?: string;
}

/** Where the series are: by metric, label and value, or by label over all metrics. */
export class SeriesView {
  readonly element: HTMLElement = element("section", { class: "series" });
  readonly #store: ViewStore;
  readonly #add: (yaml: string) => void;
  readonly #map = new AreaMap();
  readonly #crumbs = element("nav", { "aria-label": "Breadcrumb", class: "crumbs" });
  readonly #modes = element("div", { class: "modes", role: "group", "aria-label": "Grouping" });
  readonly #level = element("h3", { tabindex: -1 });
  readonly #table = element("div");
  readonly #search = element("input", {
    type: "search",
    id: "search",
    placeholder: "Search metrics and labels",
    autocomplete: "off",
    spellcheck: "false",
  });
  #report: CardinalityReport | undefined;

  constructor(store: ViewStore, add: (yaml: string) => void) {
    this.#store = store;
    this.#add = add;
    this.#search.value = store.current.query;
    this.#search.addEventListener("input", () => store.set({ query: this.#search.value }));
    store.onChange((view, before) => this.#changed(view, before));
    const label = element("label", { for: "search", class: "unseen" }, "Search");
    const heading = element("h2", {}, "Where the series are");
    const tools = element("div", { class: "tools" }, label, this.#search, this.#modes);
    this.element.append(heading, tools, this.#crumbs, this.#level, this.#map.element, this.#table);
  }

  show(report: CardinalityReport): void {
    this.#report = report;
    this.#draw();
  }

  #changed(view: View, before: View): void {
    if (this.#search.value !== view.query) this.#search.value = view.query;
    const keys = ["by", "metric", "label", "query", "sort"] as const;
    if (keys.every((key) => view[key] === before[key])) return;
    const focused = document.activeElement?.id ?? "";
    this.#draw();
    const isOther = (["by", "metric", "label"] as const).some((key) => view[key] !== before[key]);
    // What had the focus is gone: go on reading where the new level begins.
    if (isOther) this.#level.focus();
    else if (focused.startsWith("sort-")) document.getElementById(focused)?.focus();
  }

  #draw(): void {
    if (this.#report === undefined) return;
    const view = this.#store.current;
    const metric = this.#report.metrics.find(({ name }) => name === view.metric);
    const label = metric?.labels.find(({ name }) => name === view.label);
    this.#drawModes(view);
    this.#drawCrumbs(metric, label);
    const level = metric === undefined
      ? view.by === "label" ? this.#totals(this.#report) : this.#metrics(this.#report)
      : label === undefined
      ? this.#labels(metric)
      : this.#values(metric, label);
    fill(this.#level, level.title);
    this.#map.show(level.title, level.areas);
    fill(
      this.#table,
      level.note === undefined ? null : element("p", { class: "note" }, level.note),
      level.table,
    );
  }

  #drawModes({ by }: View): void {
    const mode = (key: View["by"], title: string) =>
      button(
        title,
        () => this.#store.go({ by: key, metric: undefined, label: undefined, sort: undefined }),
        {
          "aria-pressed": String(by === key),
        },
      );
    fill(this.#modes, mode("metric", "By metric"), mode("label", "By label"));
  }

  #drawCrumbs(metric: MetricReport | undefined, label: LabelReport | undefined): void {
    const up = (title: string, change: Partial<View>) =>
      element(
        "li",
        {},
        button(title, () => this.#store.go({ ...change, sort: undefined, query: "" }), {
          class: "link",
        }),
      );
    const here = (title: string) =>
      element("li", { "aria-current": "location" }, foreignText(title, 48));
    const items = [
      metric === undefined ? null : up(
        this.#store.current.by === "label" ? "All labels" : "All metrics",
        { metric: undefined, label: undefined },
      ),
      metric === undefined
        ? null
        : label === undefined
        ? here(metric.name)
        : up(shortText(metric.name, 48), { label: undefined }),
      label === undefined ? null : here(label.name),
    ];
    this.#crumbs.hidden = metric === undefined;
    fill(this.#crumbs, element("ol", {}, items));
  }

  #metrics({ metrics }: CardinalityReport): Level {
    const { query, sort = "-series" } = this.#store.current;
    const matches = matcher(query);
    const rows = metrics.filter(({ name, family, labels }) =>
      matches(name) || matches(family) || labels.some(({ name }) => matches(name))
    );
    const open = (metric: string) => this.#store.go({ metric, sort: undefined, query: "" });
    const isBytes = sort.endsWith("bytes");
    const areas = rows.map(({ name, series, bytes, estimated }) => ({
      name,
      size: isBytes ? bytes : series,
      figure: isBytes ? bytesText(bytes) : `${seriesFigure(series, estimated)} series`,
      open: () => open(name),
    }));
    const columns = metricColumns({ open, add: this.#add });
    const title = `Metrics by ${isBytes ? "bytes" : "series"}`;
    return { title, areas, table: this.#tableOf({ caption: "Metrics", columns, rows }, sort) };
  }

  #totals(report: CardinalityReport): Level {
    const { query, sort = "without" } = this.#store.current;
    const matches = matcher(query);
    const rows = report.labels.filter(({ name }) => matches(name));
    const open = (label: string) =>
      this.#store.go({ by: "metric", query: label, sort: undefined, metric: undefined });
    const areas = rows.map(({ name, without }) => {
      const saved = report.series - without.series;
      const figure = `saves ${seriesFigure(saved, without.estimated)} series`;
      return { name, size: saved, figure, open: () => open(name) };
    });
    const columns = totalColumns({ open, add: this.#add });
    return {
      title: "Labels by the series that dropping them saves",
      areas,
      table: this.#tableOf({ caption: "Labels", columns, rows }, sort),
    };
  }

  #labels(metric: MetricReport): Level {
    const { query, sort = "-distinct" } = this.#store.current;
    const rows = metric.labels.filter(({ name }) => matcher(query)(name));
    const open = (label: string) => this.#store.go({ label, sort: undefined, query: "" });
    const areas = rows.map(({ name, distinct, estimated }) => ({
      name,
      size: distinct,
      figure: `${seriesFigure(distinct, estimated)} value${distinct === 1 ? "" : "s"}`,
      open: () => open(name),
    }));
    const columns = labelColumns(metric, { open, add: this.#add });
    return {
      title: "Labels by their values",
      areas,
      table: this.#tableOf({ caption: "Labels of the metric", columns, rows }, sort),
      note: noteOf(metric),
    };
  }

  #values(metric: MetricReport, label: LabelReport): Level {
    const { query, sort = "-series" } = this.#store.current;
    const rows = label.values.filter(({ text }) => matcher(query)(text));
    const areas = rows.map(({ text, series }) => ({
      name: text === "" ? '""' : text,
      size: series,
      figure: `${seriesFigure(series, label.error > 0)} series`,
    }));
    const columns = valueColumns(metric, label, this.#add);
    const distinct = seriesFigure(label.distinct, label.estimated);
    return {
      title: "Values by series",
      areas,
      table: this.#tableOf({ caption: "Values of the label", columns, rows }, sort),
      note: label.complete ? undefined : `The ${rows.length} most frequent of ${distinct} values`,
    };
  }

  #tableOf<Row>(options: TableOptions<Row>, sort: string): HTMLElement {
    const sorted = (sort: string) => this.#store.set({ sort });
    return sortableTable({ ...options, sort, sorted, empty: "Nothing matches the search" });
  }
}

function noteOf({ native, unfollowed }: MetricReport): string | undefined {
  const notes = [
    ...native === undefined ? [] : [nativeText(native)],
    ...unfollowed.length === 0
      ? []
      : [`${unfollowed.length} more labels were not followed: the memory was used up`],
  ];
  return notes.length === 0 ? undefined : notes.join("; ");
}

function matcher(query: string): (text: string) => boolean {
  const wanted = query.trim().toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}
