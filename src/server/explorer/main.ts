import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { CardinalityReport } from "../../analyze/report.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import { AdviceView } from "./advice_view.ts";
import { churnView } from "./churn_view.ts";
import { button, element, fill } from "./dom.ts";
import { seriesFigure } from "./figures.ts";
import { RequestError, requestReport, requestRules } from "./requests.ts";
import { SeriesView } from "./series_view.ts";
import type { Status } from "../status_request.ts";
import { pollStatus } from "./status_poll.ts";
import { routeOf } from "./status_text.ts";
import { StatusView } from "./status_view.ts";
import { BUSY, emptyView, previewOffView, troubleView } from "./trouble_view.ts";
import { ViewStore } from "./view.ts";
import { WhatIf } from "./what_if.ts";

/*
 *   GET /-/status ────────▶ what Weir does now, every few seconds while the page is seen
 *   GET /analyze ─────────▶ figures and tables, recommended rules ──┐ a press puts a rule
 *   GET /analyze/rules ───▶ the editor ◀─────────────────────────────────┘ into the editor
 *   POST /analyze/preview ◀── the editor ──▶ before and after, in the tables too
 *   POST /analyze/files ◀──── the editor ──▶ files to be saved, and a test of them
 */

/** Until an analysis is tried again that found nobody, or others before it. */
const RETRY_SECONDS = 5;

const store = new ViewStore();
const add = (rule: RuleText) => whatIf.add(rule);
const series = new SeriesView(store, add);
const whatIf = new WhatIf(store, {
  names: () => series.names,
  previewed: (preview) => series.showPreview(preview),
  unread: (usage) => advice.showUnread(usage),
});
const advice = new AdviceView(add);
const figures = element("dl", { class: "figures" });
const message = element("p", { class: "status", role: "status" });
const again = button("Scrape again", () => void load().then(() => whatIf.refresh()));
const target = element("input", {
  type: "text",
  id: "target",
  list: "targets",
  placeholder: "the first target",
});
const targets = element("datalist", { id: "targets" });
const targetField = element(
  "div",
  { class: "field target" },
  element("label", { for: "target" }, "Target"),
  target,
  targets,
);

const trouble = element("div", { "aria-live": "polite" });
const skeleton = element("div", { class: "skeleton", "aria-hidden": "true" }, bones());
const explorer = document.getElementById("explorer")!;
const routePath = new URLSearchParams(location.search).get("route") ?? undefined;
const now = new StatusView(
  document.getElementById("now")!,
  document.getElementById("state")!,
  routePath,
);
let status: Status | undefined;
let isRetried: ReturnType<typeof setTimeout> | undefined;

fill(
  explorer,
  element(
    "section",
    { class: "summary", "aria-label": "The scrape" },
    figures,
    targetField,
    element("div", { class: "tools" }, again, message),
  ),
  trouble,
  element(
    "div",
    { class: "columns" },
    element(
      "div",
      {},
      skeleton,
      series.element,
      churnView(store, (report) => series.showChurn(report)),
    ),
    element("div", { class: "side" }, whatIf.element, advice.element),
  ),
);
// Its link must not take the place of the view in the address.
document.querySelector(".skip")!.addEventListener("click", (event) => {
  event.preventDefault();
  explorer.focus();
});
targetField.hidden = true;
series.element.hidden = advice.element.hidden = true;
target.value = store.current.target ?? "";
target.addEventListener("change", () => {
  store.set({ target: target.value.trim() || undefined });
  void load().then(() => whatIf.refresh());
});
pollStatus({
  told: (told) => {
    now.show(status = told);
    listTargets(shownRoute()?.targets?.list.map(({ target }) => target) ?? []);
  },
  failed: (error) => now.failed(error),
});
void start();

async function start(): Promise<void> {
  const rules = requestRules();
  // The preview of a link's rules comes after it: analyses run one at a time.
  const analysed = load();
  try {
    const inForce = await rules;
    targetField.hidden = !inForce.isGateway;
    if (inForce.previewOff !== undefined) whatIf.element.before(previewOffView());
    if (inForce.isGateway) series.showsOneOfMany();
    whatIf.start(inForce);
  } catch (error) {
    await analysed;
    fill(message, `The rules in force are not known: ${(error as Error).message}`);
  }
}

async function load(): Promise<void> {
  clearTimeout(isRetried);
  again.disabled = true;
  fill(message, "Scraping…");
  try {
    const report = await requestReport(store.current.target, new AbortController().signal);
    showFigures(report);
    const isEmpty = report.samples === 0;
    series.element.hidden = advice.element.hidden = isEmpty;
    if (!isEmpty) {
      series.show(report);
      advice.show(report);
    }
    fill(trouble, isEmpty ? emptyView(shownRoute()) : null);
    skeleton.hidden = true;
    markStale(false);
    const time = new Date().toLocaleTimeString();
    fill(message, `Scraped at ${time}`);
  } catch (error) {
    failed(error instanceof RequestError ? error : new RequestError([{ message: String(error) }]));
  } finally {
    again.disabled = false;
  }
}

/** What was shown before stays, and can be told from what is so now. */
function failed(error: RequestError): void {
  fill(message, error.status === BUSY ? "Waiting for another analysis" : "No scrape");
  fill(trouble, troubleView(error, shownRoute()));
  skeleton.hidden = error.status !== BUSY;
  markStale(true);
  if (error.status !== undefined && error.status !== BUSY) return;
  const seconds = error.retryAfter ?? RETRY_SECONDS;
  isRetried = setTimeout(() => document.hidden ? failed(error) : void load(), seconds * 1000);
}

function markStale(isStale: boolean): void {
  for (const one of [series, advice]) one.element.classList.toggle("stale", isStale);
}

/** The route that the page is of, once the status is known. */
function shownRoute() {
  return status && routeOf(status, routePath);
}

/** Offers a gateway's targets to choose from, those of the last scrape. */
function listTargets(addresses: readonly string[]): void {
  const before = Array.from(targets.options, ({ value }) => value);
  if (addresses.join() === before.join()) return;
  fill(targets, addresses.map((value) => element("option", { value })));
}

/** The shape of what the first scrape brings. */
function bones(): HTMLElement[] {
  return ["short", "long", "block", "long", "long", "long"].map((size) =>
    element("span", { class: `bone ${size}` })
  );
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
