import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { parseDuration, parseSize } from "../../src/config/units.ts";

const DURATIONS: [unknown, number | undefined][] = [
  ["15s", 15],
  ["1m30s", 90],
  ["500ms", 0.5],
  ["1.5s", 1.5],
  ["1h2m3s4ms", 3723.004],
  ["1d", 86_400],
  ["15", 15],
  ["0", 0],
  [15, 15],
  [0.25, 0.25],
  ["", undefined],
  ["s", undefined],
  ["15 s", undefined],
  ["1000000000ns", 1],
  ["100us", 0.0001],
  ["250\u00b5s", 0.00025],
  ["250\u03bcs", 0.00025],
  [".5s", 0.5],
  ["1.s", 1],
  ["+5s", 5],
  ["+0", 0],
  ["1h.5m1.s", 3631],
  [".", undefined],
  [".s", undefined],
  ["+", undefined],
  ["++5s", undefined],
  ["1s+1s", undefined],
  ["1S", undefined],
  ["-1s", undefined],
  ["15x", undefined],
  ["15s ", undefined],
  [-1, undefined],
  [Infinity, undefined],
  [null, undefined],
];

test("durations become seconds", () => {
  for (const [input, seconds] of DURATIONS) {
    deepEqual(parseDuration(input), seconds, `duration ${JSON.stringify(input)}`);
  }
});

const SIZES: [unknown, number | undefined][] = [
  ["10MiB", 10_485_760],
  ["10mib", 10_485_760],
  ["64Mi", 67_108_864],
  ["1GB", 1_000_000_000],
  ["1 GB", 1_000_000_000],
  ["500k", 500_000],
  ["1.5KiB", 1536],
  ["1TiB", 1_099_511_627_776],
  ["100B", 100],
  ["100", 100],
  ["0", 0],
  [0, 0],
  [10_485_760, 10_485_760],
  ["", undefined],
  ["1.5", undefined],
  ["1.5B", undefined],
  ["1XB", undefined],
  ["i", undefined],
  ["10iB", undefined],
  ["-1", undefined],
  [-1, undefined],
  [1.5, undefined],
  ["99999999999GiB", undefined],
  [true, undefined],
];

test("sizes become bytes", () => {
  for (const [input, bytes] of SIZES) {
    deepEqual(parseSize(input), bytes, `size ${JSON.stringify(input)}`);
  }
});
