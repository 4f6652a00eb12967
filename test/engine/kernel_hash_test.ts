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

/**
 * What `hash(bytes((7 * i + 1) & 255 for i in range(n)))` is in CPython 3.11, whose `hash` of bytes is
 * SipHash-1-3 and whose key is 0, or made of PYTHONHASHSEED by `lcg_urandom`.
 */
const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 255, 256, 1000];
const VECTORS = [
  {
    // PYTHONHASHSEED=0
    key: [0, 0, 0, 0],
    hashes: `
      44bc103b1f8540ed b238744ea7a5a1d0 58c04bf1747a31b8 2427d2b30edc6058 63b01940e2c889f5
      59628e596094307d b41012aeee05c7d4 d22d9341176d0728 4ec42971d570753b 566f711d32f59152
      7e6bfb8bf1d36ac4 e11516de8399dc83 1c67696cfcadb9a6 2aeaaeff82fc305b 5c34c6b66e3070ff
      814eabd66a4299eb b2f32f6aad260bc4 f2d7dbb07ff010cc 3af4e6ac741e5c4d
    `,
  },
  {
    // PYTHONHASHSEED=1
    key: [2227053353, 2933288161, 4048130130, 3957963761],
    hashes: `
      c1147c52c3233753 589d93f5e0b92644 c486e8a465f3ca39 3153e9bd766cf8e8 47a56c708f4862e5
      8096d4d8930ed97c 5c994516a4101331 7cbd3a6d1943283b 9820252ce8900e20 8094fdf99c4d6cb4
      2d2a74a1a5662e5f 2b8cf418da5a51ba 78306de0123ef5ea 52d0689ef4086911 002e33b0c2cd32fe
      b67068993e9a4e19 cf618274fe8f58e7 5bafc26828e49641 488adc7c8fd6776f
    `,
  },
  {
    // PYTHONHASHSEED=42
    key: [1758302383, 3696250835, 4271499713, 3105930143],
    hashes: `
      89404b342d44cd29 4fc344472a3a2094 26959a06eaeb2442 a1d7a9a7376deb0b a06552200d6bbe7b
      ef65712f3658e49b 974342723b427029 5403d4956c011be0 c6a346713cc4d6df 18fb9e5793f74ebf
      6ec5ccfda2701062 9885b3ffe755510a 4e9ed244350b06ca c2227b88ba2380ed d3248c9de1f634b8
      99d084a154428838 1f8a861f6b48a60c 46287a20f6bff83e 924955e9268dea35
    `,
  },
];

test("the kernel's hash is SipHash-1-3 as Python has it", () => {
  for (const { key, hashes } of VECTORS) {
    const kernel = kernelOf(key);
    const found = LENGTHS.map((length) =>
      hashIn(kernel, Uint8Array.from({ length }, (_, index) => 7 * index + 1))
    );
    assert.deepEqual(
      found.map((hash) => hash.toString(16).padStart(16, "0")),
      hashes.trim().split(/\s+/),
    );
  }
});

const kernel = kernelOf([1, 2, 3, 4]);
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
    for (const length of [1, 7, 8, 20]) {
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
