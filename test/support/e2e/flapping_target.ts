import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { httpUpstream, OPEN_METRICS_TYPE, TEXT_TYPE } from "./upstreams.ts";

export const GAUGES_PER_TARGET = 60;
export const SHARED_COUNTERS = 20;

const BOUNDS = ["0.1", "1.0", "10.0", "+Inf"];

/**
 * A target that answers most scrapes and lets the others down in every way. Each answer's number is
 * the value of all its gauges; it adds 1 to each of its counters, which all targets share by name.
 */
export async function flappingTarget(
  context: TestContext,
  name: string,
  random: () => number,
): Promise<string> {
  const state = { answers: 0, counted: 0, startedSeconds: 1_700_000_000 };
  return await httpUpstream(context, (request, response) => {
    const chance = random();
    if (chance < 0.1) return void response.writeHead(500).end("broken\n");
    if (chance < 0.15) return;
    if (chance < 0.25) {
      state.counted = 0;
      state.startedSeconds = Date.now() / 1000;
    }
    state.answers++;
    state.counted++;
    answer(request, response, exposition(name, state), chance > 0.85 ? random() : 1);
  });
}

/** The same without failures and restarts: so there is always one target that can be read. */
export function steadyTarget(context: TestContext, name: string): Promise<string> {
  return flappingTarget(context, name, () => 0.5);
}

interface State {
  readonly answers: number;
  readonly counted: number;
  readonly startedSeconds: number;
}

function exposition(name: string, { answers, counted, startedSeconds }: State): string[] {
  const numbered = (count: number) => Array.from({ length: count }, (_, at) => at);
  return [
    "# TYPE process_start_time_seconds gauge",
    `process_start_time_seconds{target="${name}"} ${startedSeconds}`,
    "# TYPE flap_answer gauge",
    ...numbered(GAUGES_PER_TARGET).map((at) =>
      `flap_answer{target="${name}",item="${at}"} ${answers}`
    ),
    "# TYPE flap_seconds histogram",
    ...BOUNDS.map((bound, at) => `flap_seconds_bucket{le="${bound}"} ${counted * (at + 1)}`),
    `flap_seconds_sum ${counted}`,
    `flap_seconds_count ${counted * BOUNDS.length}`,
    "# TYPE flap_requests{total} counter",
    ...numbered(SHARED_COUNTERS).map((at) => `flap_requests_total{item="${at}"} ${counted}`),
  ];
}

/** Sends `part` of the body and breaks off where that is not all. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  lines: readonly string[],
  part: number,
): void {
  const isOpen = request.headers.accept?.includes("openmetrics") ?? false;
  const text = lines.join("\n").replace("{total}", isOpen ? "" : "_total");
  const body = `${text}\n${isOpen ? "# EOF\n" : ""}`;
  response.writeHead(200, { "content-type": isOpen ? OPEN_METRICS_TYPE : TEXT_TYPE });
  if (part === 1) return void response.end(body);
  response.write(body.slice(0, Math.floor(body.length * part)));
  setTimeout(() => response.destroy(), 5);
}
