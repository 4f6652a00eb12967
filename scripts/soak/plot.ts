import { escaped } from "../../src/analyze/svg.ts";

export interface PlotLine {
  readonly name: string;
  /** A point for each sample, or none. */
  readonly values: readonly (number | undefined)[];
}

export interface PlotPanel {
  readonly title: string;
  readonly lines: readonly PlotLine[];
}

const WIDTH = 1000;
const PANEL = 190;
const LEFT = 60;
const RIGHT = 200;
const TOP = 34;
const PLOT_HEIGHT = 120;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
/** Points that a line has at most: a pixel wide each. */
const MOST_POINTS = PLOT_WIDTH;
const COLOURS = ["#2463a6", "#c2571a", "#2f8f5b", "#8a4fa3", "#b03060", "#6b6b6b", "#a08a00"];

/** Returns panels under each other as an SVG document, over `seconds` of time. */
export function plotSvg(
  title: string,
  seconds: readonly number[],
  panels: readonly PlotPanel[],
): string {
  const height = TOP + panels.length * PANEL;
  const parts = panels.map((panel, index) =>
    `<g transform="translate(${LEFT} ${TOP + index * PANEL + 24})">\n` +
    `${panelSvg(panel, seconds)}</g>\n`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" ` +
    `font-family="sans-serif" font-size="12">\n` +
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>\n` +
    `<text x="${LEFT}" y="22" font-size="16">${escaped(title)}</text>\n${parts.join("")}</svg>\n`;
}

function panelSvg({ title, lines }: PlotPanel, seconds: readonly number[]): string {
  const values = lines.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const top = niceTop(Math.max(0, ...values));
  const last = seconds.at(-1) ?? 0;
  const axes = [0, 0.5, 1].map((part) => {
    const y = PLOT_HEIGHT * (1 - part);
    return `<path d="M0 ${y}H${PLOT_WIDTH}" stroke="#ddd"/>\n` +
      `<text x="-6" y="${y + 4}" text-anchor="end">${label(top * part)}</text>\n`;
  });
  const times = [0, 0.5, 1].map((part) =>
    `<text x="${PLOT_WIDTH * part}" y="${PLOT_HEIGHT + 16}" text-anchor="middle">` +
    `${timeLabel(last * part)}</text>\n`
  );
  const drawn = lines.map((line, index) => {
    const colour = COLOURS[index % COLOURS.length];
    return `<path d="${path(line.values, seconds, top)}" fill="none" stroke="${colour}"/>\n` +
      `<text x="${PLOT_WIDTH + 12}" y="${12 + index * 16}" fill="${colour}">` +
      `${escaped(line.name)}</text>\n`;
  });
  return `<text y="-8">${escaped(title)}</text>\n` + [...axes, ...times, ...drawn].join("");
}

/** Of several samples in one pixel the highest is drawn. */
function path(
  values: readonly (number | undefined)[],
  seconds: readonly number[],
  top: number,
): string {
  const last = Math.max(1, seconds.at(-1) ?? 1);
  const step = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  let drawn = "";
  let isOpen = false;
  for (let at = 0; at < values.length; at += step) {
    const found = values.slice(at, at + step).filter((value) => value !== undefined);
    if (found.length === 0) {
      isOpen = false;
      continue;
    }
    const x = seconds[at] / last * PLOT_WIDTH;
    const y = PLOT_HEIGHT * (1 - Math.max(...found) / top);
    drawn += `${isOpen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isOpen = true;
  }
  return drawn;
}

/** 1, 2 or 5 times a power of ten, not below the value. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value)!;
}

function label(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function timeLabel(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
