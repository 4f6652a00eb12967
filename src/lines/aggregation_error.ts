/** A scrape that cannot go on: what it has gathered would be wrong or too much. */
export class AggregationError extends Error {
  override readonly name = "AggregationError";
}
