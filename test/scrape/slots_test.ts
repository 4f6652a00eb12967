import assert from "node:assert/strict";
import { test } from "node:test";
import { type Slot, Slots } from "../../src/scrape/slots.ts";

const LONG_MS = 60_000;

function granted(slot: Slot): { release: () => void } {
  assert.ok(typeof slot === "object", String(slot));
  return slot;
}

test("so many are granted at once, the others in their order as slots come free", async () => {
  const slots = new Slots(2);
  const first = granted(await slots.take(2, LONG_MS));
  const second = granted(await slots.take(2, LONG_MS));
  const order: string[] = [];
  const third = slots.take(2, LONG_MS).then((slot) => (order.push("third"), granted(slot)));
  const fourth = slots.take(2, LONG_MS).then((slot) => (order.push("fourth"), granted(slot)));
  assert.equal(slots.waiting, 2);
  assert.equal(await slots.take(2, LONG_MS), "full");
  second.release();
  second.release();
  const { release } = await third;
  assert.deepEqual([order, slots.waiting], [["third"], 1]);
  first.release();
  await fourth;
  release();
  assert.deepEqual([order, slots.waiting], [["third", "fourth"], 0]);
});

test("who waits too long gets none, and takes none from who comes later", async () => {
  const slots = new Slots(2);
  const { release } = granted(await slots.take(1, LONG_MS));
  assert.equal(await slots.take(1, 1), "full");
  release();
  granted(await slots.take(1, LONG_MS));
});

test("who leaves does not wait", async () => {
  const slots = new Slots(2);
  granted(await slots.take(1, LONG_MS));
  const leaving = new AbortController();
  const waiting = slots.take(1, LONG_MS, leaving.signal);
  leaving.abort();
  assert.equal(await waiting, "left");
  assert.equal(slots.waiting, 0);
  assert.equal(await slots.take(1, LONG_MS, leaving.signal), "left");
});

test("fewer slots are in force as soon as enough have come free", async () => {
  const slots = new Slots(2);
  const taken = [granted(await slots.take(2, LONG_MS)), granted(await slots.take(2, LONG_MS))];
  const third = slots.take(1, LONG_MS);
  taken[0].release();
  assert.equal(slots.waiting, 1);
  taken[1].release();
  granted(await third);
});
