import type { Settings } from "../pipeline/settings.ts";
import { FileWatch } from "../runtime/file_watch.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { log } from "../telemetry/log.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";

export interface LiveSettingsOptions {
  readonly read: () => Promise<Settings>;
  /** Told of every new settings before they are in force. */
  readonly apply: (settings: Settings) => Promise<void>;
  readonly metrics: Pick<WeirMetrics, "configReloaded">;
  readonly runtime: Pick<Runtime, "watch">;
}

/** The poll finds changes that no watch reported. */
const POLL_SECONDS = 60;

/**
 * The settings in force, read again when their files change and when asked. All or nothing: what is
 * wrong in any of the files leaves everything as it was.
 */
export class LiveSettings {
  current: Settings;
  readonly #options: LiveSettingsOptions;
  readonly #watch: FileWatch;
  #failure: string | undefined;
  #started = false;

  constructor(initial: Settings, options: LiveSettingsOptions) {
    this.current = initial;
    this.#options = options;
    this.#watch = new FileWatch(options.runtime, () => this.#load());
    options.metrics.configReloaded(true);
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

  get failure(): string | undefined {
    return this.#failure;
  }

  #watchFiles(): void {
    this.#watch.stop();
    const { files } = this.current;
    if (this.#started && files.length > 0) this.#watch.start(files, POLL_SECONDS);
  }

  async #load(): Promise<void> {
    const { read, apply, metrics } = this.#options;
    try {
      const settings = await read();
      if (settings.fingerprint !== this.current.fingerprint) {
        await apply(settings);
        const moved = settings.files.join("\0") !== this.current.files.join("\0");
        this.current = settings;
        if (moved) this.#watchFiles();
        log.info("configuration reloaded", { files: settings.files.join(" ") });
      }
      this.#failure = undefined;
      metrics.configReloaded(true);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      metrics.configReloaded(false);
      if (failure === this.#failure) return;
      this.#failure = failure;
      log.error("configuration not reloaded: the old one stays in force", { error: failure });
    }
  }
}
