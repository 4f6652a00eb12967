import { bytesText, countText } from "./figure_text.ts";
import { nativeText } from "./native_figures.ts";
import type { CardinalityReport, LabelReport, MetricReport } from "./report.ts";
import { type Rectangle, treemap, type TreeNode } from "./treemap.ts";

const WIDTH = 1200;
const HEIGHT = 800;
const TITLE = 40;
/** Cells beyond these are one cell: thinner ones cannot be told apart. */
const MOST_METRICS = 60;
const MOST_VALUES = 24;
/** Width of a letter at 12 px, as sans-serif fonts have it. */
const LETTER = 6.6;

/**
 * Returns a chart of the report as an SVG document: an area for each metric by its series, and in it
 * one for each value of the label without which the fewest would be left.
 */
export async function reportSvg(report: CardinalityReport): Promise<string> {
  const cells = await treemap(root(report), WIDTH, HEIGHT - TITLE);
  const about = report.estimated ? "about " : "";
  const native = report.native === undefined ? "" : `, ${nativeText(report.native)}`;
  const title = `${about}${countText(report.series)} series, ${bytesText(report.bytes)}${native}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" ` +
    `height="${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="sans-serif">\n` +
    `<style>${STYLE}</style>\n<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>\n` +
    `<text class="title" x="8" y="26">${escaped(title)}</text>\n` +
    `<g transform="translate(0 ${TITLE})">\n${cells.map(cellSvg).join("")}</g>\n</svg>\n`;
}

/** Viewers that know no media queries show the light colours. */
const STYLE = `
.page { fill: #fff } .title { font-size: 18px; fill: #1b1b1b }
.metric { fill: #dfe7ef; stroke: #fff; stroke-width: 2 } .value { fill: #a9c3dd; stroke: #dfe7ef }
text { font-size: 12px; fill: #1b1b1b } .metric:hover, .value:hover { fill: #f2c66d }
@media (prefers-color-scheme: dark) {
.page { fill: #16191d } .title { fill: #e8e8e8 }
.metric { fill: #2a323b; stroke: #16191d } .value { fill: #3c5873; stroke: #2a323b }
text { fill: #e8e8e8 } .metric:hover, .value:hover { fill: #8a6a1f } }
`;

function root({ metrics, series }: CardinalityReport): TreeNode {
  const shown = metrics.slice(0, MOST_METRICS);
  const children = shown.map(metricNode);
  const rest = series - shown.reduce((sum, metric) => sum + metric.series, 0);
  if (rest > 0) {
    children.push({ name: `${metrics.length - shown.length} more metrics`, size: rest });
  }
  return { name: "", size: series, children };
}

function metricNode(metric: MetricReport): TreeNode {
  const { name, series, labels } = metric;
  const label = labels.reduce<LabelReport | undefined>(
    (best, candidate) =>
      best === undefined || candidate.without.series < best.without.series ? candidate : best,
    undefined,
  );
  if (label === undefined || label.distinct < 2) return { name, size: series };
  const values = label.values.slice(0, MOST_VALUES);
  const children = values.map(({ text, series }): TreeNode => ({
    name: `${label.name}="${text}"`,
    size: series,
  }));
  const rest = series - values.reduce((sum, value) => sum + value.series, 0);
  if (rest > 0) children.push({ name: `other values of ${label.name}`, size: rest });
  return { name, size: series, children };
}

function cellSvg({ name, size, depth, x0, y0, x1, y1 }: Rectangle): string {
  const width = x1 - x0;
  const height = y1 - y0;
  const figures = `${countText(size)} series`;
  const box =
    `<rect class="${depth === 1 ? "metric" : "value"}" x="${round(x0)}" y="${round(y0)}" ` +
    `width="${round(width)}" height="${round(height)}"><title>${escaped(shortened(name, 400))}: ` +
    `${figures}</title></rect>\n`;
  const letters = Math.floor((width - 8) / LETTER);
  if (height < 18 || letters < 4) return box;
  const full = `${name} ${figures}`;
  const text = shortened(full.length <= letters ? full : name, letters);
  return `${box}<text x="${round(x0 + 4)}" y="${round(y0 + 14)}">${escaped(text)}</text>\n`;
}

function shortened(text: string, letters: number): string {
  const characters = Array.from(text);
  return characters.length <= letters ? text : `${characters.slice(0, letters - 1).join("")}…`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

/**
 * Returns a text as it stands in an SVG document, without characters that XML does not have, or that
 * turn the direction of what follows.
 */
export function escaped(text: string): string {
  return text.toWellFormed().replace(HIDDEN, "\ufffd").replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
