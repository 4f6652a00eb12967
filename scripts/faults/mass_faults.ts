import {
  kernelCollisions,
  stringCollision,
  tableCollisions,
} from "../../test/support/exposition/colliding_texts.ts";
import { type Fault, isShort, type ScrapeFault } from "./fault.ts";
import { responseHead, send } from "./faulty_upstream.ts";
import { type Mode, MODES, SINGLE } from "./right_answer.ts";
import { COUNTERS } from "./shop.ts";

/**
 * Expositions of some megabytes, of one kind of thing each, that are right. What is known of families by
 * name is bounded in a gateway: a target with more of them counts as not read.
 */
export const MASS_FAULTS: readonly Fault[] = [
  mass("names-many", "200,000 names", 200_000, (n) => `n${n} ${n}\n`, SINGLE),
  mass(
    "families-many",
    "100,000 families of one sample each",
    100_000,
    (n) => `# HELP f${n} F.\n# TYPE f${n} gauge\nf${n} ${n}\n`,
    SINGLE,
  ),
  mass(
    "metadata-many",
    "HELP and TYPE of 60,000 families without a sample",
    60_000,
    (n) => `# HELP m${n} Nothing of it.\n# TYPE m${n} counter\n`,
    SINGLE,
  ),
  mass("label-names-many", "150,000 names of labels", 150_000, (n) => `l{l${n}="v"} ${n}\n`),
  mass("values-many", "200,000 values of a label", 200_000, (n) => `v{id="${n}"} ${n}\n`),
  mass("values-met", "200,000 samples that rules make one", 200_000, (n) => `w{path="/${n}"} 1\n`),
  // The generator wants what stands before a value to have a length that is a multiple of 4.
  colliding(
    "values-collide",
    "60,000 values that collided in a table without a key",
    60_000,
    'collide{id="',
    (count, prefix) => tableCollisions(count, prefix, '"}'),
  ),
  colliding(
    "values-collide-kernel",
    "4,000 values that collided in the kernel without a key",
    4000,
    'collide{id="',
    (count, prefix) => kernelCollisions(count, prefix, '"}'),
  ),
  colliding(
    "values-collide-js",
    "60,000 values that collide in JavaScriptCore",
    60_000,
    'collide{id="',
    (count) => Array.from({ length: count }, (_, index) => inUtf8(stringCollision(index))),
  ),
];

function mass(
  name: string,
  what: string,
  count: number,
  line: (index: number) => string,
  whole: readonly Mode[] = MODES,
): Fault {
  return fixed({ name, what, whole }, count, (count) => {
    return Array.from({ length: count }, (_, index) => line(index)).join("");
  });
}

/** It has to be answered in time: looked up one by one, such values take minutes. */
function colliding(
  name: string,
  what: string,
  count: number,
  prefix: string,
  values: (count: number, prefix: string) => readonly string[],
): Fault {
  return fixed({ name, what, whole: MODES }, count, (count) => {
    return values(count, prefix).map((value, index) => `${prefix}${value}"} ${index}\n`).join("");
  });
}

/** One exposition with so many things, or a tenth of them, which is made when it is needed first. */
function fixed(
  fault: Pick<ScrapeFault, "name" | "what" | "whole">,
  count: number,
  make: (count: number) => string,
): Fault {
  const texts = new Map<number, string>();
  const textOf = (count: number) => {
    const text = texts.get(count) ?? COUNTERS + make(count);
    texts.set(count, text);
    return text;
  };
  const { name, what } = fault;
  return {
    name,
    what,
    modes: MODES,
    cost: 2,
    run: (rig, scrapes) => {
      const text = textOf(isShort(scrapes) ? count / 10 : count);
      const head = responseHead([`Content-Length: ${text.length}`]);
      const scrape: ScrapeFault = {
        ...fault,
        timeoutSeconds: 60,
        concurrency: 1,
        reads: () => text,
        answer: ({ socket }) => send(socket, head, text),
      };
      return rig.scrapeMany(scrape, scrapes);
    },
  };
}

/** Its bytes as characters. */
function inUtf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
