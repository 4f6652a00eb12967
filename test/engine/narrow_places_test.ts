import assert from "node:assert/strict";
import { test } from "node:test";
import { programOf } from "../../src/engine/program.ts";
import { countedCalls } from "../support/engine/counted_calls.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { dropNothing, dropPath, rulesOf } from "../support/lines/series_case.ts";

/* Places in the kernel that were broken on purpose, and that no other test saw. */

test("a value that begins with all of the one before it is known all the same", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const program = programOf(rules, undefined);
  const callsSince = countedCalls(() => {
    const engine = program.take();
    program.release(engine);
    return engine;
  });
  const values = Array.from({ length: 40 }, (_, i) => "1".repeat(i + 1));
  const lines = (path: number) =>
    values.map((value) => `m{a="${value}",b="${value}",path="${value}${path}"} 1\n`);
  const input = [...lines(1), ...lines(2).toReversed(), ...lines(3)].join("");
  for (const scrape of [1, 2]) {
    const { text } = await filterChunks([encode(input)], { rules });
    const expected = values.map((value) => `m{a="${value}",b="${value}"} 3\n`).join("");
    assert.equal(text, expected, `scrape ${scrape}`);
    const { planned } = callsSince();
    assert.ok(planned <= 1, `${planned} lines were planned`);
  }
});

test("a value that fills its room to the last byte leaves the next series alone", async () => {
  const rules = await rulesOf({ rules: dropPath });
  // One key in eight ends where the next series begins.
  for (let length = 1; length <= 8; length++) {
    for (let digits = 20; digits < 40; digits++) {
      const long = `1.${"0".repeat(digits - 2)}`;
      const pad = "x".repeat(length);
      const input = [
        `m{a="${pad}",path="1"} ${long}`,
        `m{a="y",path="1"} 0.1`,
        `m{a="y",path="2"} 0.2`,
        `m{a="${pad}",path="2"} 1`,
        `m{a="y",path="3"} 0`,
      ].join("\n") + "\n";
      const { text } = await filterChunks([encode(input)], { rules });
      const detail = `${length} bytes of a label, ${digits} digits`;
      assert.equal(text, `m{a="${pad}"} 2\nm{a="y"} 0.30000000000000004\n`, detail);
    }
  }
});

test("a comment that only begins as the terminator is none", async () => {
  const input = encode("# EOF or not\nm 1\nm 2\nm 3\n# EOF\n");
  const options = { format: "openmetrics" as const, maxOutputBytes: 27 };
  const { text, stats } = await filterChunks([input], options);
  assert.equal(text, "# EOF or not\nm 1\nm 2\n# EOF\n");
  assert.equal(stats.truncatedBy, "output");
});

test("series stay apart whose keys have one hash", async () => {
  const rules = await rulesOf({ rules: dropNothing });
  // So many of one length that some have.
  const lines = Array.from({ length: 300_000 }, (_, i) => `m{a="${100_000 + i}"} 1\n`);
  const input = encode(lines.join(""));
  for (let scrape = 0; scrape < 2; scrape++) {
    const { stats } = await filterChunks([input], { rules });
    assert.equal(stats.outputSamples, lines.length);
  }
});
