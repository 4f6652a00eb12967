/** Texts that can be gone back to, and the characters that they take in all. */
const MOST_STEPS = 200;
const MOST_CHARACTERS = 4_000_000;

/** What is typed within this time is one step. */
const TYPING_MS = 1_000;

/** The texts that an editor had: one history of what was typed and of what buttons wrote. */
export class EditHistory {
  readonly #steps: string[];
  #at = 0;
  #typedAt = -Infinity;

  constructor(text: string = "") {
    this.#steps = [text];
  }

  get canUndo(): boolean {
    return this.#at > 0;
  }

  get canRedo(): boolean {
    return this.#at < this.#steps.length - 1;
  }

  /** Begins anew. */
  reset(text: string): void {
    this.#steps.splice(0, this.#steps.length, text);
    this.#at = 0;
    this.#typedAt = -Infinity;
  }

  /** Notes another text; `now`: when it was typed, in ms. What was undone is gone. */
  write(text: string, now?: number): void {
    if (text === this.#steps[this.#at]) return;
    const isMore = now !== undefined && now - this.#typedAt < TYPING_MS && !this.canRedo;
    this.#typedAt = now ?? -Infinity;
    this.#steps.splice(this.#at + 1);
    if (isMore && this.#at > 0) this.#steps[this.#at] = text;
    else this.#steps.push(text);
    while (this.#steps.length > 2 && (this.#steps.length > MOST_STEPS || this.#isLarge())) {
      this.#steps.shift();
    }
    this.#at = this.#steps.length - 1;
  }

  /** The text before; undefined where there is none. */
  undo(): string | undefined {
    this.#typedAt = -Infinity;
    return this.canUndo ? this.#steps[--this.#at] : undefined;
  }

  redo(): string | undefined {
    this.#typedAt = -Infinity;
    return this.canRedo ? this.#steps[++this.#at] : undefined;
  }

  #isLarge(): boolean {
    return this.#steps.reduce((sum, { length }) => sum + length, 0) > MOST_CHARACTERS;
  }
}
