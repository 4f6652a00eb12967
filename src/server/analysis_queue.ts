import { AnalysisTurns } from "./analysis_turns.ts";

interface AnalysisQueue {
  /** What reads a scrape and counts. */
  readonly analyses: AnalysisTurns;
  /** What keeps the counts of one scrape until the next. */
  readonly churns: AnalysisTurns;
}

const queues = new WeakMap<object, AnalysisQueue>();

/** The queue of this server, made when the first analysis is asked for. */
export function analysisQueue(server: object): AnalysisQueue {
  let queue = queues.get(server);
  if (queue === undefined) {
    queue = { analyses: new AnalysisTurns(), churns: new AnalysisTurns() };
    queues.set(server, queue);
  }
  return queue;
}
