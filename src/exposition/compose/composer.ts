import type { FamilyEncoder } from "./family_encoder.ts";

/**
 * Puts lifted lines together into families of metrics: whole families, each in one block, its metadata
 * before its samples.
 */
export class Composer {
  /** Lines that were no samples, and are left out. */
  unreadable = 0;
  readonly #encoder: FamilyEncoder;

  constructor(encoder: FamilyEncoder) {
    this.#encoder = encoder;
  }

  /** Takes the next bytes of the lines, wherever they are cut. */
  push(_bytes: Uint8Array): void {
  }

  /** There are no more lines. */
  end(): void {
    this.#encoder.end();
  }
}
