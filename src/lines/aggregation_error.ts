/** A scrape that cannot go on: what it has gathered would be wrong or too much. */
export class AggregationError extends Error {
  override readonly name = "AggregationError";
}

/** The process has too little memory to go on with the scrape. */
export class MemoryError extends AggregationError {}
