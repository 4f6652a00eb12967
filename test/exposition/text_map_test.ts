import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ByteHash } from "../../src/exposition/byte_hash.ts";
import { hashKey, setHashKey } from "../../src/exposition/hash_key.ts";
import { groupByText, TextMap, TextSet } from "../../src/exposition/text_map.ts";
import { random } from "../support/random.ts";

const own = [...hashKey];
before(() => setHashKey([0, 0, 0, 0, 1, 2]));
after(() => setHashKey(own));

/** Texts of which each has the hash of another one, or the next number, under the key of these tests. */
function alike(): string[] {
  const hash = new ByteHash();
  const encoder = new TextEncoder();
  const known = new Map<number, string>();
  const found: string[] = [];
  for (let number = 0; found.length < 30; number++) {
    const text = `text ${number}`;
    const bytes = encoder.encode(text);
    hash.take(bytes, 0, bytes.length);
    const other = known.get(hash.low) ?? known.get(hash.low - 1 | 0);
    if (other !== undefined) found.push(other, text);
    known.set(hash.low, text);
  }
  return found;
}

test("it does what a Map does, in the order of arrival, of texts of one hash too", () => {
  const texts = [
    ...alike(),
    "",
    "a",
    "ä",
    "\ud800",
    "\ud801",
    "\ufffd",
    "__proto__",
    "x".repeat(5000),
  ];
  for (let seed = 0; seed < 200; seed++) {
    const next = random(seed);
    const map = new TextMap<number>();
    const wanted = new Map<string, number>();
    for (let step = 0; step < 60; step++) {
      const text = texts[next(texts.length - 1)];
      if (next(40) === 0) {
        map.clear();
        wanted.clear();
      } else if (next(2) === 0) assert.equal(map.delete(text), wanted.delete(text));
      else {
        map.set(text, step);
        wanted.set(text, step);
      }
      for (const each of texts) {
        assert.equal(map.get(each), wanted.get(each));
        assert.equal(map.has(each), wanted.has(each));
      }
      assert.equal(map.size, wanted.size);
      assert.deepEqual([...map], [...wanted]);
      assert.deepEqual([...map.keys()], [...wanted.keys()]);
      assert.deepEqual([...map.values()], [...wanted.values()]);
    }
  }
});

test("what is looked at while it is gone through may be deleted", () => {
  const map = new TextMap([["a", 1], ["b", 2], ["c", 3]]);
  for (const [text] of map) map.delete(text);
  assert.equal(map.size, 0);
});

test("a set of texts has each once", () => {
  const set = new TextSet(["b", "a", "b"]).add("c").add("a");
  assert.deepEqual([...set], ["b", "a", "c"]);
  assert.deepEqual([set.size, set.has("c"), set.has("d")], [3, true, false]);
});

test("groups are in the order of their first members", () => {
  const groups = groupByText(
    [3, 1, 4, 1, 5, 9, 2, 6],
    (number) => number % 2 === 0 ? "even" : "odd",
  );
  assert.deepEqual([...groups], [["odd", [3, 1, 1, 5, 9]], ["even", [4, 2, 6]]]);
});

test("maps and sets that are compared deeply are compared by what they hold", () => {
  assert.deepEqual(new TextMap([["a", 1]]), new TextMap([["a", 1]]));
  assert.notDeepEqual(new TextMap([["a", 1]]), new TextMap([["a", 2]]));
  assert.notDeepEqual(new TextSet(["a"]), new TextSet(["b"]));
  assert.notDeepEqual(new TextSet(["a"]), new TextSet());
});
