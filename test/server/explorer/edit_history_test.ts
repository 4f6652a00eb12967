import { equal } from "node:assert/strict";
import { test } from "node:test";
import { EditHistory } from "../../../src/server/explorer/edit_history.ts";

test("what was written is undone and done again", () => {
  const history = new EditHistory("a");
  history.write("ab");
  history.write("abc");
  equal(history.undo(), "ab");
  equal(history.undo(), "a");
  equal(history.undo(), undefined);
  equal(history.redo(), "ab");
  equal(history.canRedo, true);
  history.write("x");
  equal(history.redo(), undefined);
  equal(history.undo(), "ab");
});

test("what is typed at once is one step, and what a button writes is another", () => {
  const history = new EditHistory("");
  history.write("a", 0);
  history.write("ab", 500);
  history.write("abc", 1_400);
  history.write("abc\nrule");
  history.write("abc\nrule!", 1_500);
  equal(history.undo(), "abc\nrule");
  equal(history.undo(), "abc");
  equal(history.undo(), "");
});

test("the same text is no step", () => {
  const history = new EditHistory("a");
  history.write("a");
  equal(history.canUndo, false);
});

test("steps and characters are bounded", () => {
  const many = new EditHistory("");
  for (let at = 0; at < 1_000; at++) many.write(String(at));
  let steps = 0;
  while (many.undo() !== undefined) steps++;
  equal(steps, 199);
  const large = new EditHistory("");
  for (let at = 0; at < 10; at++) large.write(String(at).repeat(1_000_000));
  steps = 0;
  while (large.undo() !== undefined) steps++;
  equal(steps, 3);
});
