import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteTable } from "../../src/exposition/byte_table.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("keys are numbered as they come and found wherever they lie", () => {
  const table = new ByteTable(10, 1000);
  for (const [number, text] of ["", "a", "ab", "b", "\0"].entries()) {
    const bytes = bytesOf(text);
    assert.equal(table.find(bytes, 0, bytes.length), -1);
    assert.equal(table.add(bytes, 0, bytes.length), number);
  }
  const line = bytesOf("xxabxx");
  assert.equal(table.find(line, 2, 4), 2);
  assert.equal(table.find(line, 2, 3), 1);
  assert.equal(table.find(line, 3, 4), 3);
  assert.equal(table.find(line, 3, 3), 0);
  assert.equal(table.find(line, 1, 3), -1);
  assert.equal(table.size, 5);
});

test("ten thousand keys, twice, with a clear between", () => {
  const table = new ByteTable(10_000, 1_000_000);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 10_000; i++) {
      const bytes = bytesOf(`round ${round} key ${i}`);
      assert.equal(table.add(bytes, 0, bytes.length), i);
    }
    for (let i = 0; i < 10_000; i++) {
      const bytes = bytesOf(`round ${round} key ${i}`);
      assert.equal(table.find(bytes, 0, bytes.length), i);
      const other = bytesOf(`round ${1 - round} key ${i}`);
      assert.equal(table.find(other, 0, other.length), -1);
    }
    table.clear();
    assert.equal(table.size, 0);
  }
});

test("both bounds hold", () => {
  const few = new ByteTable(2, 1000);
  assert.equal(few.hasRoom(1000), true);
  few.add(bytesOf("a"), 0, 1);
  assert.equal(few.hasRoom(1000), false);
  few.add(bytesOf("b"), 0, 1);
  assert.equal(few.hasRoom(0), false);
  assert.throws(() => few.add(bytesOf("c"), 0, 1), { message: "the table is full" });
  const short = new ByteTable(1000, 3);
  short.add(bytesOf("ab"), 0, 2);
  assert.deepEqual([short.hasRoom(1), short.hasRoom(2)], [true, false]);
  short.clear();
  assert.equal(short.hasRoom(3), true);
});
