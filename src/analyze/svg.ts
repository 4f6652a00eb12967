import { bytesText, countText } from "./figure_text.ts";
import { nativeText } from "./native_figures.ts";
import type { CardinalityReport, LabelReport, MetricReport } from "./report.ts";

const WIDTH = 1200;
const TITLE = 40;
const ROW = 22;
const BAR = 14;
/** Where bars begin, and how long that of the largest metric is. */
const BARS = 430;
const LONGEST = 640;
/** Bars beyond these are one, and so are parts: thinner ones cannot be told apart. */
const MOST_METRICS = 60;
const MOST_VALUES = 24;
/** Width of a letter at 12 px, as sans-serif fonts have it. */
const LETTER = 6.6;

/**
 * Returns a chart of the report as an SVG document: a bar for each metric by its series, and in it a
 * part for each value of the label without which the fewest would be left.
 */
export function reportSvg(report: CardinalityReport): string {
  const bars = barsOf(report);
  const height = TITLE + bars.length * ROW + 8;
  const about = report.estimated ? "about " : "";
  const native = report.native === undefined ? "" : `, ${nativeText(report.native)}`;
  const title = `${about}${countText(report.series)} series, ${bytesText(report.bytes)}${native}`;
  const largest = Math.max(1, ...bars.map(({ series }) => series));
  const rows = bars.map((bar, at) => barSvg(bar, at * ROW, LONGEST / largest));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
    `height="${height}" role="img" aria-label="${escaped(title)}" font-family="sans-serif">\n` +
    `<style>${STYLE}</style>\n<rect class="page" width="${WIDTH}" height="${height}"/>\n` +
    `<text class="title" x="8" y="26">${escaped(title)}</text>\n` +
    `<g transform="translate(0 ${TITLE})">\n${rows.join("")}</g>\n</svg>\n`;
}

/** Viewers that know no media queries show the light colours. */
const STYLE = `
.page { fill: #fff } .title { font-size: 18px; fill: #1b1b1b }
.metric { fill: #dfe7ef } .value { fill: #a9c3dd; stroke: #fff; stroke-width: 0.5 }
.name { text-anchor: end }
text { font-size: 12px; fill: #1b1b1b } .metric:hover, .value:hover { fill: #f2c66d }
@media (prefers-color-scheme: dark) {
.page { fill: #16191d } .title { fill: #e8e8e8 }
.metric { fill: #2a323b } .value { fill: #3c5873; stroke: #16191d }
text { fill: #e8e8e8 } .metric:hover, .value:hover { fill: #8a6a1f } }
`;

interface Part {
  readonly name: string;
  readonly series: number;
}

interface Bar extends Part {
  readonly parts: readonly Part[];
}

function barsOf({ metrics, series }: CardinalityReport): readonly Bar[] {
  const shown = metrics.slice(0, MOST_METRICS).map(metricBar);
  const rest = series - shown.reduce((sum, metric) => sum + metric.series, 0);
  if (rest <= 0) return shown;
  const name = `${metrics.length - shown.length} more metrics`;
  return [...shown, { name, series: rest, parts: [] }];
}

function metricBar({ name, series, labels }: MetricReport): Bar {
  const label = labels.reduce<LabelReport | undefined>(
    (best, candidate) =>
      best === undefined || candidate.without.series < best.without.series ? candidate : best,
    undefined,
  );
  if (label === undefined || label.distinct < 2) return { name, series, parts: [] };
  const parts = label.values.slice(0, MOST_VALUES).map(({ text, series }): Part => ({
    name: `${label.name}="${text}"`,
    series,
  }));
  const rest = series - parts.reduce((sum, value) => sum + value.series, 0);
  if (rest > 0) parts.push({ name: `other values of ${label.name}`, series: rest });
  return { name, series, parts };
}

/** `scale`: pixels of a series. */
function barSvg({ name, series, parts }: Bar, y: number, scale: number): string {
  let from = 0;
  const values = parts.map((part) => {
    const made = boxSvg("value", part, { x: BARS + from * scale, y, width: part.series * scale });
    from += part.series;
    return made;
  });
  const letters = Math.floor((BARS - 16) / LETTER);
  const base = y + BAR - 3;
  const end = round(BARS + series * scale + 8);
  return boxSvg("metric", { name, series }, { x: BARS, y, width: series * scale }) +
    values.join("") +
    `<text class="name" x="${BARS - 8}" y="${base}">${escaped(shortened(name, letters))}</text>\n` +
    `<text x="${end}" y="${base}">${countText(series)}</text>\n`;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function boxSvg(kind: "metric" | "value", { name, series }: Part, { x, y, width }: Place): string {
  return `<rect class="${kind}" x="${round(x)}" y="${y}" width="${round(width)}" height="${BAR}">` +
    `<title>${escaped(shortened(name, 400))}: ${countText(series)} series</title></rect>\n`;
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
