import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "./eventually.ts";
import { add, type Counts, LifeTarget, OUTPUT_SERIES } from "./life_target.ts";
import { freePort } from "./program.ts";
import { type ConfiguredTarget, type Prometheus, startPrometheus } from "./prometheus.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { startWeir, type WeirProcess } from "./weir_process.ts";

/** The gateways of a life, each a job of Prometheus beside `direct`, which scrapes the targets. */
const GATEWAYS = {
  weir: () => ["--counters", "monotonic"],
  kept: (folder: string) => ["--counters", "monotonic", "--state-file", join(folder, "counters")],
  raw: () => ["--counters", "raw"],
} as const;

export type GatewayName = keyof typeof GATEWAYS;

const RULES = `[{action: labeldrop, regex: path},
  {action: drop, source_labels: [__name__], regex: process_start_time_seconds}]`;

const LONG_AGO = 1_700_000_000;
const COUNTED_BEFORE = 10_000;
const TICK_MS = 50;
/** Two scrapes of everybody: what Prometheus has then is what the targets have. */
const QUIET_MS = 2_300;

/** One output series in one phase. */
export interface Outcome {
  readonly series: string;
  /** What the targets counted. */
  readonly truth: number;
  /**
   * What of it lay between two scrapes of this gateway that cannot be compared: at the end of a
   * target, before a baseline, and where a series fell because half of it went away.
   */
  readonly unseen: number;
  /** The increase between the first and the last scrape, resets taken as Prometheus takes them. */
  readonly seen: number;
  /** `increase()` over Weir, and the sum of it over the targets: both extrapolate alike. */
  readonly increase: number;
  readonly directIncrease: number;
}

export interface Phase {
  readonly endSeconds: number;
  readonly windowSeconds: number;
  readonly outcomes: ReadonlyMap<GatewayName, readonly Outcome[]>;
}

/** Targets, gateways before them, and one Prometheus that scrapes all of them every second. */
export class GatewayLife {
  readonly targets: readonly LifeTarget[];
  readonly prometheus: Prometheus;
  readonly gateways: ReadonlyMap<GatewayName, RestartedWeir>;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #truth: Counts = new Map();
  #unseen = new Map<GatewayName, Counts>();
  #sinceSeconds = 0;

  private constructor(
    targets: readonly LifeTarget[],
    gateways: ReadonlyMap<GatewayName, RestartedWeir>,
    prometheus: Prometheus,
  ) {
    this.targets = targets;
    this.gateways = gateways;
    this.prometheus = prometheus;
  }

  /**
   * a to e are up, f and g are not there yet: f will be young when it comes, g is old already. All but
   * e tell their start time. `letters`: those that there are.
   */
  static async start(
    context: TestContext,
    names: readonly GatewayName[],
    letters = "abcdefg",
  ): Promise<GatewayLife> {
    const readers = ["direct", ...names];
    const targets: LifeTarget[] = [];
    for (const name of letters) {
      targets.push(
        new LifeTarget({
          port: await freePort(),
          readers,
          startedSeconds: name === "f" ? undefined : LONG_AGO,
          countedBefore: name === "f" ? 0 : COUNTED_BEFORE,
          tellsStart: name !== "e",
        }),
      );
    }
    context.after(() => targets.forEach((target) => target.leave()));
    for (const target of targets.slice(0, 5)) await target.listen();
    const folder = temporaryFolder(context);
    const gateways = new Map<GatewayName, RestartedWeir>();
    for (const name of names) {
      const args = ["--relabel", RULES, ...GATEWAYS[name](folder)];
      gateways.set(name, await RestartedWeir.start(context, name, targets, args));
    }
    const prometheus = await startPrometheus(context, jobs(targets, gateways));
    await prometheus.scrapedTwice(readers);
    const life = new GatewayLife(targets, gateways, prometheus);
    context.after(() => life.#quiet());
    await life.#settle();
    life.#sinceSeconds = Date.now() / 1000;
    return life;
  }

  /** Traffic for `seconds`, `happens` while it lasts, then silence; and what came of it. */
  async phase(seconds: number, happens: () => Promise<void>): Promise<Phase> {
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    const traffic = delay(seconds * 1000);
    await delay(2_000);
    await happens();
    await traffic;
    this.#quiet();
    await this.#settle();
    const endSeconds = Date.now() / 1000;
    // It begins in the silence before, a scrape at least before the traffic.
    const windowSeconds = Math.ceil(endSeconds - this.#sinceSeconds) + 1;
    this.#sinceSeconds = endSeconds;
    const outcomes = await this.#outcomes(endSeconds, windowSeconds);
    return { endSeconds, windowSeconds, outcomes };
  }

  /** Requests per second that a target's traffic adds to each of its counters, at most. */
  static readonly mostPerSecond = 4 * 3 * 1000 / TICK_MS;

  #tick(): void {
    for (const target of this.targets) if (target.isUp) target.serve();
  }

  #quiet(): void {
    clearInterval(this.#ticking);
  }

  async #settle(): Promise<void> {
    await delay(QUIET_MS);
    await eventually("everybody has read everything", () => {
      const up = this.targets.filter((target) => target.isUp);
      return ["direct", ...this.gateways.keys()].every((reader) =>
        up.every((target) => target.isReadBy(reader))
      );
    });
    // From the target's answer until the sample can be queried.
    await delay(500);
  }

