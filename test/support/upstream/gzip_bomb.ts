import { constants, crc32, deflateRawSync } from "node:zlib";

export const PIECE_BYTES = 16 << 20;

/** Gzip of `pieces` times 16 MiB of samples. Its checksum is right for one piece only. */
export function gzipBomb(pieces: number): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const text = Buffer.alloc(PIECE_BYTES, "a_sample 1234 \n\n");
  // Ends at a byte, so that the same can follow.
  const piece = deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH });
  const last = deflateRawSync(new Uint8Array(0));
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(pieces === 1 ? crc32(text) : 0, 0);
  tail.writeUInt32LE((PIECE_BYTES * pieces) % 2 ** 32, 4);
  return Buffer.concat([header, ...Array<Buffer>(pieces).fill(piece), last, tail]);
}
