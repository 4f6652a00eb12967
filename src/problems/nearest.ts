/**
 * Returns the candidate that `word` was probably meant to be, for "did you mean", or undefined when
 * none is close: more than a third of the letters differ, and none goes on where `word` ends.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const names = [...candidates];
  const close = names.filter((name) => {
    const allowed = Math.max(1, Math.floor(Math.max(word.length, name.length) / 3));
    return editDistance(word, name) <= allowed;
  });
  if (close.length > 0) return leastDistant(word, close);
  // `max_input_bytes` for `max_input_bytes_per_scrape`, but not `a` for `aggregation`.
  return leastDistant(word, names.filter((name) => name.startsWith(`${word}_`)));
}

/** Returns the candidate that differs least from `word`, however much; the first of several. */
export function leastDistant(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Returns the Levenshtein distance (insertions, deletions and replacements of a letter), with two
 * neighbours that changed places counted as one step, because that is how people mistype.
 */
function editDistance(from: string, to: string): number {
  let above: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) next[j] = Math.min(next[j], above[j - 2] + 1);
    }
    above = row;
    row = next;
  }
  return row[to.length];
}
