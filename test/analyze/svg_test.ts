import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { reportSvg } from "../../src/analyze/svg.ts";
import { treemap } from "../../src/analyze/treemap.ts";
import { analyzed } from "../support/analyze/analyzed.ts";

const INPUT = ["/a", "/b", "/c"].map((path) => `requests_total{path="${path}"} 1\n`).join("") +
  "up 1\n";

test("areas are as large as their series, and lie in those of their parents", async () => {
  const cells = await treemap(
    {
      name: "",
      size: 4,
      children: [
        { name: "up", size: 1 },
        { name: "requests", size: 3, children: [{ name: "a", size: 2 }, { name: "b", size: 1 }] },
      ],
    },
    400,
    100,
  );
  deepEqual(cells.map(({ name, size, depth }) => [name, size, depth]), [
    ["requests", 3, 1],
    ["up", 1, 1],
    ["a", 2, 2],
    ["b", 1, 2],
  ]);
  const [requests, up, a, b] = cells;
  equal(Math.abs(requests.x1 - requests.x0 - 3 * (up.x1 - up.x0)) < 4, true);
  for (const { x0, y0, x1, y1 } of [a, b]) {
    equal(x0 >= requests.x0 && x1 <= requests.x1, true);
    equal(y0 >= requests.y0 + 20 && y1 <= requests.y1, true);
  }
});

test("a chart names metrics and values with their series", async () => {
  const svg = await reportSvg(analyzed(INPUT));
  match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 1200 800"/);
  match(svg, /<text class="title" x="8" y="26">4 series, 89 B<\/text>/);
  deepEqual([...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title), [
    "requests_total: 3 series",
    "up: 1 series",
    "path=&quot;/a&quot;: 1 series",
    "path=&quot;/b&quot;: 1 series",
    "path=&quot;/c&quot;: 1 series",
  ]);
  match(svg, /prefers-color-scheme: dark/);
  equal(svg, await reportSvg(analyzed(INPUT)));
});

test("what is too much to be seen is one cell", async () => {
  const metrics = Array.from({ length: 70 }, (_, i) => `m${String(i).padStart(2, "0")} 1\n`);
  const values = Array.from({ length: 40 }, (_, i) => `x{v="${i}"} 1\n`);
  const svg = await reportSvg(analyzed(metrics.join("") + values.join("")));
  match(svg, /<title>11 more metrics: 11 series<\/title>/);
  match(svg, /<title>other values of v: 16 series<\/title>/);
});

test("an empty scrape has an empty chart", async () => {
  match(await reportSvg(analyzed("")), /<g transform="translate\(0 40\)">\n<\/g>/);
});
