/** Why a sync failed. The message is Weir's own words and holds no secret. */
export class SyncError extends Error {
  /** What others said of it; they may repeat what they were sent, secrets and all. */
  readonly quote: string;

  constructor(message: string, quote = "") {
    super(message);
    this.name = "SyncError";
    this.quote = quote;
  }
}
