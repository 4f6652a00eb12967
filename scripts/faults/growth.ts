import type { WeirProcess } from "../../test/support/e2e/weir_process.ts";
import type { Tally } from "./outcome.ts";

/** Scrapes after which Weir has seen what there is to see, and is to need no more. */
const WARM_AFTER = 50;

/** Garbage that nobody has collected yet: where it is much, it comes and goes by more than 100 MiB. */
const SLACK_MEBIBYTES = 256;
const SLACK_FILES = 64;

/** What a process holds, by its own account. */
export interface Held {
  readonly mebibytes: number;
  readonly files: number;
}

async function heldBy(weir: WeirProcess): Promise<Held> {
  const own = await weir.ownMetrics();
  return {
    mebibytes: own.get("process_resident_memory_bytes")! / 2 ** 20,
    files: own.get("process_open_fds")!,
  };
}

/** Looks at what a Weir holds once it is warm, and in the end. */
export class GrowthWatch {
  #warm: Held | undefined;

  async scraped(weir: WeirProcess, scrapes: number): Promise<void> {
    if (scrapes === WARM_AFTER) this.#warm = await heldBy(weir);
  }

  /** Nothing is said of one that never was warm. */
  async end(weir: WeirProcess, tally: Tally): Promise<void> {
    if (this.#warm === undefined) return;
    const grown = growth(this.#warm, await heldBy(weir));
    if (grown !== undefined) tally.add("grown", grown);
  }
}

/** What has grown beyond all slack between the two, or undefined. */
export function growth(warm: Held, end: Held): string | undefined {
  const told = `${warm.mebibytes.toFixed(0)} MiB and ${warm.files} files after ${WARM_AFTER} ` +
    `scrapes, ${end.mebibytes.toFixed(0)} MiB and ${end.files} files in the end`;
  const isGrown = end.mebibytes > warm.mebibytes + SLACK_MEBIBYTES ||
    end.files > warm.files + SLACK_FILES;
  return isGrown ? told : undefined;
}
