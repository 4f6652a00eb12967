import { MAX_WAITING_ANALYSES } from "../bounds.ts";
import { Turns } from "../gateway/turns.ts";

/** Too many wait already, or one has waited for too long. */
export class Busy extends Error {
  constructor() {
    super("other analyses are under way: try again in a few seconds");
    this.name = "Busy";
  }
}

/** Lets analyses run one after the other, so that the memory of one is enough. */
export class AnalysisTurns {
  readonly #turns = new Turns();
  #present = 0;

  /** Waits up to `seconds` for its turn. Throws a Busy, what `work` throws, or the signal's reason. */
  async run<Result>(
    signal: AbortSignal,
    seconds: number,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (this.#present > MAX_WAITING_ANALYSES) throw new Busy();
    this.#present++;
    try {
      const leave = await this.#turns.enter(signal, seconds);
      if (leave === undefined) throw new Busy();
      try {
        return await work();
      } finally {
        leave();
      }
    } finally {
      this.#present--;
    }
  }
}

interface AnalysisQueue {
  /** What reads a scrape and counts. */
  readonly analyses: AnalysisTurns;
  /** What keeps the counts of one scrape until the next. */
  readonly churns: AnalysisTurns;
}

const queues = new WeakMap<object, AnalysisQueue>();

/** The queue of this server, made for the first analysis. */
export function analysisQueue(server: object): AnalysisQueue {
  let queue = queues.get(server);
  if (queue === undefined) {
    queue = { analyses: new AnalysisTurns(), churns: new AnalysisTurns() };
    queues.set(server, queue);
  }
  return queue;
}
