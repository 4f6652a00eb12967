import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_TARGET_LABELS } from "../../src/aggregate/target_labels.ts";
import { MAX_IDLE_ENGINE_BYTES, MAX_IDLE_ENGINES } from "../../src/bounds.ts";
import {
  gatewayProgramOf,
  Program,
  programOf,
  uncountedProgramOf,
} from "../../src/engine/program.ts";
import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { encode, engineOf, filterChunks } from "../support/lines/filtered.ts";
import { dropPath, rulesOf } from "../support/lines/series_case.ts";

const NOTHING = { policies: undefined, rules: undefined, aggregation: undefined };

test("an engine that was given back serves the next scrape", () => {
  const program = new Program(NOTHING);
  const first = program.take();
  const second = program.take();
  assert.notEqual(first, second);
  program.release(first);
  assert.equal(program.take(), first);
});

test("no more engines wait than are allowed to", () => {
  const program = new Program(NOTHING);
  const taken = Array.from({ length: MAX_IDLE_ENGINES + 2 }, () => program.take());
  for (const engine of taken) program.release(engine);
  const again = taken.map(() => program.take());
  assert.equal(again.filter((engine) => taken.includes(engine)).length, MAX_IDLE_ENGINES);
});

test("an engine whose memory has grown much is let go", () => {
  const program = new Program(NOTHING);
  const engine = program.take();
  engine.kernel.exports.memory.grow(MAX_IDLE_ENGINE_BYTES / 65_536);
  program.release(engine);
  assert.notEqual(program.take(), engine);
});

test("an engine is given back when its scrape has ended, however it ended", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const program = programOf(rules, undefined);
  const engine = program.take();
  for (const maxOutputBytes of [0, 5]) {
    program.release(engine);
    await filterChunks([encode('m{path="a"} 1\nm{path="b"} 2\n')], { rules, maxOutputBytes });
    assert.equal(program.take(), engine);
    assert.equal(engine.kernel.exports.readers.value, 0);
  }
});

test("a program lives as long as its rules and policies, one for each use", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const policies = await engineOf([]);
  assert.ok(isSeriesRules(rules));
  const programs = [
    () => programOf(rules, policies),
    () => programOf(rules, undefined),
    () => programOf(undefined, policies),
    () => programOf(undefined, undefined),
    () => uncountedProgramOf(rules, policies),
    () => gatewayProgramOf(rules, policies, true),
    () => gatewayProgramOf(rules, policies, false),
  ];
  for (const program of programs) assert.equal(program(), program());
  assert.equal(new Set(programs.map((program) => program())).size, programs.length);
});

test("all targets of a gateway share one engine", async () => {
  const rules = await rulesOf({ rules: dropPath });
  assert.ok(isSeriesRules(rules));
  const program = gatewayProgramOf(rules, undefined, true);
  assert.equal(program.engine, program.engine);
  const reader = program.engine.newReader(NO_TARGET_LABELS, "text");
  assert.notEqual(program.engine.newReader(NO_TARGET_LABELS, "text"), reader);
});

test("chunks are freed where the input is owned, and their lines come out all the same", async () => {
  const rules = await rulesOf({ rules: [{ action: "drop", source_labels: ["a"], regex: "x" }] });
  const kept = `m{a="${"y".repeat(3000)}"} 1\n`;
  const chunks = ['m{a="x"} 1\nm{a="y"} 2\n', kept, 'm{a="x"} 3\n'].map(encode);
  const { text } = await filterChunks(chunks, { rules, ownsInput: true });
  assert.equal(text, `m{a="y"} 2\n${kept}`);
  assert.deepEqual(chunks.map(({ length }) => length > 0), [false, true, false]);
});
