/** A table of `unicode_tables.ts`: how far each letter is from what it is mapped to. */
export class LetterRuns {
  /** Four numbers for each run: the first letter, the last, the stride, and how far they go. */
  readonly #runs: Int32Array;

  constructor(table: string) {
    let first = 0;
    this.#runs = Int32Array.from(
      table.split(" ").flatMap((run) => {
        const [distance, size, by] = run.split(",").map((number) => Number.parseInt(number, 36));
        first += distance;
        const stride = 1 + (size & 1);
        return [first, first + ((size >> 1) - 1) * stride, stride, by];
      }),
    );
  }

  /** 0 for a letter that is not in the table. */
  distanceOf(code: number): number {
    const runs = this.#runs;
    let low = 0;
    let high = runs.length / 4;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (code > runs[middle * 4 + 1]) low = middle + 1;
      else high = middle;
    }
    const [first, stride, by] = [runs[low * 4], runs[low * 4 + 2], runs[low * 4 + 3]];
    return code >= first && (code - first) % stride === 0 ? by : 0;
  }
}
