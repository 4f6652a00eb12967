/**
 * What all hashes of upstream text are keyed with: random numbers of this process, so that whoever
 * writes the text cannot work out what collides. The kernel has the first four words, `ByteHash` and
 * `TextMap` the last two. Nothing that is hashed is ever written, sent or kept beyond the process.
 */
export let hashKey: Readonly<Uint32Array> = crypto.getRandomValues(new Uint32Array(6));

/** For tests: tables and kernels that are made from now on are keyed with these six words. */
export function setHashKey(words: Iterable<number>): void {
  hashKey = Uint32Array.from(words);
}
