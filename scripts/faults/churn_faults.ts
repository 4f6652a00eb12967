import { type Fault, isShort } from "./fault.ts";
import { healthy, responseHead, send } from "./faulty_upstream.ts";
import { GrowthWatch } from "./growth.ts";
import { Tally } from "./outcome.ts";
import { MODES } from "./right_answer.ts";
import type { Rig } from "./rig.ts";
import { COUNTERS } from "./shop.ts";

/** Scrapes of one run, whatever its share is, and of one in which each fault is to come once. */
const SCRAPES = 200;
const FEW = 3;

/** Targets of which nothing is as in the scrape before: right answers, and memory that stays. */
export const CHURN_FAULTS: readonly Fault[] = [
  churn(
    "values-anew",
    "10,000 values of a label, all new in every scrape, 200 times",
    10_000,
    (serial, index) => `anew{id="${serial}-${index}"} ${index}\n`,
  ),
  churn(
    "names-anew",
    "2,000 families, all new in every scrape, 200 times",
    2000,
    (serial, index) => `# TYPE a${serial}_${index} gauge\na${serial}_${index} ${index}\n`,
  ),
  churn(
    "labels-anew",
    "2,000 names of labels, all new in every scrape, 200 times",
    2000,
    (serial, index) => `anew{l${serial}_${index}="v"} ${index}\n`,
  ),
];

function churn(
  name: string,
  what: string,
  count: number,
  line: (serial: number, index: number) => string,
): Fault {
  const textOf = (serial: number) =>
    COUNTERS + Array.from({ length: count }, (_, index) => line(serial, index)).join("");
  const run = async (rig: Rig, scrapes: number) => {
    const tally = new Tally();
    const instance = await rig.launch({ targetTtl: "1s" });
    const { weir } = instance;
    const times = isShort(scrapes) ? FEW : SCRAPES;
    const watch = new GrowthWatch();
    for (let serial = 1; serial <= times; serial++) {
      const text = textOf(serial);
      rig.upstream.answer = ({ socket }) => {
        send(socket, responseHead([`Content-Length: ${text.length}`]), text);
      };
      const fault = { name, what, whole: MODES, reads: () => text };
      const { outcome, finding } = await rig.scrape(fault, instance);
      tally.add(outcome, `scrape ${serial}: ${finding}`);
      await watch.scraped(weir, serial);
    }
    await watch.end(weir, tally);
    rig.upstream.answer = healthy;
    await weir.kill();
    return tally;
  };
  return { name, what, modes: MODES, cost: 1, run };
}
