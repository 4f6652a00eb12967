/** A growing buffer in which lines are put together from pieces. */
export class LineBuffer {
  bytes = new Uint8Array(1024);
  length = 0;

  reset(): void {
    this.length = 0;
  }

  put(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    // A call of `set` costs more than a short loop.
    if (end - start > 32) this.bytes.set(bytes.subarray(start, end), this.length);
    else for (let i = start, at = this.length; i < end; i++, at++) this.bytes[at] = bytes[i];
    this.length += end - start;
  }

  putByte(byte: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = byte;
  }

  putText(text: string): void {
    this.#reserve(text.length * 3);
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array((this.length + more) * 2);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

const encoder = new TextEncoder();
