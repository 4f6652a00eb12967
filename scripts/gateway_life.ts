/**
 * `gateway_life.ts [--minutes 3] [--one]`: the scripted life of five targets behind a gateway, with two more
 * that come late, in one Prometheus that scrapes the targets and the gateways every second. Prints,
 * for each phase of that life, what the targets counted, what the gateway made of it, and the largest
 * error of all output series. Exits with 1 when a counter shows anything but what its targets counted
 * less what lay between two scrapes that cannot be compared (`unseen`), or when `rate()` over the gateway strays from `sum(rate())` over the
 * targets by more than sampling explains. `--one`: the life of one target instead, behind a Weir whose
 * counters go on. Needs dist/weir and Prometheus.
 */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Cleanup } from "../test/support/e2e/cleanup.ts";
import {
  GatewayLife,
  type GatewayName,
  ofJob,
  type Outcome,
  type Phase,
} from "../test/support/e2e/scripted_life.ts";

const RATE_SECONDS = 5;
const REQUESTS = 'shop_requests_total{code="200"}';

interface Event {
  readonly name: string;
  readonly happens: (life: GatewayLife) => Promise<void>;
  /** What direct scrapes cannot see, so that rates may differ. */
  readonly hiddenFromDirect?: true;
}

const EVENTS: readonly Event[] = [
  { name: "calm", happens: async () => {} },
  {
    name: "b restarts, three times",
    happens: async ({ targets }) => {
      for (let time = 0; time < 3; time++) {
        targets[1].restart();
        await delay(2_000);
      }
    },
  },
  {
    name: "b restarts and overtakes itself",
    // deno-lint-ignore require-await
    happens: async ({ targets }) => {
      targets[1].restart();
      targets[1].serve(6_000);
    },
    hiddenFromDirect: true,
  },
  {
    name: "e restarts, no start time",
    // deno-lint-ignore require-await
    happens: async ({ targets }) => targets[4].restart(),
  },
  // deno-lint-ignore require-await
  { name: "c answers 503 once", happens: async ({ targets }) => targets[2].failNext("error") },
  // deno-lint-ignore require-await
  { name: "c hangs once", happens: async ({ targets }) => targets[2].failNext("hang") },
  // deno-lint-ignore require-await
  { name: "c dies half-way once", happens: async ({ targets }) => targets[2].failNext("half") },
  // deno-lint-ignore require-await
  { name: "d leaves for good", happens: async ({ targets }) => targets[3].leave() },
  { name: "f joins, young", happens: ({ targets }) => targets[5].listen() },
  {
    name: "g joins, old",
    happens: async ({ targets, gateways }) => {
      for (const name of gateways.keys()) targets[6].forgetsLast(name);
      await targets[6].listen();
    },
  },
  // deno-lint-ignore require-await
  { name: "a loses half of its series", happens: async ({ targets }) => targets[0].loseHalf() },
  { name: "Weir restarts", happens: (life) => restartWeirs(life, "stop") },
  { name: "Weir is killed", happens: (life) => restartWeirs(life, "kill") },
];

const EVENTS_OF_ONE: readonly Event[] = [
  { name: "calm", happens: async () => {} },
  // deno-lint-ignore require-await
  { name: "half of its series go away", happens: async ({ targets: [a] }) => a.hideHalf() },
  {
    name: "they come back as they were",
    // deno-lint-ignore require-await
    happens: async ({ targets: [a] }) => a.showAll("as they were"),
  },
  {
    name: "half goes and comes back at zero",
    happens: async ({ targets: [a] }) => {
      a.hideHalf();
      await delay(3_000);
      a.showAll("anew");
    },
  },
  {
    name: "half goes and comes, three times",
    happens: async ({ targets: [a] }) => {
      for (let time = 0; time < 3; time++) {
        a.hideHalf();
        await delay(1_000);
        a.showAll("as they were");
        await delay(1_000);
      }
    },
    hiddenFromDirect: true,
  },
  {
    name: "it restarts, three times",
    happens: async ({ targets: [a] }) => {
      for (let time = 0; time < 3; time++) {
        a.restart();
        await delay(2_000);
      }
    },
  },
  // deno-lint-ignore require-await
  { name: "it answers 503 once", happens: async ({ targets: [a] }) => a.failNext("error") },
  // deno-lint-ignore require-await
  { name: "it hangs once", happens: async ({ targets: [a] }) => a.failNext("hang") },
  // deno-lint-ignore require-await
  { name: "it dies half-way once", happens: async ({ targets: [a] }) => a.failNext("half") },
  { name: "Weir restarts", happens: (life) => restartWeirs(life, "stop") },
  { name: "Weir is killed", happens: (life) => restartWeirs(life, "kill") },
];

/** Seconds that a phase needs beyond its traffic. */
const SILENCE_SECONDS = 3.5;

