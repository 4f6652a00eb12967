import assert from "node:assert/strict";
import { test } from "node:test";
import { niceTop, plotSvg } from "../../scripts/soak/plot.ts";
import { readOptions } from "../../scripts/soak/options.ts";

test("axes end at 1, 2 or 5 times a power of ten", () => {
  const values = [0, 0.3, 1, 1.1, 47, 51, 1000];
  assert.deepEqual(values.map(niceTop), [1, 0.5, 1, 2, 50, 100, 1000]);
});

test("a line goes through its points, and is interrupted where there is none", () => {
  const svg = plotSvg("title", [1, 2, 3, 4], [
    { title: "panel", lines: [{ name: "line", values: [0, 10, undefined, 5] }] },
  ]);
  assert.match(svg, /<path d="M185\.0 120\.0L370\.0 0\.0M740\.0 60\.0" fill="none"/);
});

test("names are escaped", () => {
  const svg = plotSvg("a<b", [1], [{ title: "c&d", lines: [{ name: '"e"', values: [1] }] }]);
  assert.match(svg, />a&lt;b</);
  assert.match(svg, />c&amp;d</);
  assert.match(svg, />&quot;e&quot;</);
});

test("a long run is drawn with a point a pixel at most, the highest of each", () => {
  const seconds = Array.from({ length: 7200 }, (_, second) => second + 1);
  const values = seconds.map((second) => second === 3605 ? 100 : 1);
  const svg = plotSvg("title", seconds, [{ title: "panel", lines: [{ name: "line", values }] }]);
  const path = /<path d="(M[^"]*L[^"]*)"/.exec(svg)![1];
  assert.equal(path.split(/[ML]/).length - 1, 720);
  assert.match(path, / 0\.0/);
});

test("options that are no numbers above 0 are refused", () => {
  assert.equal(readOptions(["--minutes", "x"]), "--minutes: found x, wanted a number above 0");
  assert.equal(readOptions(["--rate", "0"]), "--rate: found 0, wanted a number above 0");
});
