/**
 * Aho-Corasick over UTF-16 code units: finds which of thousands of literals occur in a text, in one
 * pass. The trie lies in flat arrays (children as linked lists): 8,000 policies take some 100,000
 * nodes, and an object each would cost tens of megabytes.
 */
export class LiteralAutomaton {
  #size = 1;
  #unit = new Uint16Array(1024);
  #firstChild = new Int32Array(1024);
  #sibling = new Int32Array(1024);
  /** The literal that ends at a node, plus one. */
  #literal = new Int32Array(1024);
  #literals = 0;
  #fail = new Int32Array(0);
  /** The nearest node on the chain of suffixes at which a literal ends, itself excluded. */
  #suffix = new Int32Array(0);
  /** Children of the root by code unit, where every search spends most of its time. */
  #root = new Int32Array(128);

  /** Adds a literal and returns its number; equal literals share one. Only before `build`. */
  add(literal: string): number {
    let node = 0;
    for (let i = 0; i < literal.length; i++) {
      const unit = literal.charCodeAt(i);
      node = this.#child(node, unit) || this.#append(node, unit);
    }
    if (this.#literal[node] === 0) this.#literal[node] = ++this.#literals;
    return this.#literal[node] - 1;
  }

  /** Links the nodes; has to be called once, after the last `add`. */
  build(): void {
    this.#fail = new Int32Array(this.#size);
    this.#suffix = new Int32Array(this.#size);
    for (let unit = 0; unit < this.#root.length; unit++) this.#root[unit] = this.#scan(0, unit);
    const queue = new Int32Array(this.#size);
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const node = queue[head];
      for (let child = this.#firstChild[node]; child !== 0; child = this.#sibling[child]) {
        const fail = node === 0 ? 0 : this.#step(this.#fail[node], this.#unit[child]);
        this.#fail[child] = fail;
        this.#suffix[child] = this.#literal[fail] !== 0 ? fail : this.#suffix[fail];
        queue[tail++] = child;
      }
    }
  }

  /** Calls `found` with the number of each literal that occurs, once per place where it ends. */
  search(text: string, found: (literal: number) => void): void {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      node = this.#step(node, text.charCodeAt(i));
      let end = this.#literal[node] !== 0 ? node : this.#suffix[node];
      for (; end !== 0; end = this.#suffix[end]) found(this.#literal[end] - 1);
    }
  }

  #step(node: number, unit: number): number {
    for (;;) {
      const child = this.#child(node, unit);
      if (child !== 0 || node === 0) return child;
      node = this.#fail[node];
    }
  }

  #child(node: number, unit: number): number {
    const quick = node === 0 && unit < this.#root.length && this.#fail.length > 0;
    return quick ? this.#root[unit] : this.#scan(node, unit);
  }

  #scan(node: number, unit: number): number {
    let child = this.#firstChild[node];
    while (child !== 0 && this.#unit[child] !== unit) child = this.#sibling[child];
    return child;
  }

  #append(parent: number, unit: number): number {
    if (this.#size === this.#unit.length) this.#grow();
    const node = this.#size++;
    this.#unit[node] = unit;
    this.#sibling[node] = this.#firstChild[parent];
    this.#firstChild[parent] = node;
    return node;
  }

  #grow(): void {
    const length = this.#unit.length * 2;
    const unit = new Uint16Array(length);
    unit.set(this.#unit);
    this.#unit = unit;
    this.#firstChild = grown(this.#firstChild, length);
    this.#sibling = grown(this.#sibling, length);
    this.#literal = grown(this.#literal, length);
  }
}

function grown(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(numbers);
  return copy;
}
