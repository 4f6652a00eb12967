import { deepEqual, match } from "node:assert/strict";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { previewInit, servedApp } from "../support/server/served_app.ts";

/** Rules that make a value longer each time they are there. */
const GROWING: readonly (readonly [name: string, rule: string])[] = [
  ["a value twice as a source", '{source_labels: [x, x], separator: "", target_label: x}'],
  ["a group that is there twice", "{source_labels: [x], target_label: x, replacement: $1$1}"],
  [
    "a named group",
    "{source_labels: [x], regex: '(?P<a>.+)', target_label: x, replacement: '${a}${a}'}",
  ],
  [
    "two labels in turn",
    "{source_labels: [x, y], target_label: y}\n- {source_labels: [y, x], target_label: x}",
  ],
];

for (const [name, rule] of GROWING) {
  const relabel = `- ${rule}\n`.repeat(40);
  test(`what grows without end fails the preview and the scrape: ${name}`, async () => {
    const app = await servedApp({ upstream: 'a{x="1234"} 1\n' });
    const preview = await app.request("/analyze/preview", previewInit({ relabel }));
    const { problems } = await preview.json();
    deepEqual([preview.status, problems.length], [502, 1]);
    match(problems[0].message, GROWN);
    const live = await servedApp({
      upstream: 'a{x="1234"} 1\n',
      config: { metric_relabel_configs: parse(relabel) },
    });
    const scrape = await live.request("/metrics");
    deepEqual(scrape.status, 502);
    match(await scrape.text(), GROWN);
  });
}

const GROWN = /^a relabel rule makes a text of \d+ characters, wanted 1048576 at most\n?$/;

test("what grows a little does not", async () => {
  const app = await servedApp({ upstream: 'a{x="1234"} 1\n' });
  const relabel = `- ${GROWING[0][1]}\n`.repeat(10);
  const { preview } = await (await app.request("/analyze/preview", previewInit({ relabel })))
    .json();
  deepEqual(preview.after, { samples: 1, series: 1, bytes: 4_106 });
});
