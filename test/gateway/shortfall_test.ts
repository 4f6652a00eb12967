/** What a scrape of many targets, and each of its subsets, says at its end of what is missing in it. */
import { equal } from "node:assert/strict";
import { test } from "node:test";
import { GatewayExample } from "../support/docs/gateway_example.ts";

const head = (name: string, help: string) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
const DROPPED = head(
  "weir_scrape_dropped_samples",
  "Samples of this scrape that are missing, though no policy and no rule dropped them.",
);
const MISSING = head("weir_scrape_missing_targets", "Targets that are missing from this scrape.");
const TRUNCATED = head("weir_scrape_truncated", "How often a byte limit cut this scrape short.");
const missing = (targets: number) => `${MISSING}weir_scrape_missing_targets ${targets}\n`;
const invalid = (samples: number) =>
  `${DROPPED}weir_scrape_dropped_samples{reason="invalid"} ${samples}\n`;
const cut = (limit: string, times = 1) =>
  `${TRUNCATED}weir_scrape_truncated{limit="${limit}"} ${times}\n`;

interface Case {
  readonly what: string;
  readonly keys?: string;
  /** Of the first and the second target. */
  readonly answers: readonly [string, string];
  readonly expected: string;
  /** Of the subset `s`, which keeps everything. */
  readonly subset: string;
}

const SILENT = "target_metrics: false\n";
const TWO = "b 1\nc 1\n";

const cases: Case[] = [
  {
    what: "all of both",
    keys: SILENT,
    answers: ["a 1\n", "a 2\n"],
    expected: "a 3\n",
    subset: "a 3\n",
  },
  {
    what: "a target that is down, without metrics of targets",
    keys: SILENT,
    answers: ["a 1\n", "503"],
    expected: `a 1\n${missing(1)}`,
    subset: `a 1\n${missing(1)}`,
  },
  {
    what: "a target that is down, told by its metrics",
    answers: ["a 1\n", "503"],
    expected: "a 1\nTARGETS 1 0\n",
    // A subset has none.
    subset: `a 1\n${missing(1)}`,
  },
  {
    what: "a target with a line that is no sample",
    keys: SILENT,
    answers: ["a 1\n", "a{\n"],
    expected: `a 1\n${missing(1)}`,
    subset: `a 1\n${missing(1)}`,
  },
  {
    what: "a label that is there twice",
    keys: SILENT,
    answers: ["a 1\n", 'a{n="1",n="2"} 1\n'],
    expected: `a 1\n${invalid(1)}`,
    subset: `a 1\n${invalid(1)}`,
  },
  {
    what: "a target that answers more than the input limit",
    keys: `${SILENT}prometheus: {max_input_bytes_per_scrape: 5}\n`,
    answers: ["a 1\n", TWO],
    expected: `a 1\nb 1\n${cut("input")}`,
    subset: `a 1\nb 1\n${cut("input")}`,
  },
  {
    what: "more than the output limit",
    keys: `${SILENT}prometheus: {max_output_bytes_per_scrape: 8}\n`,
    answers: ["a 1\n", TWO],
    expected: `a 1\nb 1\n${cut("output")}`,
    subset: `a 1\nb 1\n${cut("output")}`,
  },
  {
    what: "a target that is down whose metric does not fit any more",
    keys: "prometheus: {max_output_bytes_per_scrape: 4}\n",
    answers: ["a 1\n", "503"],
    expected: `a 1\n${missing(1)}${cut("output")}`,
    subset: `a 1\n${missing(1)}`,
  },
  {
    what: "targets that are Weirs and say it themselves: once, with the sum",
    keys: `${SILENT}prometheus: {max_output_bytes_per_scrape: 8}\n`,
    answers: [`a 1\n${cut("output")}`, `b 1\nc 1\n${cut("output")}${invalid(2)}`],
    expected: `a 1\nb 1\n${invalid(2)}${cut("output", 3)}`,
    subset: `a 1\nb 1\n${invalid(2)}${cut("output", 3)}`,
  },
  {
    what: "targets that are Weirs, told apart by a label: each says it itself",
    keys: `${SILENT}target_label: t\n`,
    answers: [`a 1\n${cut("output")}`, `a 1\n${cut("output")}`],
    expected: 'a{t="ONE"} 1\na{t="TWO"} 1\n' + TRUNCATED +
      'weir_scrape_truncated{limit="output",t="ONE"} 1\n' +
      'weir_scrape_truncated{limit="output",t="TWO"} 1\n',
    subset: 'a{t="ONE"} 1\na{t="TWO"} 1\n' + TRUNCATED +
      'weir_scrape_truncated{limit="output",t="ONE"} 1\n' +
      'weir_scrape_truncated{limit="output",t="TWO"} 1\n',
  },
  {
    what: "the same, and a label of its own that is there twice",
    keys: `${SILENT}target_label: t\n`,
    answers: [`a 1\n${invalid(1)}`, 'a{n="1",n="2"} 1\n'],
    expected: `a{t="ONE"} 1\n${DROPPED}weir_scrape_dropped_samples{reason="invalid",t="ONE"} 1\n` +
      'weir_scrape_dropped_samples{reason="invalid"} 1\n',
    subset: `a{t="ONE"} 1\n${DROPPED}weir_scrape_dropped_samples{reason="invalid",t="ONE"} 1\n` +
      'weir_scrape_dropped_samples{reason="invalid"} 1\n',
  },
];

for (const { what, keys = "", answers, expected, subset } of cases) {
  for (const openMetrics of [false, true]) {
    test(`${what}, ${openMetrics ? "OpenMetrics" : "text"}`, async () => {
      const limit = openMetrics
        ? keys.replace(/(output_bytes_per_scrape: )(\d+)/, (_, key, bytes) => `${key}${+bytes + 6}`)
        : keys;
      const config = "upstreams: [http://one:80, http://two:80]\nscrape: {on_limit: truncate}\n" +
        `subset_timestamps: false\nsubsets: {s: []}\n${limit}`;
      const example = await GatewayExample.start(config, ["one:80", "two:80"]);
      const end = openMetrics ? "# EOF\n" : "";
      try {
        for (const [index, target] of ["one:80", "two:80"].entries()) {
          const text = answers[index];
          example.answer(target, text === "503" ? text : text + end);
        }
        equal(written(await example.scrape()), expected + end);
        equal(written(example.subset("s")), subset + end);
      } finally {
        example.stop();
      }
    });
  }
}

/** The metrics of targets in short: which are up. */
function written(text: string): string {
  const ups = [...text.matchAll(/^weir_target_up\{.*\} ([01])$/gm)].map(([, isUp]) => isUp);
  const rest = text.replace(/^(# \w+ )?weir_target_.*\n/gm, "");
  const targets = ups.length === 0
    ? rest
    : rest.replace(/(# EOF\n)?$/, `TARGETS ${ups.join(" ")}\n$1`);
  return targets.replaceAll("one:80", "ONE").replaceAll("two:80", "TWO");
}
