import { type NameServer, startNameServer } from "../../test/support/e2e/name_server.ts";
import { isInstalled } from "../../test/support/e2e/peers.ts";
import process from "node:process";
import type { Fault } from "./fault.ts";
import { Tally } from "./outcome.ts";

/** The name of a target. */
export const NAME = "shop.weir.test";
const HERE = ["127.0.0.1"];

/** Names of targets that vanish, change and return, in a name server that is real. */
export const NAME_FAULTS: readonly Fault[] = [
  names(
    "name-vanishes",
    "the name of a target vanishes and returns",
    async (names, scrape) => {
      await names.setHosts({ [NAME]: [] });
      await scrape("without the name");
      await names.setHosts({ [NAME]: HERE });
      await scrape("with the name");
    },
  ),
  names(
    "name-moves",
    "a target's name has an address where nobody listens",
    async (names, scrape) => {
      await names.setHosts({ [NAME]: ["127.0.0.99"] });
      await scrape("elsewhere");
      await names.setHosts({ [NAME]: HERE });
      await scrape("back");
    },
  ),
  names(
    "name-grows",
    "a target's name gets a second address that is dead",
    async (names, scrape) => {
      await names.setHosts({ [NAME]: [...HERE, "127.0.0.99"] });
      await scrape("two addresses");
      await names.setHosts({ [NAME]: HERE });
      await scrape("one address");
    },
  ),
];

/** Why there can be no name server here, if there can be none. */
export function nameServerMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, for a name server's port";
  return isInstalled("dnsmasq") ? undefined : "needs dnsmasq";
}

function names(
  name: string,
  what: string,
  turn: (names: NameServer, scrape: (when: string) => Promise<void>) => Promise<void>,
): Fault {
  return {
    name,
    what,
    modes: ["gateway"],
    cost: 8,
    missing: nameServerMissing,
    run: async (rig, scrapes) => {
      const tally = new Tally();
      const names = await startNameServer(rig.cleanup.context, { [NAME]: HERE });
      const [faulty, ...steady] = rig.upstreams;
      const named = `dns+http://${NAME}:${new URL(faulty).port}`;
      // The name server's own command starts the binary; another program takes its place.
      const program = names.running(rig.program);
      const instance = await rig.launch({ program, upstreams: [named, ...steady] });
      const scrape = async (when: string) => {
        const { outcome, finding } = await rig.scrape({ name, what, answer: () => {} }, instance);
        tally.add(outcome, `${when}: ${finding}`);
      };
      while (tally.total < scrapes) await turn(names, scrape);
      const { outcome, finding } = await rig.scrape({ name: "after", what: "" }, instance);
      if (outcome !== "complete") tally.add("needless", `the scrape afterwards: ${finding}`);
      await instance.weir.kill();
      return tally;
    },
  };
}
