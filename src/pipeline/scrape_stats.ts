/** What happened to one scrape's bytes; counted while it runs, read when it has ended. */
export class ScrapeStats {
  /** Decompressed bytes of the upstream's body that were processed. */
  inputBytes = 0;
  /** Bytes handed on, before compression. */
  outputBytes = 0;
  inputLines = 0;
  outputLines = 0;
  inputSamples = 0;
  outputSamples = 0;
  droppedByPolicy = 0;
  overlongLines = 0;
  unparseableLines = 0;
  failedEvaluations = 0;
  /** Which budget ended the scrape early. */
  truncatedBy: "input" | "output" | undefined;
  /** The budget's end must not look like the end of the exposition. */
  broken = false;
}
