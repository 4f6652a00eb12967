import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bytesOf, type FuzzTarget, hold, textOf } from "../../scripts/fuzz/fuzz_target.ts";
import { keepFinding, keptCases } from "../../scripts/fuzz/kept_cases.ts";
import { readOptions } from "../../scripts/fuzz/options.ts";
import { reduceFinding } from "../../scripts/fuzz/reduce_finding.ts";
import { breachOf, inputOf, runTarget } from "../../scripts/fuzz/run_target.ts";
import { fuzzTargets, targetNamed } from "../../scripts/fuzz/targets.ts";

const BOUNDS = { seed: 1, runs: 150, seconds: 3, findings: 1 };

for (const target of fuzzTargets) {
  test(`${target.name}: ${target.what}`, async () => {
    const { runs, findings } = await runTarget(target, BOUNDS);
    for (const { seed, rule, detail } of findings) assert.fail(`seed ${seed}: ${rule}: ${detail}`);
    assert.ok(runs > 0);
  });

  test(`${target.name}: a seed makes one input`, () => {
    assert.deepEqual(inputOf(target, 7), inputOf(target, 7));
    assert.notDeepEqual(inputOf(target, 7), inputOf(target, 8));
  });
}

for (const { name, target, input } of keptCases()) {
  test(`kept: ${name}`, async () => {
    assert.deepEqual(await breachOf(targetNamed(target), input), undefined);
  });
}

/** Breaks at an `a` that stands somewhere before a `b`. */
const toy: FuzzTarget = {
  name: "toy",
  what: "",
  reduced: { text: "bytes", lines: "lines" },
  generate: (next) => ({
    text: bytesOf(Array.from({ length: 40 }, () => "abcx"[next(3)]).join("")),
    lines: bytesOf("one\ntwo\nthree\n"),
    whole: bytesOf("whole"),
  }),
  check: async (input) => {
    await Promise.resolve();
    hold(!/a.*b/.test(textOf(input, "text")), "a before b", () => textOf(input, "text"));
  },
};

test("a finding is made as small as it goes and kept as a case that fails", async () => {
  const { findings } = await runTarget(toy, { seed: 1, runs: 50, seconds: 60, findings: 1 });
  const reduced = await reduceFinding(toy, findings[0]);
  assert.equal(reduced.rule, "a before b");
  const texts = ["text", "lines", "whole"].map((file) => textOf(reduced.input, file));
  assert.deepEqual(texts, ["ab", "", "whole"]);

  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  try {
    keepFinding(reduced, folder);
    const [kept] = keptCases(folder);
    assert.equal(kept.name, `toy/a_before_b_${reduced.seed}`);
    assert.deepEqual(await breachOf(toy, kept.input), { rule: "a before b", detail: "ab" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the command line is read, or told what is wrong with it", () => {
  const known = ["a", "b"];
  assert.deepEqual(readOptions(["--target", "b,a", "--seconds", "5", "--seed", "9"], known), {
    targets: ["b", "a"],
    seconds: 5,
    runs: Infinity,
    seed: 9,
    list: false,
  });
  const errors = [
    [["--target", "c"], "--target: found c, wanted names of --list"],
    [["--seconds", "0"], "--seconds: found 0, wanted a number above 0"],
    [["--runs", "x"], "--runs: found x, wanted a number above 0"],
    [["--seed", "1.5"], "--seed: found 1.5, wanted a whole number from 0"],
  ] as const;
  for (const [args, problem] of errors) {
    assert.equal(readOptions(args, known), problem);
  }
});
