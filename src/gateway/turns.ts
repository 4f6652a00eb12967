/** Lets one at a time go on, in the order of their coming. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Resolves to what ends the turn; to undefined when `seconds` pass before it begins. Rejects with
   * the signal's reason when that is aborted before.
   */
  async enter(signal: AbortSignal, seconds: number): Promise<(() => void) | undefined> {
    signal.throwIfAborted();
    let leave = () => {};
    const before = this.#last;
    this.#last = new Promise((resolve) => leave = resolve);
    const begun = await begins(before, signal, seconds).catch((reason) => {
      void before.then(leave);
      throw reason;
    });
    if (begun) return leave;
    void before.then(leave);
    return undefined;
  }
}

/** False when the time is up first. */
function begins(before: Promise<void>, signal: AbortSignal, seconds: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onAbort = () => end(() => reject(signal.reason));
    const timer = setTimeout(() => end(() => resolve(false)), seconds * 1000);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    signal.addEventListener("abort", onAbort);
    void before.then(() => end(() => resolve(true)));
  });
}
