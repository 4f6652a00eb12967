import assert from "node:assert/strict";
import { test } from "node:test";
import { growth } from "../../scripts/soak/growth.ts";
import { quantile, type SoakSample } from "../../scripts/soak/soak_sample.ts";

/** A sample each second of so many minutes. */
function run(
  minutes: number,
  at: (second: number) => { mebibytes?: number; descriptors?: number },
): SoakSample[] {
  return Array.from({ length: minutes * 60 }, (_, second) => {
    const { mebibytes = 40, descriptors = 12 } = at(second);
    return {
      seconds: second + 1,
      residentMebibytes: mebibytes + 40,
      anonymousMebibytes: mebibytes,
      descriptors,
      p50: 1,
      p99: 2,
      counts: {},
    };
  });
}

const sawtooth = (second: number) => 30 + second % 47;

interface Case {
  readonly samples: SoakSample[];
  readonly leaks: readonly [descriptors: boolean, memory: boolean | undefined];
}

const CASES: Readonly<Record<string, Case>> = {
  "nothing moves": { samples: run(30, () => ({})), leaks: [false, false] },
  "memory that a collector takes back": {
    samples: run(30, (second) => ({ mebibytes: sawtooth(second) })),
    leaks: [false, false],
  },
  "memory that grows under such a swing": {
    samples: run(30, (second) => ({ mebibytes: sawtooth(second) + second / 60 })),
    leaks: [false, true],
  },
  "memory that grows and then stays": {
    samples: run(30, (second) => ({ mebibytes: Math.min(200, 20 + second) })),
    leaks: [false, false],
  },
  "memory that grows very slowly": {
    samples: run(30, (second) => ({ mebibytes: 40 + second / 600 })),
    leaks: [false, false],
  },
  "memory of a short run": {
    samples: run(1, (second) => ({ mebibytes: 40 + second })),
    leaks: [false, undefined],
  },
  "a descriptor a minute": {
    samples: run(60, (second) => ({ descriptors: 12 + second / 60 })),
    leaks: [true, false],
  },
  "descriptors that come and go": {
    samples: run(30, (second) => ({ descriptors: 12 + second % 300 })),
    leaks: [false, false],
  },
  "no sample": { samples: [], leaks: [false, undefined] },
};

for (const [name, { samples, leaks }] of Object.entries(CASES)) {
  test(name, () => {
    const { leaksDescriptors, leaksMemory } = growth(samples);
    assert.deepEqual([leaksDescriptors, leaksMemory], leaks);
  });
}

test("the slope is in MiB a minute", () => {
  const { slope } = growth(run(30, (second) => ({ mebibytes: 40 + second / 20 })));
  assert.ok(Math.abs(slope - 3) < 0.1, String(slope));
});

test("quantiles are values that occurred", () => {
  assert.deepEqual([quantile([], 0.5), quantile([7], 0.99)], [0, 7]);
  assert.deepEqual([quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.99)], [2, 4]);
});
