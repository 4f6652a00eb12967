import { equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { MAX_ANALYSIS_BYTES, MAX_INPUT_COUNTERS } from "../../src/bounds.ts";

const docs = resolve(import.meta.dirname!, "../../docs");
const SIZING = readFileSync(`${docs}/sizing.md`, "utf8");
const BENCHMARKS = readFileSync(`${docs}/benchmarks.md`, "utf8");

test("lines and sizes are those of the benchmarks' samples", () => {
  const rows = table("| target ");
  ok(rows.length > 4);
  for (const [target, lines, size] of rows) {
    if (target.startsWith("a gateway")) continue;
    ok(BENCHMARKS.includes(`| ${lines} lines, ${size} `), `${target}: ${lines} lines, ${size}`);
  }
});

test("what was resident is what the benchmarks say", () => {
  for (const [target, , , , peak] of table("| target ")) {
    const figure = peak.replace(" MiB", "");
    const row = BENCHMARKS.split("\n").filter((line) => /^\| peak of /.test(line))
      .find((line) => line.split("|").at(-2)!.match(/\d+/g)?.includes(figure));
    ok(row, `${target}: ${peak}`);
  }
});

test("the bounds are those of the program", () => {
  equal(/(\d+) MiB at most for counting/.exec(SIZING)?.[1], String(MAX_ANALYSIS_BYTES / 2 ** 20));
  const each = Number(/(\d+) bytes for each counter/.exec(SIZING)?.[1]);
  // As docs/aggregation.md has it: 144 MiB for all that can be remembered.
  equal(each * MAX_INPUT_COUNTERS / 2 ** 20, 144);
});

function table(head: string): string[][] {
  const from = SIZING.indexOf(head);
  return SIZING.slice(from, SIZING.indexOf("\n\n", from)).split("\n").slice(2)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}
