import { MAX_POLICY_DOCUMENT_BYTES } from "../../bounds.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { parsePolicies } from "../parse_policies.ts";
import type { PolicyProvider, ProviderSink } from "./policy_provider.ts";

export interface FileProviderOptions {
  readonly id: string;
  readonly path: string;
  readonly pollIntervalSeconds: number;
}

/** A change is often several events; they are waited out. */
const SETTLE_MS = 50;

/**
 * Policies from a file. Re-read when its folder changes and, because a watch misses some changes
 * (a ConfigMap's symlink swap, network file systems), at every poll interval too; loaded again only
 * when the content differs. A file that cannot be read or parsed leaves the last good set in force
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
  #poll: ReturnType<typeof setInterval> | undefined;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #unwatch = () => {};
  /** The load that runs or ran last: loads never overtake each other. */
  #loading: Promise<void> = Promise.resolve();
  /** The load that waits for it; whoever asks meanwhile is served by it. */
  #next: Promise<void> | undefined;

  constructor(options: FileProviderOptions, runtime: Pick<Runtime, "readFile" | "watch">) {
    this.id = options.id;
    this.#options = options;
    this.#runtime = runtime;
  }

  start(sink: ProviderSink): void {
    this.#sink = sink;
    this.#unwatch = this.#runtime.watch(this.#options.path, () => {
      clearTimeout(this.#settle);
      this.#settle = setTimeout(() => this.reload(), SETTLE_MS);
    });
    this.#poll = setInterval(() => this.reload(), this.#options.pollIntervalSeconds * 1000);
    this.reload();
  }

  reload(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#loading.then(() => {
        this.#next = undefined;
        return this.#load();
      });
      this.#loading = this.#next;
    }
    return this.#next;
  }

  stop(): void {
    this.#unwatch();
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
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
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  async #use(content: Uint8Array): Promise<void> {
    if (content.length > MAX_POLICY_DOCUMENT_BYTES) {
      throw new Error(`found ${content.length} bytes, wanted ${MAX_POLICY_DOCUMENT_BYTES} at most`);
    }
    // An editor that writes in place empties the file first: that must not drop all policies.
    if (content.length === 0) throw new Error("is empty, wanted policies ([] for none)");
    const entries = await parsePolicies(content);
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
