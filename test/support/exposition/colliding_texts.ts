/*
 * Texts that collide under hashes without a key: what Weir's tables had before they had one, and what
 * JavaScriptCore has for strings. Each takes a step that forgets what came before, or undoes it.
 */

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~:/?#@!$&'";

/** One step of the hash that `ByteTable` had: four bytes. */
function step(hash: number, word: number): number {
  hash = Math.imul(hash ^ word, 0x9e3779b1);
  return hash ^ hash >>> 15;
}

/** That hash. */
export function unkeyedTableHash(bytes: Uint8Array): number {
  let hash = bytes.length;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) hash = step(hash, wordAt(bytes, at));
  for (; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
}

/**
 * `count` texts of eight characters, at most 100,000, that give `unkeyedTableHash` one hash behind
 * `prefix`, whose length is a multiple of 4, and before `suffix`: the second word takes back what the
 * first one did.
 */
export function tableCollisions(count: number, prefix = "", suffix = ""): string[] {
  const encoder = new TextEncoder();
  const head = encoder.encode(prefix);
  let before = head.length + 8 + encoder.encode(suffix).length;
  for (let at = 0; at < head.length; at += 4) before = step(before, wordAt(head, at));
  const isLetter = new Uint8Array(256);
  for (const byte of encoder.encode(LETTERS)) isLetter[byte] = 1;
  const word = new Uint8Array(8);
  const texts: string[] = [];
  const wanted = step(before, 0x61616161) ^ 0x61616161;
  for (let number = 0; texts.length < count; number++) {
    for (let at = 0, left = number; at < 4; at++, left = Math.floor(left / LETTERS.length)) {
      word[at] = LETTERS.charCodeAt(left % LETTERS.length);
    }
    const second = step(before, wordAt(word, 0)) ^ wanted;
    let isText = true;
    for (let at = 0; at < 4; at++) {
      word[4 + at] = second >>> at * 8 & 255;
      isText &&= isLetter[word[4 + at]] === 1;
    }
    if (isText) texts.push(String.fromCharCode(...word));
  }
  return texts;
}

/** The constant with which JavaScriptCore's hash multiplies what stands 16 bytes before the end. */
const SECRET = "\xc9\xac\x2e\x96\x93\x4b\xb8\x8b";

/**
 * Text number `number` of any number of texts that have one hash in JavaScriptCore, whatever is put
 * before all of them: with that constant in its place the product is 0. (RapidHash.h of WebKit, for
 * more than 16 characters.)
 */
export function stringCollision(number: number): string {
  return "x" + SECRET + String(number).padStart(8, "0");
}

/** The hash that the kernel had, in 64 bits. */
export function unkeyedKernelHash(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let a = BigInt(bytes.length);
  let b = 0x9e3779b97f4a7c15n;
  let at = 0;
  for (; at + 16 <= bytes.length; at += 16) {
    a = BigInt.asUintN(64, (a ^ view.getBigUint64(at, true)) * 0xff51afd7ed558ccdn);
    b = BigInt.asUintN(64, (b ^ view.getBigUint64(at + 8, true)) * 0xc4ceb9fe1a85ec53n);
    a ^= a >> 29n;
    b ^= b >> 31n;
  }
  for (; at < bytes.length; at++) {
    a = BigInt.asUintN(64, (a ^ BigInt(bytes[at])) * 0x100000001b3n);
  }
  const turned = BigInt.asUintN(64, b << 23n | b >> 41n);
  return BigInt.asUintN(64, (a ^ turned) * 0xff51afd7ed558ccdn);
}

/**
 * `count` texts whose slots in a table of the kernel were near each other, behind `prefix` and before
 * `suffix`: 256 of 65,536 slots, which open addressing goes through one by one.
 */
export function kernelCollisions(count: number, prefix = "", suffix = ""): string[] {
  const encoder = new TextEncoder();
  const texts: string[] = [];
  for (let number = 0; texts.length < count; number++) {
    const text = number.toString(36).padStart(8, "0");
    const hash = unkeyedKernelHash(encoder.encode(prefix + text + suffix));
    if (((hash ^ hash >> 32n) & 0xffffn) < 256n) texts.push(text);
  }
  return texts;
}
