import { startNameServer } from "../../test/support/e2e/name_server.ts";
import { linesOf } from "./exposition_reading.ts";
import { type Fault, isShort } from "./fault.ts";
import { FaultyUpstream, responseHead, send } from "./faulty_upstream.ts";
import { GrowthWatch } from "./growth.ts";
import { NAME, nameServerMissing } from "./name_faults.ts";
import { Tally } from "./outcome.ts";
import type { Rig } from "./rig.ts";
import { visit } from "./strict_client.ts";

/** Scrapes of one run, whatever its share is, and of one in which each fault is to come once. */
const SCRAPES = 500;
const FEW = 5;

/** Addresses that a name has at a time. */
const ADDRESSES = 4;
/** Counters of each target. */
const COUNTERS = 10_000;

/** A name that has addresses which it never had, in every scrape: what it had before is forgotten. */
export const ADDRESS_FAULTS: readonly Fault[] = [
  {
    name: "addresses-anew",
    what: `${ADDRESSES} new addresses of a name in every scrape, ${SCRAPES} times`,
    modes: ["gateway"],
    cost: 1,
    missing: nameServerMissing,
    run: async (rig, scrapes) => {
      const tally = new Tally();
      const upstream = new FaultyUpstream("0.0.0.0");
      await upstream.listen();
      try {
        await provoke(rig, upstream, isShort(scrapes) ? FEW : SCRAPES, tally);
      } finally {
        await upstream.refuse();
      }
      return tally;
    },
  },
];

async function provoke(
  rig: Rig,
  upstream: FaultyUpstream,
  times: number,
  tally: Tally,
): Promise<void> {
  const names = await startNameServer(rig.cleanup.context, { [NAME]: ["127.0.0.1"] });
  const { port } = new URL(upstream.url);
  const { weir } = await rig.launch({
    program: names.running(rig.program),
    upstreams: [`dns+http://${NAME}:${port}`, ...rig.upstreams.slice(1)],
    targetTtl: "1s",
  });
  const text = exposition();
  upstream.answer = ({ socket }) => {
    send(socket, responseHead([`Content-Length: ${text.length}`]), text);
  };
  const watch = new GrowthWatch();
  for (let scrape = 1; scrape <= times; scrape++) {
    const addresses = addressesOf(scrape);
    await names.setHosts({ [NAME]: addresses });
    const { end, status, text } = await visit(weir.url, "/metrics", { boundMs: BOUND_MS });
    const finding = `scrape ${scrape}: ${end}, status ${status}, ${text.slice(-1000)}`;
    if (end === "hang") tally.add("hang", finding);
    else if (end !== "clean" || status !== 200) tally.add("needless", finding);
    else tally.add(isRight(text, scrape, addresses, port) ? "complete" : "silent", finding);
    await watch.scraped(weir, scrape);
  }
  await watch.end(weir, tally);
  await weir.kill();
}

/** Each of them counts in full: its address was not there before. */
function isRight(
  text: string,
  scrape: number,
  addresses: readonly string[],
  port: string,
): boolean {
  const lines = linesOf(text);
  const targets = lines.filter((line) => /^weir_target_up\{target=".*"\} 1$/.test(line));
  const wanted = [
    `anew_items ${3 * ADDRESSES}`,
    ...addresses.map((address) => `weir_target_up{target="${address}:${port}"} 1`),
    ...Array.from({ length: COUNTERS }, (_, index) => {
      return `anew_total{id="${index}"} ${scrape * ADDRESSES * (index + 1)}`;
    }),
  ];
  const found = new Set(lines);
  return targets.length === ADDRESSES + 2 && wanted.every((line) => found.has(line));
}

function exposition(): string {
  const counters = Array.from({ length: COUNTERS }, (_, index) => {
    return `anew_total{id="${index}"} ${index + 1}\n`;
  });
  return `# TYPE anew_items gauge\nanew_items 3\n# TYPE anew_total counter\n${counters.join("")}`;
}

/** Of loopback, where all of 127.0.0.0/8 answers. */
function addressesOf(scrape: number): string[] {
  return Array.from({ length: ADDRESSES }, (_, index) => {
    const number = scrape * ADDRESSES + index;
    return `127.1.${number >> 8}.${number & 255}`;
  });
}

const BOUND_MS = 20_000;
