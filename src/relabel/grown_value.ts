import { MAX_MADE_VALUE_LENGTH } from "../bounds.ts";

/** Rules made a text that no label has: a dozen that double a value make gigabytes of it. */
export class GrownValueError extends Error {
  override readonly name = "GrownValueError";
}

/** Returns what a rule has put together. Throws a GrownValueError where it has grown too long. */
export function ofBoundedLength(text: string): string {
  if (text.length <= MAX_MADE_VALUE_LENGTH) return text;
  throw new GrownValueError(
    `a relabel rule makes a text of ${text.length} characters, wanted ${MAX_MADE_VALUE_LENGTH} at most`,
  );
}
