import type { Fault, ScrapeFault } from "./fault.ts";
import { bytesOf, type Exchange, responseHead } from "./faulty_upstream.ts";
import type { Instance } from "./instance.ts";
import { Tally } from "./outcome.ts";
import { MODES } from "./right_answer.ts";
import type { Rig } from "./rig.ts";
import { goOn } from "./state_restart.ts";

/** How much of a response is out when the signal is sent. */
type Phase = (sizes: { head: number; all: number }) => number;

const BEFORE_HEAD: Phase = () => 0;
const BEHIND_HEAD: Phase = ({ head }) => head;
const MID_BODY: Phase = ({ head, all }) => (head + all) >> 1;

/** Weir is told to stop while a scrape runs, which ends first; or is killed. */
export const STOP_FAULTS: readonly Fault[] = [
  stop("sigterm-idle", "SIGTERM when nothing runs", undefined),
  stop("sigterm-before-head", "SIGTERM before the upstream answers", BEFORE_HEAD),
  stop("sigterm-behind-head", "SIGTERM behind the upstream's head", BEHIND_HEAD),
  stop("sigterm-mid-body", "SIGTERM in the middle of the body", MID_BODY),
  {
    name: "sigkill-mid-body",
    what: "SIGKILL in the middle of the body; a gateway goes on from its state",
    modes: MODES,
    cost: 30,
    run: async (rig, scrapes) => {
      const tally = new Tally();
      for (let scrape = 0; scrape < scrapes; scrape++) {
        const instance = await rig.launch();
        const fault: ScrapeFault = { name: "killed", what: "", answer: () => {} };
        const { outcome, finding } = await duringScrape(rig, instance, fault, MID_BODY, () => {
          instance.weir.signal("SIGKILL");
        });
        tally.add(outcome, finding);
        await instance.weir.exited;
        if (rig.mode === "gateway") await goOn(rig, instance, tally);
      }
      return tally;
    },
  },
];

function stop(name: string, what: string, phase: Phase | undefined): Fault {
  return {
    name,
    what,
    modes: MODES,
    cost: 30,
    run: async (rig, scrapes) => {
      const tally = new Tally();
      for (let scrape = 0; scrape < scrapes; scrape++) {
        const instance = await rig.launch();
        const fault: ScrapeFault = { name, what, whole: MODES };
        const { outcome, finding } = phase === undefined
          ? await rig.scrape(fault, instance)
          : await duringScrape(rig, instance, fault, phase, () => instance.weir.signal("SIGTERM"));
        tally.add(outcome, finding);
        if (phase === undefined) instance.weir.signal("SIGTERM");
        const status = await instance.weir.exited;
        if (status !== 0) {
          tally.add("crash", `ended with ${status}: ${instance.weir.stderr.slice(-500)}`);
        }
        if (rig.mode === "gateway") await goOn(rig, instance, tally);
      }
      return tally;
    },
  };
}

/** Sends so much of a response, does something, and sends the rest a moment later. */
async function duringScrape(
  rig: Rig,
  instance: Instance,
  fault: ScrapeFault,
  phase: Phase,
  then: () => void,
): Promise<Awaited<ReturnType<Rig["scrape"]>>> {
  const before = rig.upstream.answer;
  rig.upstream.answer = ({ socket, text }: Exchange) => {
    const head = responseHead([`Content-Length: ${text.length}`]);
    const all = bytesOf(head, text);
    const at = phase({ head: head.length, all: all.length });
    socket.write(all.subarray(0, at));
    setTimeout(then, 15);
    setTimeout(() => socket.write(all.subarray(at)), 60);
  };
  try {
    return await rig.scrape(fault, instance);
  } finally {
    rig.upstream.answer = before;
  }
}