interface Life {
  readonly events: readonly Event[];
  readonly targets: string;
}

const MANY: Life = { events: EVENTS, targets: "abcdefg" };
const ONE: Life = { events: EVENTS_OF_ONE, targets: "a" };

async function main(minutes: number, { events, targets }: Life): Promise<void> {
  const cleanup = new Cleanup();
  try {
    const life = await GatewayLife.start(cleanup.context, ["weir", "kept", "raw"], targets);
    const seconds = Math.max(8, minutes * 60 / events.length - SILENCE_SECONDS);
    const failures: string[] = [];
    console.log(HEAD);
    for (const event of events) {
      const phase = await life.phase(seconds, () => event.happens(life));
      for (const [name, outcomes] of phase.outcomes) {
        const rate = await rateOf(life, phase, name, outcomes);
        console.log(row(event.name, name, phase, outcomes, rate));
        if (name !== "raw") failures.push(...wrong(event, name, outcomes, rate));
      }
    }
    for (const failure of failures) console.log(`WRONG ${failure}`);
    console.log(failures.length === 0 ? "all as it should be" : `${failures.length} wrong`);
    if (failures.length > 0) process.exitCode = 1;
  } finally {
    await cleanup.run();
  }
}

async function restartWeirs({ gateways }: GatewayLife, how: "stop" | "kill"): Promise<void> {
  await Promise.all([...gateways.values()].map((gateway) => gateway.restart(how)));
}

interface RateFound {
  /** The largest difference of the two rates at any second of the phase. */
  readonly difference: number;
  readonly allowed: number;
}

/**
 * Two scrapes of one counter lie up to an interval apart, and one may have missed a target for an
 * interval more; what the gateway could not see it cannot show. `rate()` spreads this over the time
 * between its samples.
 */
async function rateOf(
  { prometheus, targets }: GatewayLife,
  { endSeconds, windowSeconds }: Phase,
  name: GatewayName,
  outcomes: readonly Outcome[],
): Promise<RateFound> {
  const rate = (job: string) => `sum(rate(${ofJob(REQUESTS, job)}[${RATE_SECONDS}s]))`;
  const inside = windowSeconds - RATE_SECONDS;
  const strays = `max_over_time(abs(${rate(name)} - ${rate("direct")})[${inside}s:1s])`;
  const [found] = await prometheus.query(strays, endSeconds);
  const up = targets.filter(({ isUp }) => isUp).length + 1;
  const unseen = outcomes.find(({ series }) => series === REQUESTS)!.unseen;
  const allowed = (up * GatewayLife.mostPerSecond + unseen) / (RATE_SECONDS - 1);
  return { difference: found?.value ?? 0, allowed };
}

function wrong(
  event: Event,
  name: GatewayName,
  outcomes: readonly Outcome[],
  rate: RateFound,
): string[] {
  const found = outcomes
    .filter(({ truth, unseen, seen }) => seen !== truth - unseen)
    .map(({ series, truth, unseen, seen }) =>
      `${event.name}, ${name}: ${series} rose by ${seen}, wanted ${truth - unseen}`
    );
  if (event.hiddenFromDirect || rate.difference <= rate.allowed) return found;
  return [...found, `${event.name}, ${name}: rate() strays by ${rate.difference.toFixed(1)}`];
}

const HEAD = [
  "phase                           | job  | window | truth   | unseen | Weir    | largest error |" +
  " relative | increase() | direct     | rate() strays | allowed",
  "(truth, unseen, Weir, increase() and direct: requests with code 200; errors: of all series)",
].join("\n");

function row(
  event: string,
  job: GatewayName,
  { windowSeconds }: Phase,
  outcomes: readonly Outcome[],
  rate: RateFound,
): string {
  const { truth, unseen, seen, increase, directIncrease } = outcomes.find(({ series }) =>
    series === REQUESTS
  )!;
  const errors = outcomes.map((one) => Math.abs(one.seen - one.truth));
  const relative = outcomes.map((one) => Math.abs(one.seen - one.truth) / one.truth);
  return [
    event.padEnd(31),
    job.padEnd(4),
    `${windowSeconds} s`.padStart(6),
    String(truth).padStart(7),
    String(unseen).padStart(6),
    String(seen).padStart(7),
    String(Math.max(...errors)).padStart(13),
    `${(Math.max(...relative) * 100).toFixed(2)} %`.padStart(8),
    increase.toFixed(1).padStart(10),
    directIncrease.toFixed(1).padStart(10),
    rate.difference.toFixed(1).padStart(13),
    rate.allowed.toFixed(1).padStart(7),
  ].join(" | ");
}

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "3" }, one: { type: "boolean", default: false } },
});
await main(Number(values.minutes), values.one ? ONE : MANY);
