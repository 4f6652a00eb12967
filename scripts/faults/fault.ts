import type { Answer } from "./faulty_upstream.ts";
import { type Mode, MODES } from "./right_answer.ts";
import type { Rig } from "./rig.ts";
import type { LeavingPoint } from "./strict_client.ts";
import type { Tally } from "./outcome.ts";

export interface Fault {
  readonly name: string;
  /** What happens, in a few words. */
  readonly what: string;
  readonly modes: readonly Mode[];
  /** How many scrapes' time one of it takes: a share of a run is divided by it. */
  readonly cost: number;
  /** Why it cannot be provoked here, if it cannot. */
  readonly missing?: () => string | undefined;
  /** Provokes it in so many scrapes. */
  run(rig: Rig, scrapes: number): Promise<Tally>;
}

/** A fault of the upstream, or of the client, in one scrape. */
export interface ScrapeFault {
  readonly name: string;
  readonly what: string;
  readonly modes?: readonly Mode[];
  readonly answer?: Answer;
  /** What a careful reader finds in the response; by default all of the text. */
  readonly reads?: (text: string) => string;
  /** Modes in which it has to arrive complete: the response is whole, and can be processed. */
  readonly whole?: readonly Mode[];
  /** The client's Accept header; without one it takes what comes. */
  readonly accept?: string;
  /** The client's scrape timeout in seconds. */
  readonly timeoutSeconds?: number;
  readonly cost?: number;
  readonly leaveAt?: LeavingPoint;
  readonly readPauseMs?: number;
  readonly method?: "GET" | "HEAD";
  /** Scrapes under way at once. */
  readonly concurrency?: number;
  readonly before?: (rig: Rig) => Promise<void>;
  readonly after?: (rig: Rig) => Promise<void>;
}

/** Whether each fault is to come once, as in a test: one of much, or of many scrapes, has less then. */
export function isShort(scrapes: number): boolean {
  return scrapes === 1;
}

export function scrapeFault(fault: ScrapeFault): Fault {
  const { name, what, modes = MODES, cost = 1 } = fault;
  return { name, what, modes, cost, run: (rig, scrapes) => rig.scrapeMany(fault, scrapes) };
}
