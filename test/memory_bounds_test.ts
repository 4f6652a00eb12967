import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_KNOWN_BYTES, MAX_PLANS } from "../src/bounds.ts";
import { boundsWithin } from "../src/memory_bounds.ts";
import { usableMemory } from "../src/cli/usable_memory.ts";

const MIB = 1024 * 1024;

const PARTS: readonly (readonly [mebibytes: number | undefined, divisor: number])[] = [
  [undefined, 1],
  [4_096, 1],
  [192, 1],
  [191, 2],
  [96, 2],
  [95, 4],
  [16, 4],
];

for (const [mebibytes, divisor] of PARTS) {
  test(`with ${mebibytes ?? "any number of"} MiB bounds are 1/${divisor} of the usual ones`, () => {
    const bounds = boundsWithin(mebibytes && mebibytes * MIB);
    assert.equal(bounds.knownBytes, MAX_KNOWN_BYTES / divisor);
    assert.equal(bounds.signatures.signatures, MAX_PLANS / divisor);
  });
}

/** In MiB. */
const USABLE: readonly {
  readonly container?: number;
  readonly configured?: number;
  readonly bounds: number | undefined;
  readonly limit: number | undefined;
}[] = [
  { bounds: undefined, limit: undefined },
  { container: 128, bounds: 128, limit: 96 },
  { container: 128, configured: 0, bounds: 128, limit: undefined },
  { container: 128, configured: 120, bounds: 128, limit: 120 },
  { container: 1_024, configured: 96, bounds: 128, limit: 96 },
  { configured: 96, bounds: 128, limit: 96 },
  { configured: 0, bounds: undefined, limit: undefined },
];

for (const { container, configured, bounds, limit } of USABLE) {
  test(`a container of ${container} MiB and limits.memory of ${configured}: ${limit} MiB`, () => {
    const bytes = (mebibytes: number | undefined) =>
      mebibytes === undefined ? undefined : mebibytes * MIB;
    const usage = () => ({ memoryLimitBytes: bytes(container) });
    const usable = usableMemory({ maxMemoryBytes: bytes(configured) }, { usage } as never);
    assert.deepEqual(usable, { containerBytes: bytes(bounds), limitBytes: bytes(limit) });
  });
}
