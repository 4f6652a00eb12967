import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { CardinalityReport } from "../../analyze/report.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import { AdviceView } from "./advice_view.ts";
import { churnView } from "./churn_view.ts";
import { button, element, fill } from "./dom.ts";
import { seriesFigure } from "./figures.ts";
import { requestReport, requestRules } from "./requests.ts";
import { SeriesView } from "./series_view.ts";
import { ViewStore } from "./view.ts";
import { WhatIf } from "./what_if.ts";

/*
 *   GET /analyze ─────────▶ figures and tables, recommended rules ──┐ a press puts a rule
 *   GET /analyze/rules ───▶ the editor ◀─────────────────────────────────┘ into the editor
 *   POST /analyze/preview ◀── the editor ──▶ before and after, in the tables too
 *   POST /analyze/files ◀──── the editor ──▶ files to be saved, and a test of them
 */

const store = new ViewStore();
const add = (rule: RuleText) => whatIf.add(rule);
const series = new SeriesView(store, add);
const whatIf = new WhatIf(store, {
  names: () => series.names,
  previewed: (preview) => series.showPreview(preview),
});
const advice = new AdviceView(add);
const figures = element("dl", { class: "figures" });
const message = element("p", { class: "status", role: "status" });
const again = button("Scrape again", () => void load().then(() => whatIf.refresh()));
const target = element("input", { type: "text", id: "target", placeholder: "the first target" });
const targetField = element(
  "div",
  { class: "field target" },
  element("label", { for: "target" }, "Target"),
  target,
);

fill(
  document.getElementById("main")!,
  element(
    "section",
    { class: "summary", "aria-label": "The scrape" },
    figures,
    targetField,
    again,
    message,
  ),
  element(
    "div",
    { class: "columns" },
    element("div", {}, series.element, churnView(store, (report) => series.showChurn(report))),
    element("div", { class: "side" }, whatIf.element, advice.element),
  ),
);
targetField.hidden = true;
target.value = store.current.target ?? "";
target.addEventListener("change", () => {
  store.set({ target: target.value.trim() || undefined });
  void load().then(() => whatIf.refresh());
});
void start();

async function start(): Promise<void> {
  const rules = requestRules();
  await load();
  try {
    const inForce = await rules;
    targetField.hidden = !inForce.isGateway;
    if (inForce.isGateway) series.showsOneOfMany();
    whatIf.start(inForce);
  } catch (error) {
    fill(message, `The rules in force are not known: ${(error as Error).message}`);
  }
}

async function load(): Promise<void> {
  again.disabled = true;
  fill(message, "Scraping…");
  try {
    const report = await requestReport(store.current.target, new AbortController().signal);
    showFigures(report);
    series.show(report);
    advice.show(report);
    const time = new Date().toLocaleTimeString();
    fill(message, `Scraped at ${time}`);
  } catch (error) {
    fill(message, `No scrape: ${(error as Error).message}`);
  } finally {
    again.disabled = false;
  }
}

function showFigures(report: CardinalityReport): void {
  const { series, bytes, samples, metrics, labels, unreadable, unlisted, estimated, native } =
    report;
  const figure = (name: string, value: string) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value));
  fill(
    figures,
    figure("Series", seriesFigure(series, estimated)),
    figure("Bytes", bytesText(bytes)),
    figure("Metrics", countText(metrics.length)),
    figure("Labels", countText(labels.length)),
    native === undefined ? null : figure("Native histograms", countText(native.histograms)),
    native === undefined ? null : figure("Their buckets", countText(native.buckets)),
    samples === series ? null : figure("Samples", countText(samples)),
    unreadable === 0 ? null : figure("Lines not read", countText(unreadable)),
    unlisted === 0 ? null : figure("Samples not listed", countText(unlisted)),
  );
}
