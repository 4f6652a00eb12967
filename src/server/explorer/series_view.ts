import type { ChurnReport } from "../../analyze/churn.ts";
import { bytesText, countText } from "../../analyze/figure_text.ts";
import { nativeText } from "../../analyze/native_figures.ts";
import type { PreviewReport } from "../../analyze/preview_report.ts";
import type { CardinalityReport, LabelReport, MetricReport } from "../../analyze/report.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import { button, type Child, element, fill } from "./dom.ts";
import { seriesFigure } from "./figures.ts";
import { foreignText, shortText } from "./foreign_text.ts";
import { labelColumns, totalColumns, valueColumns } from "./label_columns.ts";
import { metricColumns, type MetricExtras } from "./metric_columns.ts";
import { foundMetrics, nameSearch, searchForPrefix } from "./name_search.ts";
import { prefixStrip } from "./prefix_strip.ts";
import { dropMetrics } from "./rule_for.ts";
import { familyRows, metricRow, prefixRows, type SeriesRow } from "./series_groups.ts";
import { sortableTable, type TableOptions } from "./sortable_table.ts";
import type { View, ViewStore } from "./view.ts";

/** One level of the report: what stands above the table, and the table. */
interface Level {
  readonly title: string;
  readonly above?: Child;
  readonly table: HTMLElement;
  readonly note?: string;
}

/** Where the series are: by metric, label and value, by names' beginnings, or by label over all. */
export class SeriesView {
  readonly element: HTMLElement = element("section", { class: "series" });
  readonly #store: ViewStore;
  readonly #add: (rule: RuleText) => void;
  readonly #crumbs = element("nav", { "aria-label": "Breadcrumb", class: "crumbs" });
  readonly #modes = element("div", { class: "modes", role: "group", "aria-label": "Grouping" });
  readonly #level = element("h3", { tabindex: -1 });
  readonly #table = element("div");
  readonly #search = element("input", {
    type: "search",
    id: "search",
    placeholder: "Search names: a text, a regex, or {label}",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #opened = new Set<string>();
  #report: CardinalityReport | undefined;
  #isOneOfMany = false;
  #extras: MetricExtras = { changes: undefined, churn: undefined, names: undefined };

