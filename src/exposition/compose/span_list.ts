/** Places in bytes, each from its start to its end; one object is reused for many metrics. */
export class SpanList {
  count = 0;
  #offsets = new Int32Array(32);

  clear(): void {
    this.count = 0;
  }

  add(start: number, end: number): void {
    const at = this.count * 2;
    if (at === this.#offsets.length) {
      const grown = new Int32Array(at * 2);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[at] = start;
    this.#offsets[at + 1] = end;
    this.count++;
  }

  /** All of them lie so many bytes further on. */
  move(bytes: number): void {
    for (let i = 0; i < this.count * 2; i++) this.#offsets[i] += bytes;
  }

  setLast(start: number, end: number): void {
    this.#offsets[this.count * 2 - 2] = start;
    this.#offsets[this.count * 2 - 1] = end;
  }

  start(index: number): number {
    return this.#offsets[index * 2];
  }

  end(index: number): number {
    return this.#offsets[index * 2 + 1];
  }
}
