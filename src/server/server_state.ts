import type { PolicyEntry } from "../policy/policy_document.ts";
import type { LineTap } from "../scrape/line_tap.ts";
import type { ScrapeContext } from "../scrape/scrape_context.ts";

/** What the handlers of requests share. */
export interface ServerState extends ScrapeContext {
  readonly version: string;
  /** All policies that were loaded: those that are active are in force. */
  readonly policyEntries: () => readonly PolicyEntry[];
  /** Rises with each set of them. */
  readonly policyVersion: () => number;
  readonly tap: LineTap;
  /** True once every policy provider's first load has ended, well or badly. */
  readonly ready: () => boolean;
  /** What is wrong at present, a sentence each. */
  readonly failures: () => readonly string[];
  /** Reads the configuration and the policies again; resolves to what is wrong, if anything. */
  readonly reload: () => Promise<string | undefined>;
  /** Brings counters that are kept elsewhere up to date before the metrics are read. */
  readonly settle: () => void;
}
