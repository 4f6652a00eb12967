import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { reportSvg } from "../../src/analyze/svg.ts";
import { analyzed } from "../support/analyze/analyzed.ts";

const INPUT = ["/a", "/b", "/c"].map((path) => `requests_total{path="${path}"} 1\n`).join("") +
  "up 1\n";

test("bars are as long as their series, and their parts fill them", () => {
  const boxes = [
    ...reportSvg(analyzed(INPUT)).matchAll(
      /class="(metric|value)" x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g,
    ),
  ].map(([, kind, ...numbers]) => [kind, ...numbers.map(Number)]);
  deepEqual(boxes, [
    ["metric", 430, 0, 640],
    ["value", 430, 0, 213.3],
    ["value", 643.3, 0, 213.3],
    ["value", 856.7, 0, 213.3],
    ["metric", 430, 22, 213.3],
  ]);
});

test("a chart names metrics and values with their series", () => {
  const svg = reportSvg(analyzed(INPUT));
  match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 1200 92"/);
  match(svg, /<text class="title" x="8" y="26">4 series, 89 B<\/text>/);
  deepEqual([...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title), [
    "requests_total: 3 series",
    "path=&quot;/a&quot;: 1 series",
    "path=&quot;/b&quot;: 1 series",
    "path=&quot;/c&quot;: 1 series",
    "up: 1 series",
  ]);
  match(svg, /prefers-color-scheme: dark/);
  equal(svg, reportSvg(analyzed(INPUT)));
});

test("what is too much to be seen is one bar, or one part", () => {
  const metrics = Array.from({ length: 70 }, (_, i) => `m${String(i).padStart(2, "0")} 1\n`);
  const values = Array.from({ length: 40 }, (_, i) => `x{v="${i}"} 1\n`);
  const svg = reportSvg(analyzed(metrics.join("") + values.join("")));
  match(svg, /<title>11 more metrics: 11 series<\/title>/);
  match(svg, /<title>other values of v: 16 series<\/title>/);
});

test("an empty scrape has an empty chart", () => {
  match(reportSvg(analyzed("")), /<g transform="translate\(0 40\)">\n<\/g>/);
});
