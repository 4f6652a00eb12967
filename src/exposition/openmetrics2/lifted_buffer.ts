import type { LiftedLines } from "../lifted.ts";
import { LineBuffer } from "../line_buffer.ts";

/** Lifted lines that are put together: `begin`, what the line says, and its newline. */
export class LiftedBuffer extends LineBuffer implements LiftedLines {
  count = 0;
  starts = new Int32Array(256);

  /** Another line begins. */
  begin(): void {
    // One place more than lines, for where the last one ends.
    if (this.count + 2 > this.starts.length) {
      const grown = new Int32Array(this.starts.length * 2);
      grown.set(this.starts);
      this.starts = grown;
    }
    this.starts[this.count++] = this.length;
  }

  /** The lines are all there. */
  close(): LiftedLines {
    this.starts[this.count] = this.length;
    return this;
  }

  override reset(): void {
    super.reset();
    this.count = 0;
  }
}
