import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryError } from "../../src/lines/aggregation_error.ts";
import { MemoryGuard } from "../../src/scrape/memory_guard.ts";

const MIB = 1024 * 1024;

interface Case {
  readonly what: string;
  readonly limit: number | undefined;
  /** Used before garbage is collected, and after. */
  readonly used: readonly [number | undefined, number | undefined];
  readonly collects: number;
  readonly fails: number;
}

const CASES: readonly Case[] = [
  { what: "no limit", limit: undefined, used: [900, 900], collects: 0, fails: 0 },
  { what: "below the limit", limit: 96, used: [95, 95], collects: 0, fails: 0 },
  { what: "at the limit", limit: 96, used: [96, 96], collects: 0, fails: 0 },
  { what: "garbage above it", limit: 96, used: [97, 50], collects: 1, fails: 0 },
  { what: "above it for good", limit: 96, used: [97, 97], collects: 1, fails: 1 },
  {
    what: "a system that does not say",
    limit: 96,
    used: [undefined, undefined],
    collects: 0,
    fails: 0,
  },
];

for (const { what, limit, used: [before, after], collects, fails } of CASES) {
  test(`${what}: garbage is collected ${collects} times, ${fails} scrapes fail`, () => {
    let used = before;
    const seen = { collects: 0, fails: 0 };
    const guard = new MemoryGuard({
      used: () => used === undefined ? undefined : used * MIB,
      collectGarbage: () => {
        seen.collects++;
        used = after;
      },
    }, () => seen.fails++);
    guard.limit = limit === undefined ? undefined : limit * MIB;
    if (fails === 0) guard.check();
    else {
      assert.throws(() => guard.check(), (error: Error) => {
        assert.ok(error instanceof MemoryError);
        assert.equal(
          error.message,
          "the scrape was given up: Weir holds more memory than limits.memory, 96 MiB",
        );
        return true;
      });
    }
    assert.deepEqual(seen, { collects, fails });
  });
}
