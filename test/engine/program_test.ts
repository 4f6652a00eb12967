import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_IDLE_KERNEL_BYTES, MAX_IDLE_KERNELS } from "../../src/bounds.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { KernelPool } from "../../src/kernel/kernel_pool.ts";
import { encode, filterChunks } from "../support/pipeline/filtered.ts";
import { dropPath, rulesOf } from "../support/pipeline/series_case.ts";

test("a kernel that was given back serves the next scrape", () => {
  const pool = new KernelPool(() => {});
  const first = pool.take()!;
  const second = pool.take()!;
  assert.notEqual(first, second);
  pool.release(first);
  assert.equal(pool.take(), first);
});

test("no more kernels wait than are allowed to", () => {
  let made = 0;
  const pool = new KernelPool(() => {}, (module) => {
    made++;
    return new Kernel(module);
  });
  const taken = Array.from({ length: MAX_IDLE_KERNELS + 2 }, () => pool.take()!);
  for (const kernel of taken) pool.release(kernel);
  for (const _ of taken) pool.take();
  assert.equal(made, taken.length + 2);
});

test("a kernel whose memory has grown much is let go", () => {
  const pool = new KernelPool(() => {});
  const kernel = pool.take()!;
  kernel.exports.memory.grow(MAX_IDLE_KERNEL_BYTES / 65_536);
  pool.release(kernel);
  assert.notEqual(pool.take(), kernel);
});

test("where no kernel can be made TypeScript does the work, and it is said once", async () => {
  const failures: unknown[] = [];
  let tries = 0;
  const pool = new KernelPool((error) => failures.push(error), () => {
    tries++;
    throw new Error("no SIMD");
  });
  const rules = await rulesOf({ rules: dropPath });
  for (let scrape = 0; scrape < 3; scrape++) {
    const input = encode('m{path="a"} 1\nm{path="b"} 2\n');
    const { text } = await filterChunks([input], { rules, kernels: pool });
    assert.equal(text, "m 3\n");
  }
  assert.equal(tries, 1);
  assert.deepEqual(failures, [new Error("no SIMD")]);
});

test("a kernel is given back when its scrape has ended", async () => {
  const pool = new KernelPool(() => {});
  const kernel = pool.take()!;
  pool.release(kernel);
  const rules = await rulesOf({ rules: dropPath });
  await filterChunks([encode('m{path="a"} 1\nm{path="b"} 2\n')], { rules, kernels: pool });
  assert.equal(pool.take(), kernel);
});

test("chunks are freed where the input is owned, and their lines come out all the same", async () => {
  const rules = await rulesOf({ rules: [{ action: "drop", source_labels: ["a"], regex: "x" }] });
  const kept = `m{a="${"y".repeat(3000)}"} 1\n`;
  const chunks = ['m{a="x"} 1\nm{a="y"} 2\n', kept, 'm{a="x"} 3\n'].map(encode);
  const { text } = await filterChunks(chunks, { rules, ownsInput: true });
  assert.equal(text, `m{a="y"} 2\n${kept}`);
  assert.deepEqual(chunks.map(({ length }) => length > 0), [false, true, false]);
});
