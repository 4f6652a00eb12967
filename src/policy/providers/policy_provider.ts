import type { PolicyEntry } from "../policy_document.ts";

/** Where policies come from. */
export interface PolicyProvider {
  readonly id: string;
  /** True when a load needs no network, so that the listener can wait for the first one. */
  readonly isLocal: boolean;
  /** Begins to load; never throws, never waits. What comes of it goes to the sink. */
  start(sink: ProviderSink): void;
  /** Loads again now, as a reload asks for. */
  reload(): Promise<void>;
  /** Tells others what they have not been told yet, before a stop. Never rejects. */
  finish?(): Promise<void>;
  stop(): void;
}

export interface ProviderSink {
  /** A whole new set. Resolves when scrapes begin with it. */
  loaded(entries: readonly PolicyEntry[]): Promise<void>;
  /** A set of an earlier run, in force until a load succeeds. Resolves when scrapes begin with it. */
  restored(entries: readonly PolicyEntry[]): Promise<void>;
  /** The load succeeded and nothing had changed. */
  unchanged(): void;
  /** The load failed; the last good set stays in force. */
  failed(reason: string): void;
}
