/** One subset's exposition, as the last whole scrape left it. */
export interface SubsetSnapshot {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly contentType: string | null;
  /** Unix time of its scrape in milliseconds. */
  readonly scrapedAtMs: number;
  /** A byte limit cut it short, and it says so. */
  readonly isTruncated: boolean;
}

/** What `/metrics/<name>` answers with. A scrape replaces the snapshots of all subsets at once. */
export class SubsetSnapshots {
  #byName: ReadonlyMap<string, SubsetSnapshot> = new Map();
  #client = "";

  /** `client`: as `replace` was told; what was scraped for another one is not for this one. */
  get(name: string, client = ""): SubsetSnapshot | undefined {
    return client === this.#client ? this.#byName.get(name) : undefined;
  }

  /** Lets go of subsets that are not configured any more. */
  retain(names: { has(name: string): boolean }): void {
    this.#byName = new Map([...this.#byName].filter(([name]) => names.has(name)));
  }

  /**
   * Puts the snapshots of one scrape in force. A subset that is not among them keeps its last one,
   * and so do all when a later scrape was quicker. `client` tells for whom the upstream was asked,
   * where it may answer others differently.
   */
  replace(snapshots: ReadonlyMap<string, SubsetSnapshot>, client = ""): void {
    const merged = new Map(client === this.#client ? this.#byName : []);
    this.#client = client;
    for (const [name, snapshot] of snapshots) {
      const known = merged.get(name);
      if (known === undefined || known.scrapedAtMs <= snapshot.scrapedAtMs) {
        merged.set(name, snapshot);
      }
    }
    this.#byName = merged;
  }
}