  async #outcomes(end: number, window: number): Promise<Map<GatewayName, Outcome[]>> {
    const before = this.#truth;
    this.#truth = sumOf(this.targets.map(({ counted }) => counted));
    const found = new Map<GatewayName, Outcome[]>();
    for (const name of this.gateways.keys()) {
      const unseenBefore = this.#unseen.get(name) ?? new Map();
      const unseen = sumOf(this.targets.map((target) => target.unseen.get(name) ?? new Map()));
      this.#unseen.set(name, unseen);
      const outcomes: Outcome[] = [];
      for (const series of OUTPUT_SERIES) {
        outcomes.push({
          series,
          truth: difference(this.#truth, before, series),
          unseen: difference(unseen, unseenBefore, series),
          seen: await this.#seen(ofJob(series, name), end, window),
          increase: await this.#sum(`increase(${ofJob(series, name)}[${window}s])`, end),
          directIncrease: await this.#sum(`increase(${ofJob(series, "direct")}[${window}s])`, end),
        });
      }
      found.set(name, outcomes);
    }
    return found;
  }

  async #sum(expression: string, time: number): Promise<number> {
    return (await this.prometheus.query(`sum(${expression})`, time))[0]?.value ?? 0;
  }

  async #seen(series: string, end: number, window: number): Promise<number> {
    const [history] = await this.prometheus.history(`${series}[${window}s]`, end);
    const values = history?.values ?? [];
    return values.slice(1).reduce(
      (sum, value, at) => sum + (value < values[at] ? value : value - values[at]),
      0,
    );
  }
}

/** `name{labels}` of one job. */
export function ofJob(series: string, job: string): string {
  return series.endsWith("}") ? series.replace("}", `,job="${job}"}`) : `${series}{job="${job}"}`;
}

/** A gateway that can be ended and begun again where it was. */
export class RestartedWeir {
  #weir: WeirProcess;
  readonly #begin: () => Promise<WeirProcess>;
  readonly #ended: () => void;

  private constructor(weir: WeirProcess, begin: () => Promise<WeirProcess>, ended: () => void) {
    this.#weir = weir;
    this.#begin = begin;
    this.#ended = ended;
  }

  static async start(
    context: TestContext,
    name: GatewayName,
    targets: readonly LifeTarget[],
    args: readonly string[],
  ): Promise<RestartedWeir> {
    const address = `127.0.0.1:${await freePort()}`;
    const upstreams = targets.flatMap(({ host }) => ["-H", `http://${host}/metrics/${name}`]);
    const begin = () =>
      startWeir(context, [...upstreams, ...args, "--listen", address], {
        listen: false,
        env: { WEIR_SCRAPE_OFFSET: "0.1" },
      });
    const ended = () => targets.forEach((target) => target.forgetsLast(name));
    return new RestartedWeir(await begin(), begin, ended);
  }

  get url(): string {
    return this.#weir.url;
  }

  get process(): WeirProcess {
    return this.#weir;
  }

  /** What is counted from its last scrape to its next one is lost to it. */
  async restart(how: "stop" | "kill" = "stop"): Promise<void> {
    await this.#weir[how]();
    this.#ended();
    this.#weir = await this.#begin();
  }
}

function jobs(
  targets: readonly LifeTarget[],
  gateways: ReadonlyMap<GatewayName, RestartedWeir>,
): Record<string, ConfiguredTarget> {
  const every = { scrape_interval: "1s", scrape_timeout: "1s", metric_relabel_configs: [] };
  const direct = {
    ...every,
    url: "http://unused",
    metrics_path: "/metrics/direct",
    static_configs: [{ targets: targets.map(({ host }) => host) }],
  };
  const ofGateways = [...gateways].map(([name, { url }]) => [name, { ...every, url }]);
  return { direct, ...Object.fromEntries(ofGateways) };
}

function sumOf(all: readonly Counts[]): Counts {
  const sum: Counts = new Map();
  for (const counts of all) for (const [series, value] of counts) add(sum, series, value);
  return sum;
}

function difference(now: Counts, before: Counts, series: string): number {
  return (now.get(series) ?? 0) - (before.get(series) ?? 0);
}
