import { FileWatch } from "../runtime/file_watch.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { log } from "../telemetry/log.ts";
import { messageOf } from "../problems/config_error.ts";

/** What was made of files. */
export interface ReadFiles {
  readonly files: readonly string[];
  /** Equal for equal contents of those files. */
  readonly fingerprint: string;
}

export interface LiveFilesOptions<Content> {
  /** What the log calls it. */
  readonly name: string;
  readonly read: () => Promise<Content>;
  /** Told of every new content before it is in force. */
  readonly apply: (content: Content) => void | Promise<void>;
  /** Told of every attempt to read it. */
  readonly noted: (successful: boolean) => void;
  readonly runtime: Pick<Runtime, "watch">;
}

/** How the last attempt to read files ended. */
export interface FilesState {
  readonly name: string;
  readonly files: readonly string[];
  /** Of the last attempt that read them, or found them unchanged: milliseconds since the Unix epoch. */
  readonly readAtMs: number;
  /** Of the last attempt. */
  readonly triedAtMs: number;
  /** What was wrong at the last attempt; then what was read before stays in force. */
  readonly failure: string | undefined;
}

/** The poll finds changes that no watch reported. */
const POLL_SECONDS = 60;

/**
 * What is in force of files that are read again when they change and on demand. All or nothing:
 * what is wrong in any of the files leaves everything as it was.
 */
export class LiveFiles<Content extends ReadFiles> {
  current: Content;
  readonly #options: LiveFilesOptions<Content>;
  readonly #watch: FileWatch;
  #failure: string | undefined;
  #started = false;
  #triedAtMs = Date.now();
  #readAtMs = this.#triedAtMs;

  constructor(initial: Content, options: LiveFilesOptions<Content>) {
    this.current = initial;
    this.#options = options;
    this.#watch = new FileWatch(options.runtime, () => this.#load());
    options.noted(true);
  }

  start(): void {
    this.#started = true;
    this.#watchFiles();
  }

  stop(): void {
    this.#started = false;
    this.#watch.stop();
  }

  /** Reads everything again. Resolves to undefined, or to what is wrong. */
  async reload(): Promise<string | undefined> {
    await this.#watch.check();
    return this.#failure;
  }

  get state(): FilesState {
    return {
      name: this.#options.name,
      files: this.current.files,
      readAtMs: this.#readAtMs,
      triedAtMs: this.#triedAtMs,
      failure: this.#failure,
    };
  }

  #watchFiles(): void {
    this.#watch.stop();
    const { files } = this.current;
    if (this.#started && files.length > 0) this.#watch.start(files, POLL_SECONDS);
  }

  async #load(): Promise<void> {
    const { name, read, apply, noted } = this.#options;
    this.#triedAtMs = Date.now();
    try {
      const content = await read();
      if (content.fingerprint !== this.current.fingerprint) {
        await apply(content);
        const moved = content.files.join("\0") !== this.current.files.join("\0");
        this.current = content;
        if (moved) this.#watchFiles();
        log.info(`${name} reloaded`, { files: content.files.join(" ") });
      }
      this.#failure = undefined;
      this.#readAtMs = this.#triedAtMs;
      noted(true);
    } catch (error) {
      const failure = messageOf(error);
      noted(false);
      if (failure === this.#failure) return;
      this.#failure = failure;
      log.error(`${name} not reloaded: the old one stays in force`, { error: failure });
    }
  }
}
