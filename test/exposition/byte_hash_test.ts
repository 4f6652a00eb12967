import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ByteHash } from "../../src/exposition/byte_hash.ts";
import { hashKey, setHashKey } from "../../src/exposition/hash_key.ts";
import {
  stringCollision,
  tableCollisions,
  unkeyedTableHash,
} from "../support/exposition/colliding_texts.ts";
import {
  avalanche,
  longestChain,
  STRUCTURED_KEYS,
  structuredKeys,
} from "../support/exposition/hash_statistics.ts";

const own = [...hashKey];
const KEY = [0, 0, 0, 0, 0x03020100, 0x07060504];
before(() => setHashKey(KEY));
after(() => setHashKey(own));

const hash = new ByteHash();
function low(bytes: Uint8Array): number {
  hash.take(bytes, 0, bytes.length);
  return hash.low;
}
function high(bytes: Uint8Array): number {
  hash.take(bytes, 0, bytes.length);
  return hash.high;
}
const encoder = new TextEncoder();

/** Of 0 to 63 bytes 0, 1, 2…: `test_vectors_hsiphash` of Linux's lib/tests/siphash_kunit.c, of 32 bits. */
const VECTORS = `
5814c896 e7e864ca bc4b0e30 01539939 7e059ea6 88e3d89b a0080b65 9d38d9d6 577999b1 c839caed e4fa32cf
959246ee 6b28096c 66dd9cd6 16658a7c d0257b04 8b31d501 2b1cd04b 06712339 522aca67 911bb605 90a65f0e
f826ef7b 62512deb 57150ad7 5d473507 1ec47442 ab64afd3 0a4100d0 6d2ce652 2331b6a3 08d8791a bc6dda8d
e0f6c934 b0652033 9b9851cc 7c46fb7f 732ba8cb f142997a fcc9aa1b 05327eb2 e110131c f9e5e7c0 a7d708a6
11795ab1 65671619 9f5fff91 d89c5267 007783eb 95766243 ab639262 9c7e1390 c368dda6 38ddc455 fa13d379
979ea4e8 53ecd77e 2ee80657 33dbb66a ae3f0577 88b4c4cc 3e7f480b 74c1ebf8 87178304`.trim().split(
  /\s/,
);

test("the lower half is HalfSipHash-1-3 as Linux has it", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, index) => index);
  const found = VECTORS.map((_, length) => (low(bytes.subarray(0, length)) >>> 0).toString(16));
  assert.deepEqual(found.map((text) => text.padStart(8, "0")), VECTORS);
});

test("where the bytes lie is no matter", () => {
  const bytes = encoder.encode("....http_requests_total....");
  hash.take(bytes, 4, bytes.length - 4);
  const { low: lower, high: higher } = hash;
  assert.equal(lower, low(encoder.encode("http_requests_total")));
  assert.equal(higher, high(encoder.encode("http_requests_total")));
});

test("another seed or another key gives another hash", () => {
  const bytes = encoder.encode("/api/v1/users");
  const hashes = new Set([low(bytes), high(bytes)]);
  hash.take(bytes, 0, bytes.length, 1);
  hashes.add(hash.low).add(hash.high);
  for (const word of [4, 5]) {
    setHashKey(KEY.with(word, 0x80000000));
    hashes.add(low(bytes)).add(high(bytes));
  }
  setHashKey(KEY);
  assert.equal(hashes.size, 8);
});

for (const [name, half] of [["lower", low], ["upper", high]] as const) {
  test(`a bit of the text changes each bit of the ${name} half half the time`, () => {
    for (const length of [1, 3, 4, 8, 13, 40]) {
      const { worst, mean } = avalanche(half, length);
      assert.ok(worst < 0.17, `${length} bytes: ${worst}`);
      assert.ok(mean < 0.07, `${length} bytes: ${mean}`);
    }
  });

  for (const [what, text] of STRUCTURED_KEYS) {
    test(`the ${name} half spreads ${what} as random numbers are spread`, () => {
      const longest = longestChain(structuredKeys(text).map(half));
      assert.ok(longest <= 10, `${longest} of 16,384 in one of 16,384 slots`);
    });
  }
}

test("texts that collided in tables without a key are spread, behind any beginning", () => {
  for (const prefix of ["", "/api", `requests{path="/`]) {
    const keys = tableCollisions(1 << 14, prefix, '"}').map((text) =>
      encoder.encode(`${prefix}${text}"}`)
    );
    assert.equal(new Set(keys.map(unkeyedTableHash)).size, 1);
    assert.equal(new Set(keys.map((key) => key.join())).size, keys.length);
    for (const half of [low, high]) {
      const longest = longestChain(keys.map(half));
      assert.ok(longest <= 10, `${longest} of 16,384 in one of 16,384 slots`);
    }
  }
});

test("so are those that collide in JavaScriptCore", () => {
  const keys = structuredKeys(stringCollision);
  for (const half of [low, high]) assert.ok(longestChain(keys.map(half)) <= 10);
});
