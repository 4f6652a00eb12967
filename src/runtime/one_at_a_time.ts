/**
 * Returns what runs `work` now, or once more after the run that is under way: runs never overlap,
 * and whoever asks while one waits is served by that one. The promise is that of the run; `work`
 * must not throw.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    if (next === undefined) {
      next = running.then(() => {
        next = undefined;
        return work();
      });
      running = next;
    }
    return next;
  };
}
