import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { parseShard } from "../../src/config/shard.ts";

const SHARDS: [unknown, [index: number, count: number] | undefined][] = [
  ["0/1", [0, 1]],
  ["3/4", [3, 4]],
  ["4095/4096", [4095, 4096]],
  ["weir-0/4", [0, 4]],
  ["weir-gateway-03/4", [3, 4]],
  ["Weir.prod-1/2", [1, 2]],
  ["4/4", undefined],
  ["0/0", undefined],
  ["0/4097", undefined],
  ["weir/4", undefined],
  ["weir-/4", undefined],
  ["weir1/4", undefined],
  ["weir-x1/4", undefined],
  ["-1/4", undefined],
  ["1.5/4", undefined],
  ["1/4/8", undefined],
  ["auto/4", undefined],
  ["auto", undefined],
  ["1", undefined],
  ["1/", undefined],
  ["", undefined],
  [1, undefined],
];

test("shards", () => {
  for (const [input, wanted] of SHARDS) {
    const shard = wanted && { index: wanted[0], count: wanted[1] };
    deepEqual(parseShard(input), shard, `shard ${JSON.stringify(input)}`);
  }
});
