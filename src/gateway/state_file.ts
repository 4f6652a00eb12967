import { type CounterTotalsSink, readCounterTotals } from "../merge/counter_totals_text.ts";
import { oneAtATime } from "../runtime/one_at_a_time.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** The text of what is to be saved, asked for at the moment when it is written. */
export type ProduceState = () => Iterable<Uint8Array>;

export interface StateFileOptions {
  readonly runtime: Pick<Runtime, "readFile" | "replaceFile">;
  /** Told of each save that failed, with an Error that names the file. Must not throw. */
  readonly failed: (error: Error) => void;
}

/**
 * The file in which exported counter totals outlive a restart. It is replaced whole or not at all,
 * by one save at a time. A save that fails is reported and tried again with the next one; nothing
 * but `load` throws. What `load` could not take is never lost to a save: a damaged file is first
 * kept as `<path>.damaged`, and in the place of one that cannot be read nothing is written at all.
 */
export class StateFile {
  readonly #path: string;
  readonly #options: StateFileOptions;
  readonly #save = oneAtATime(() => this.#write());
  /** What the next save writes. */
  #wanted: ProduceState | undefined;
  /** Content that was found and is not yet kept elsewhere. */
  #damaged: Uint8Array | undefined;
  #unreadable: Error | undefined;

  constructor(path: string, options: StateFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Tells `sink` what the file holds: nothing when there is none. Throws an Error that names the file
   * when it cannot be read or is damaged; `sink` has then been told nothing either.
   */
  async load(sink: CounterTotalsSink): Promise<void> {
    const bytes = await this.#read();
    if (bytes === undefined) return;
    try {
      readCounterTotals(bytes, sink);
    } catch (error) {
      this.#damaged = bytes;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.#path}: ${why} (the next save keeps it as ${this.#damagedPath})`);
    }
  }

  /** Whether `load` could not read it: then nothing is saved there. */
  get isUnreadable(): boolean {
    return this.#unreadable !== undefined;
  }

  /**
   * Saves what `produce` gives at the moment when it is written. The newest request wins. Resolves
   * when it is on the disk, or has failed.
   */
  save(produce: ProduceState): Promise<void> {
    this.#wanted = produce;
    return this.#save();
  }

  /** Tries again what has failed. Resolves when no save runs any more. */
  flush(): Promise<void> {
    return this.#save();
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.runtime.readFile(this.#path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      const why = error instanceof Error ? error.message : `${this.#path}: ${error}`;
      this.#unreadable = new Error(`${why} (nothing is saved there until a restart)`);
      throw this.#unreadable;
    }
  }

  async #write(): Promise<void> {
    const produce = this.#wanted;
    if (produce === undefined) return;
    this.#wanted = undefined;
    try {
      if (this.#unreadable !== undefined) throw this.#unreadable;
      await this.#keepDamaged();
      // Taken whole before the first wait: scrapes that end during the write must not be half in it.
      await this.#options.runtime.replaceFile(this.#path, [...produce()]);
    } catch (error) {
      this.#wanted ??= produce;
      this.#options.failed(error instanceof Error ? error : new Error(`${this.#path}: ${error}`));
    }
  }

  async #keepDamaged(): Promise<void> {
    if (this.#damaged === undefined) return;
    await this.#options.runtime.replaceFile(this.#damagedPath, [this.#damaged]);
    this.#damaged = undefined;
  }

  get #damagedPath(): string {
    return `${this.#path}.damaged`;
  }
}

/**
 * Whether a save failed for a reason that lies in the configuration or in the system around it, and
 * not in the disk's state: no such folder, or none that may be written.
 */
export function isMisplaced(error: Error): boolean {
  const cause = error.cause as { readonly code?: unknown } | undefined;
  return MISPLACED.has(cause?.code);
}

const MISPLACED: ReadonlySet<unknown> = new Set(
  ["ENOENT", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "EROFS", "ENAMETOOLONG", "ELOOP"],
);

/** True when there is no such file; `readFile` keeps what the system said as the cause. */
function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}
