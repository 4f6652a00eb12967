import { FileWatch } from "../../runtime/file_watch.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { parsePolicyFile } from "./parse_policies.ts";
import type { PolicyProvider, ProviderSink } from "./policy_provider.ts";
import { messageOf } from "../../problems/config_error.ts";

export interface FileProviderOptions {
  readonly id: string;
  readonly path: string;
  readonly pollIntervalSeconds: number;
}

/**
 * Policies from a file, loaded again whenever its content has changed. A file that cannot be read or parsed leaves the last good set in force
 * and is reported once.
 */
export class FileProvider implements PolicyProvider {
  readonly id: string;
  readonly isLocal = true;
  readonly #options: FileProviderOptions;
  readonly #runtime: Pick<Runtime, "readFile" | "watch">;
  #sink: ProviderSink | undefined;
  /** What is in force; undefined before the first good load. */
  #content: Uint8Array | undefined;
  #failure: string | undefined;
  readonly #watch: FileWatch;

  constructor(options: FileProviderOptions, runtime: Pick<Runtime, "readFile" | "watch">) {
    this.id = options.id;
    this.#options = options;
    this.#runtime = runtime;
    this.#watch = new FileWatch(runtime, () => this.#load());
  }

  start(sink: ProviderSink): void {
    this.#sink = sink;
    this.#watch.start([this.#options.path], this.#options.pollIntervalSeconds);
    void this.#watch.check();
  }

  reload(): Promise<void> {
    return this.#watch.check();
  }

  stop(): void {
    this.#watch.stop();
    this.#sink = undefined;
  }

  async #load(): Promise<void> {
    if (this.#sink === undefined) return;
    try {
      const content = await this.#runtime.readFile(this.#options.path);
      if (this.#content === undefined || !sameBytes(content, this.#content)) {
        await this.#use(content);
      } else {
        this.#sink?.unchanged();
      }
      this.#failure = undefined;
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  async #use(content: Uint8Array): Promise<void> {
    const entries = await parsePolicyFile(this.#options.path, content);
    this.#content = undefined;
    await this.#sink?.loaded(entries);
    this.#content = content;
  }

  #fail(reason: string): void {
    const place = reason.includes(this.#options.path) ? reason : `${this.#options.path}: ${reason}`;
    const line = place.replace(/\s*\n\s*/g, " ").trim();
    if (line === this.#failure) return;
    this.#failure = line;
    this.#sink?.failed(line);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
