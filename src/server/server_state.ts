import type { PolicyEntry } from "../policy/policy_document.ts";
import type { ProviderState } from "../policy/providers/policy_store.ts";
import type { LineTap } from "../scrape/line_tap.ts";
import type { ScrapeContext } from "../scrape/scrape_context.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";
import type { FilesState } from "./live_files.ts";

/** A path whose scrapes have settings, counters and state of their own. */
export interface Route {
  readonly path: `/${string}`;
  readonly context: ScrapeContext;
  /** All policies of its providers: those that are active are in force. */
  readonly policyEntries: () => readonly PolicyEntry[];
}

/** What the handlers of requests share. What it has of a scrape's context is that of the main route. */
export interface ServerState extends ScrapeContext {
  /** All of them, in the order in which they are tried. */
  readonly routes: () => readonly Route[];
  readonly version: string;
  readonly metrics: WeirMetrics;
  /** All policies that were loaded: those that are active are in force. */
  readonly policyEntries: () => readonly PolicyEntry[];
  /** Rises with each set of them. */
  readonly policyVersion: () => number;
  readonly tap: LineTap;
  /** True once every policy provider's first load has ended, well or badly. */
  readonly ready: () => boolean;
  readonly process: {
    /** The commit that it was built from. */
    readonly revision: string;
    /** With its version. */
    readonly runtime: string;
    /** Milliseconds since the Unix epoch. */
    readonly startedAtMs: number;
  };
  /** What is read from files: the configuration first, then the web configuration where there is one. */
  readonly files: () => readonly FilesState[];
  /** The policy providers in their order. */
  readonly providers: () => readonly ProviderState[];
  /** Reads the configuration and the policies again; resolves to what is wrong, if anything. */
  readonly reload: () => Promise<string | undefined>;
}
