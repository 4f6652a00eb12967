/** A growing buffer in which lines and keys are put together from pieces. */
export class LineBuffer {
  bytes = new Uint8Array(1024);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  put(bytes: Uint8Array, start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) this.#grow(end - start);
    const own = this.bytes;
    let at = this.length;
    // A call of `set` costs more than a short loop.
    if (end - start > 96) own.set(bytes.subarray(start, end), at);
    else for (let i = start; i < end; i++) own[at++] = bytes[i];
    this.length += end - start;
  }

  /** Puts again what lies in the buffer, without a view of it. */
  putAgain(start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) this.#grow(end - start);
    this.bytes.copyWithin(this.length, start, end);
    this.length += end - start;
  }

  putByte(byte: number): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = byte;
  }

  /** A number below 2^24, in three bytes. */
  putNumber(number: number): void {
    this.putByte(number & 255);
    this.putByte(number >>> 8 & 255);
    this.putByte(number >>> 16);
  }

  /** Length and bytes: no two sequences of fields are alike. */
  putField(bytes: Uint8Array, start: number, end: number): void {
    this.putNumber(end - start);
    this.put(bytes, start, end);
  }

  putText(text: string): void {
    // A code unit takes three bytes at most.
    if (this.length + text.length * 3 > this.bytes.length) this.#grow(text.length * 3);
    if (text.length <= SHORT && this.#putShort(text)) return;
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  /** False, and nothing is put, where the text is not all ASCII. */
  #putShort(text: string): boolean {
    const own = this.bytes;
    const start = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      own[start + i] = code;
    }
    this.length = start + text.length;
    return true;
  }

  #grow(more: number): void {
    const grown = new Uint8Array((this.length + more) * 2);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** Up to so many characters a loop costs less than a call of the encoder, and its view. */
const SHORT = 64;

const encoder = new TextEncoder();