  constructor(store: ViewStore, add: (rule: RuleText) => void) {
    this.#store = store;
    this.#add = add;
    this.#search.value = store.current.query;
    this.#search.addEventListener("input", () => store.set({ query: this.#search.value }));
    store.onChange((view, before) => this.#changed(view, before));
    const label = element("label", { for: "search", class: "unseen" }, "Search");
    const heading = element("h2", {}, "Where the series are");
    const tools = element("div", { class: "tools" }, label, this.#search, this.#modes);
    this.element.append(heading, tools, this.#crumbs, this.#level, this.#table);
  }

  /** The names of the scrape; undefined where not all are known. */
  get names(): readonly string[] | undefined {
    return this.#extras.names;
  }

  show(report: CardinalityReport): void {
    this.#report = report;
    const isAll = report.unlisted === 0 && !this.#isOneOfMany;
    const names = isAll ? report.metrics.map(({ name }) => name) : undefined;
    this.#extras = { ...this.#extras, names };
    this.#draw();
  }

  /** What is shown is one target of many: others may have other names, of which rules are too. */
  showsOneOfMany(): void {
    this.#isOneOfMany = true;
    if (this.#report !== undefined) this.show(this.#report);
  }

  /** Puts what a preview leaves beside what there is; undefined: none is shown. */
  showPreview(preview: PreviewReport | undefined): void {
    const changes = preview && new Map(preview.metrics.map((change) => [change.name, change]));
    this.#extras = { ...this.#extras, changes };
    this.#redraw();
  }

  /** Puts what came and went beside each metric. */
  showChurn(report: ChurnReport): void {
    const churn = new Map(report.metrics.map((metric) => [metric.name, metric]));
    this.#extras = { ...this.#extras, churn };
    this.#redraw();
  }

  #changed(view: View, before: View): void {
    if (this.#search.value !== view.query) this.#search.value = view.query;
    const keys = ["by", "metric", "label", "query", "sort"] as const;
    if (keys.every((key) => view[key] === before[key])) return;
    this.#redraw();
    const isOther = (["by", "metric", "label"] as const).some((key) => view[key] !== before[key]);
    // What had the focus is gone: go on reading where the new level begins.
    if (isOther) this.#level.focus();
  }

  /** Draws anew, and gives the focus back to what takes the place of what had it. */
  #redraw(): void {
    const { id = "", ariaLabel = null } = this.#table.contains(document.activeElement)
      ? document.activeElement!
      : {};
    this.#draw();
    const same = id !== ""
      ? document.getElementById(id)
      : ariaLabel === null
      ? undefined
      : [...this.#table.querySelectorAll("button")].find((one) => one.ariaLabel === ariaLabel);
    same?.focus({ preventScroll: true });
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
    fill(
      this.#table,
      level.above,
      level.note === undefined ? null : element("p", { class: "note" }, level.note),
      level.table,
    );
  }

  #drawModes({ by }: View): void {
    const mode = (key: View["by"], title: string) =>
      button(
        title,
        () => this.#store.go({ by: key, metric: undefined, label: undefined, sort: undefined }),
        { "aria-pressed": String(by === key) },
      );
    fill(
      this.#modes,
      mode("metric", "By metric"),
      mode("prefix", "By prefix"),
      mode("label", "By label"),
    );
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
    const { query, by, sort = "-series" } = this.#store.current;
    const found = foundMetrics(metrics, query);
    const rows = by === "prefix" ? prefixRows(found) : familyRows(found);
    const toPrefix = (prefix: string) =>
      this.#store.go({ by: "metric", query: searchForPrefix(prefix), sort: undefined });
    const columns = metricColumns({
      open: (metric) => this.#store.go({ metric, sort: undefined, query: "" }),
      add: this.#add,
      isOpen: by === "prefix" ? undefined : ({ name }) => this.#opened.has(name),
      toggle: ({ name }) => {
        if (by === "prefix") return toPrefix(name);
        if (!this.#opened.delete(name)) this.#opened.add(name);
        this.#redraw();
      },
    }, this.#extras);
    const under = ({ name, metrics }: SeriesRow) =>
      by !== "prefix" && metrics.length > 1 && this.#opened.has(name) ? metrics.map(metricRow) : [];
    const isSearch = query.trim() !== "";
    return {
      title: by === "prefix" ? "Metrics by the beginning of their names" : "Metrics by family",
      above: isSearch ? this.#sum(found) : prefixStrip(prefixRows(found), toPrefix),
      table: this.#tableOf({ caption: "Metrics", columns, rows, under }, sort),
    };
  }

  /** What a search finds, in one line, and the rule that drops all of it. */
  #sum(found: readonly MetricReport[]): Child {
    const sum = (of: (metric: MetricReport) => number) =>
      found.reduce((total, metric) => total + of(metric), 0);
    const isEstimated = found.some(({ estimated }) => estimated);
    const series = seriesFigure(sum((metric) => metric.series), isEstimated);
    const share = (sum((metric) => metric.share) * 100).toFixed(1);
    const count = `${countText(found.length)} ${found.length === 1 ? "metric" : "metrics"}`;
    const bytes = bytesText(sum((metric) => metric.bytes));
    const drop = button(
      "drop all that match",
      () => this.#add(dropMetrics(found.map(({ name }) => name), this.#extras.names)),
      { class: "quiet small" },
    );
    return element(
      "p",
      { class: "sum", role: "status" },
      element("strong", {}, count),
      ` · ${series} series · ${bytes} · ${share} % `,
      found.length === 0 ? null : drop,
    );
  }

  #totals(report: CardinalityReport): Level {
    const { query, sort = "without" } = this.#store.current;
    const finds = nameSearch(query);
    const rows = report.labels.filter(({ name }) => finds(name));
    const open = (label: string) =>
      this.#store.go({ by: "metric", query: `{${label}}`, sort: undefined, metric: undefined });
    const columns = totalColumns(report.series, { open, add: this.#add });
    return {
      title: "Labels by the series that dropping them saves",
      table: this.#tableOf({ caption: "Labels", columns, rows }, sort),
    };
  }

  #labels(metric: MetricReport): Level {
    const { query, sort = "-distinct" } = this.#store.current;
    const finds = nameSearch(query);
    const rows = metric.labels.filter(({ name }) => finds(name));
    const open = (label: string) => this.#store.go({ label, sort: undefined, query: "" });
    const columns = labelColumns(metric, { open, add: this.#add });
    return {
      title: "Labels by their values",
      table: this.#tableOf({ caption: "Labels of the metric", columns, rows }, sort),
      note: noteOf(metric),
    };
  }

  #values(metric: MetricReport, label: LabelReport): Level {
    const { query, sort = "-series" } = this.#store.current;
    const finds = nameSearch(query);
    const rows = label.values.filter(({ text }) => finds(text));
    const columns = valueColumns(metric, label, this.#add);
    const distinct = seriesFigure(label.distinct, label.estimated);
    return {
      title: "Values by series",
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
