import assert from "node:assert/strict";
import { after, test } from "node:test";
import { compileKernel, Kernel } from "../../src/engine/kernel.ts";
import { hashKey, setHashKey } from "../../src/exposition/hash_key.ts";
import { kernelCollisions, unkeyedKernelHash } from "../support/exposition/colliding_texts.ts";
import {
  avalanche,
  longestChain,
  STRUCTURED_KEYS,
  structuredKeys,
} from "../support/exposition/hash_statistics.ts";
import { random } from "../support/random.ts";

const own = [...hashKey];
after(() => setHashKey(own));

const module = compileKernel();
const encoder = new TextEncoder();

function kernelOf(key: readonly number[]): Kernel {
  setHashKey([...key, 0, 0]);
  return new Kernel(module);
}

function hashIn(kernel: Kernel, bytes: Uint8Array): bigint {
  return BigInt.asUintN(64, kernel.exports.longHashOf(kernel.put(0, bytes), bytes.length));
}

/** The definition, with products as they are. */
function wantedHash(words: readonly number[], bytes: Uint8Array): bigint {
  const [first, second] = [0, 2].map((at) => BigInt(words[at]) | BigInt(words[at + 1]) << 32n);
  const folded = (a: bigint, b: bigint) => BigInt.asUintN(64, a * b) ^ a * b >> 64n;
  const word = (at: number, length: number) =>
    bytes.subarray(at, at + length).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
  let seed = second;
  let at = 0;
  for (; bytes.length - at > 16; at += 16) {
    seed = folded(word(at, 8) ^ first, word(at + 8, 8) ^ seed);
  }
  const left = bytes.length - at;
  const [a, b] = left > 8
    ? [word(at, 8), word(at + left - 8, 8)]
    : [word(at, left) << BigInt(8 * (8 - left)), 0n];
  const hash = folded(a ^ first, b ^ seed);
  const turned = BigInt.asUintN(64, hash << 31n | hash >> 33n);
  const both = BigInt.asUintN(
    64,
    (turned ^ BigInt(bytes.length) ^ first) * 0x9fb21c651e98df25n,
  );
  const mixed = BigInt.asUintN(64, (both ^ both >> 28n) * 0xc4ceb9fe1a85ec53n);
  return mixed ^ mixed >> 32n;
}

test("the kernel's hash is the one that is defined, for every length and key", () => {
  const next = random(1);
  const word = () => next(0xffff) * 0x10000 + next(0xffff);
  const keys = [[0, 0, 0, 0], Array<number>(4).fill(0xffffffff)];
  for (let more = 0; more < 20; more++) keys.push([word(), word(), word(), word()]);
  for (const key of keys) {
    const kernel = kernelOf(key);
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, () => next(2) === 0 ? 255 * next(1) : next(255));
      assert.equal(hashIn(kernel, bytes), wantedHash(key, bytes), `${key}, ${length} bytes`);
    }
  }
});

const kernel = kernelOf([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]);
const low = (bytes: Uint8Array) => Number(hashIn(kernel, bytes) & 0xffffffffn);
const high = (bytes: Uint8Array) => Number(hashIn(kernel, bytes) >> 32n);

test("what lies behind a text is no matter", () => {
  const bytes = encoder.encode("http_requests_total");
  const found = hashIn(kernel, bytes);
  const at = kernel.put(0, encoder.encode("http_requests_totally"));
  assert.equal(BigInt.asUintN(64, kernel.exports.longHashOf(at, bytes.length)), found);
});

for (const [name, half] of [["lower", low], ["upper", high]] as const) {
  test(`a bit of the text changes each bit of the ${name} half half the time`, () => {
    for (const length of [2, 7, 8, 20]) {
      const { worst, mean } = avalanche(half, length);
      assert.ok(worst < 0.17, `${length} bytes: ${worst}`);
      assert.ok(mean < 0.07, `${length} bytes: ${mean}`);
    }
  });

  test(`the ${name} half spreads keys that are alike as random numbers are spread`, () => {
    for (const [what, text] of STRUCTURED_KEYS) {
      const longest = longestChain(structuredKeys(text).map(half));
      assert.ok(longest <= 10, `${what}: ${longest} of 16,384 in one of 16,384 slots`);
    }
  });
}

test("texts that were near each other in tables without a key are spread", () => {
  const prefix = 'http_requests_total{path="/';
  const keys = kernelCollisions(1500, prefix, '"}').map((text) =>
    encoder.encode(`${prefix}${text}"}`)
  );
  const slotOf = (hash: bigint) => Number((hash ^ hash >> 32n) & 0xffffn);
  assert.ok(keys.every((key) => slotOf(unkeyedKernelHash(key)) < 256));
  assert.ok(keys.filter((key) => (low(key) & 0xffff) < 256).length < 30);
  assert.ok(longestChain(keys.map(low)) <= 6);
});

/** A line whose values are empty has no pieces beside the one. */
const lineOf = (names: readonly string[]) => `m{${names.map((name) => `${name}="v"`).join()}} 1\n`;

test("pieces of lines that took each other back have another hash", () => {
  const hashOf = (names: readonly string[]) =>
    kernel.exports.hashOfPieces(kernel.put(0, encoder.encode(`${lineOf(names)}${" ".repeat(16)}`)));
  const names = Array.from({ length: 40 }, (_, index) => `l${index}`);
  const plain = hashOf(names);
  const hashes = new Set([plain]);
  // The hash was turned by seven of its 32 bits for each piece: after 32 pieces it lay as before.
  for (const name of ["a", "b", "c", "d"]) hashes.add(hashOf(names.with(3, name).with(35, name)));
  hashes.add(hashOf(names.toReversed())).add(hashOf(names.slice(1)));
  assert.equal(hashes.size, 7);
});
