import { OPEN_METRICS_TYPE, TEXT_TYPE } from "../../test/support/e2e/upstreams.ts";
import {
  countedOf,
  POISON_LINES,
  type PoisonLine,
} from "../../test/support/gateway/poison_lines.ts";
import { linesOf } from "./exposition_reading.ts";
import type { Fault } from "./fault.ts";
import { type Answer, healthy, responseHead, send } from "./faulty_upstream.ts";
import { Tally } from "./outcome.ts";
import type { Rig } from "./rig.ts";
import { COUNTERS, openMetricsNames } from "./shop.ts";
import { visit } from "./strict_client.ts";

/** One of three targets exposes what Prometheus refuses, or takes though it looks wrong. */
export const POISON_FAULTS: readonly Fault[] = [
  {
    name: "poison-lines",
    what: `${POISON_LINES.length} lines and bodies with Prometheus's own verdict on each`,
    modes: ["gateway"],
    cost: 400,
    run: async (rig) => {
      const tally = new Tally();
      for (const line of POISON_LINES) await provoke(rig, line, tally);
      rig.upstream.answer = healthy;
      const { outcome, finding } = await rig.scrape({ name: "after", what: "" });
      if (outcome !== "complete") tally.add("needless", `the scrape afterwards: ${finding}`);
      return tally;
    },
  },
];

async function provoke(rig: Rig, line: PoisonLine, tally: Tally): Promise<void> {
  rig.upstream.answer = answerOf(line);
  const { url } = rig.instance.weir;
  const { end, status, text } = await visit(url, "/metrics", { boundMs: BOUND_MS });
  const finding = `${line.what} (${JSON.stringify(line.body)}; Prometheus ` +
    `${line.refused ?? "takes it"}): status ${status}, ${JSON.stringify(text.slice(0, 2000))}`;
  if (end !== "clean") return tally.add(end === "hang" ? "hang" : "needless", finding);
  if (status !== 200) return tally.add("needless", finding);
  const lines = linesOf(text);
  const isCounted = countedOf(line) !== undefined;
  const known = lines.filter((line) => KNOWN.test(line));
  const found = rig.instance.judge.judge(`${known.join("\n")}\n`, [COUNTERS]);
  const up = `weir_target_up{target="${rig.upstream.address}"} ${Number(isCounted)}`;
  const isBefore = lines.includes("before 1") === (isCounted && line.body.startsWith("before 1\n"));
  if (found === undefined || !lines.includes(up) || !isBefore) tally.add("silent", finding);
  else tally.add(found, finding);
}

/** Behind the counters that have to stand still. */
function answerOf({ openMetrics, body }: PoisonLine): Answer {
  const type = openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE;
  const text = (openMetrics ? openMetricsNames(COUNTERS) : COUNTERS) + body;
  return ({ socket }) =>
    send(socket, responseHead([`Content-Length: ${text.length}`], "200 OK", type), text);
}

/** What is of the poisonous target in no case, and of the counters before its line. */
const KNOWN = /^(# (HELP|TYPE) )?(shop_|steady_|weir_target_)/;

const BOUND_MS = 20_000;
