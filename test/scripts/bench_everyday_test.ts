import assert from "node:assert/strict";
import { test } from "node:test";
import {
  droppedFrom,
  EVERYDAY_NAMES,
  everydaySample,
  seriesLeft,
  VARIANTS,
} from "../../scripts/bench/everyday_samples.ts";
import { readOptions } from "../../scripts/bench/options.ts";

const sizes: Record<string, { lines: number; bytes: number; whole: number; left: number }> = {
  "node": { lines: 1_073, bytes: 57_689, whole: 507, left: 319 },
  "400x3": { lines: 2_000, bytes: 238_218, whole: 1_200, left: 820 },
  "400x10": { lines: 4_800, bytes: 661_525, whole: 4_000, left: 2_300 },
  "100x60": { lines: 6_200, bytes: 915_242, whole: 6_000, left: 2_700 },
  "50x1000": { lines: 50_100, bytes: 7_526_918, whole: 50_000, left: 22_500 },
};

for (const name of EVERYDAY_NAMES) {
  test(`${name}: as large as the targets speak of, with other values and the same series`, () => {
    const text = everydaySample(name, 1, 0);
    const whole = seriesLeft(text, {});
    const lines = text.split("\n").length - 1;
    const left = seriesLeft(text, droppedFrom(name));
    assert.deepEqual({ lines, bytes: text.length, whole, left }, sizes[name]);
    assert.equal(everydaySample(name, 1, 0), text);
    const other = everydaySample(name, 1, VARIANTS - 1);
    assert.notEqual(other, text);
    const keys = (body: string) => body.split("\n").map((line) => line.replace(/ \S+$/, ""));
    const isSample = (key: string) => !key.startsWith("#");
    assert.deepEqual(keys(other).filter(isSample), keys(text).filter(isSample));
  });
}

test("--only takes the beginning of names, and --paced is ten minutes of scrapes", () => {
  const rows = ["sum", "everyday-node", "everyday-400x3"];
  const options = readOptions(["--only", "everyday,sum", "--paced", "--binary", "a=/b"], rows);
  assert.ok(typeof options !== "string");
  assert.deepEqual(options.only, ["everyday-node", "everyday-400x3", "sum"]);
  assert.deepEqual([options.every, options.scrapes, options.runs], [5, 120, 1]);
  assert.deepEqual([...options.binaries], [["a", "/b"]]);
});

for (
  const [args, found] of [
    [["--only", "every"], "--only: found every, wanted names of --list"],
    [["--scale", "2"], "--scale: found 2, wanted a number above 0, at most 1"],
    [["--runs", "0.5"], "--runs: found 0.5, wanted a whole number from 1"],
    [["--binary", "weir"], "--binary: found weir, wanted NAME=PATH"],
    [["--rest", "0"], "--rest: found 0, wanted seconds above 0"],
  ] as const
) {
  test(`refused: ${args.join(" ")}`, () => {
    assert.equal(readOptions(args, ["everyday-node"]), found);
  });
}
