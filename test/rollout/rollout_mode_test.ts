import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import {
  isEnforced,
  parseRolloutMode,
  type RolloutMode,
  rolloutText,
} from "../../src/rollout/rollout_mode.ts";

const READ: readonly (readonly [unknown, RolloutMode | undefined])[] = [
  ["enforce", "enforce"],
  ["shadow", "shadow"],
  [{ canary: "10%" }, { canary: 0.1 }],
  [{ canary: "2.5 %" }, { canary: 0.025 }],
  [{ canary: "100%" }, { canary: 1 }],
  [{ canary: "0%" }, undefined],
  [{ canary: "101%" }, undefined],
  [{ canary: "-1%" }, undefined],
  [{ canary: "10" }, undefined],
  [{ canary: 0.1 }, undefined],
  [{ canary: "ten%" }, undefined],
  [{ canary: "10%", name: "a" }, undefined],
  [{}, undefined],
  ["Shadow", undefined],
  ["canary", undefined],
  ["", undefined],
  [true, undefined],
  [null, undefined],
  [undefined, undefined],
  [["shadow"], undefined],
];

for (const [input, mode] of READ) {
  test(`a mode: ${JSON.stringify(input)}`, () => deepEqual(parseRolloutMode(input), mode));
}

test("a mode is told as it is configured", () => {
  deepEqual(
    (["shadow", { canary: 0.07 }, { canary: 0.025 }] as const).map((mode) => rolloutText(mode)),
    ["shadow", "canary 7%", "canary 2.5%"],
  );
});

/** Names of pods as Deployments, StatefulSets and hosts have them. */
const FLEETS: Readonly<Record<string, (index: number) => string>> = {
  "a StatefulSet's": (index) => `weir-${index}`,
  "a Deployment's": (index) => `shop-6f7d8c9b5d-${suffix(index)}`,
  "hosts'": (index) => `node${String(index).padStart(4, "0")}.example.org`,
  "addresses": (index) => `10.0.${index >> 8}.${index & 255}:9100`,
};

function suffix(index: number): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from(
    { length: 5 },
    (_, at) => letters[(index * 7919 + at * 104_729 + (index >> at)) % letters.length],
  ).join("") + index;
}

for (const [whose, name] of Object.entries(FLEETS)) {
  const names = Array.from({ length: 1_000 }, (_, index) => name(index));
  const takenIn = (canary: number) => names.filter((one) => isEnforced({ canary }, one));

  test(`canaries over 1,000 names: ${whose}`, () => {
    equal(new Set(names).size, 1_000);
    for (const share of [0.01, 0.05, 0.1, 0.25, 0.5, 0.9]) {
      const { length } = takenIn(share);
      // Three standard deviations.
      const spread = 3 * Math.sqrt(1_000 * share * (1 - share));
      ok(Math.abs(length - 1_000 * share) <= spread, `${share}: ${length}`);
    }
    const { length } = takenIn(0.1);
    ok(length >= 70 && length <= 130, String(length));
    equal(takenIn(1).length, 1_000);
  });

  test(`a larger share only adds names: ${whose}`, () => {
    let before: readonly string[] = [];
    for (let percent = 1; percent <= 100; percent++) {
      const now = new Set(takenIn(percent / 100));
      deepEqual(before.filter((one) => !now.has(one)), []);
      before = [...now];
    }
    equal(before.length, 1_000);
  });
}

test("the same names are taken in by every version", () => {
  const pods = Array.from({ length: 40 }, (_, index) => `weir-${index}`);
  const taken = pods.filter((pod) => isEnforced({ canary: 0.1 }, pod));
  deepEqual(taken, ["weir-5", "weir-7", "weir-18", "weir-21", "weir-32"]);
});

test("an instance without a name is in a canary of all only", () => {
  deepEqual([0.1, 0.99, 1].map((canary) => isEnforced({ canary }, undefined)), [
    false,
    false,
    true,
  ]);
});
