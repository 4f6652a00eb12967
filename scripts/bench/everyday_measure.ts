import { setTimeout as delay } from "node:timers/promises";
import type { Started } from "./contestants.ts";
import { KeepAliveClient, seriesOf } from "./keep_alive_client.ts";
import { median } from "./median.ts";
import { cpuSeconds, memory, resetPeak } from "./process_figures.ts";

/** One contestant, scraped with gzip asked for or without. */
export interface EverydayEntry {
  readonly label: string;
  readonly gzip: boolean;
  /** How many series have to come out. */
  readonly wantedSeries: number;
  readonly start: () => Promise<Started>;
}

/** What one process took; CPU times are milliseconds of user and system time. */
export interface EverydayFigures {
  /** From the start of the process until it can be scraped. */
  readonly readyMs: number;
  readonly firstMs: number;
  /** The mean of scrapes 2 to 21, while the compiler is at work. */
  readonly earlyMs: number;
  /** The mean of all scrapes after that, without what a rest between them took. */
  readonly lateMs: number;
  /** At once after scrape 50, or the last one. */
  readonly residentMebibytes: number;
  readonly anonymousMebibytes: number;
  /** The most that was resident from the first scrape to the last. */
  readonly peakMebibytes: number;
  /** Of memory, some time after scrape 50 without another; NaN when nobody waited. */
  readonly restedResidentMebibytes: number;
  readonly restedAnonymousMebibytes: number;
  readonly outputBytes: number;
}

export interface EverydayMeasurement extends EverydayFigures {
  readonly label: string;
  readonly gzip: boolean;
  readonly series: number;
  readonly wantedSeries: number;
  /** Every run's figures, in which ratios are taken. */
  readonly runs: readonly EverydayFigures[];
}

export interface Pace {
  readonly scrapes: number;
  readonly everySeconds: number;
  readonly restSeconds: number | undefined;
}

const EARLY_SCRAPES = 21;
const MEMORY_SCRAPES = 50;

/** Time to account for what a process does after the last byte. */
const SETTLE_MS = 100;

/**
 * Starts every entry anew in each run and scrapes them in turn, one scrape of each and then the
 * next, so that all of them have the same neighbours.
 */
export async function measureEveryday(
  entries: readonly EverydayEntry[],
  runs: number,
  pace: Pace,
): Promise<EverydayMeasurement[]> {
  const measured = entries.map(() => [] as EverydayFigures[]);
  const series = entries.map(({ wantedSeries }) => wantedSeries);
  for (let run = 0; run < runs; run++) {
    const subjects: Subject[] = [];
    for (const entry of entries) subjects.push(await Subject.start(entry));
    await scrapeInTurn(subjects, pace);
    for (const [index, subject] of subjects.entries()) {
      measured[index].push(subject.figures(pace.scrapes));
      if (subject.series !== entries[index].wantedSeries) series[index] = subject.series;
      await subject.stop();
    }
  }
  return entries.map(({ label, gzip, wantedSeries }, index) => ({
    ...{ label, gzip, wantedSeries, series: series[index], runs: measured[index] },
    ...medians(measured[index]),
  }));
}

async function scrapeInTurn(subjects: readonly Subject[], pace: Pace): Promise<void> {
  const { scrapes, everySeconds, restSeconds } = pace;
  let begin = performance.now();
  for (let scrape = 1; scrape <= scrapes; scrape++) {
    const due = begin + 1000 * everySeconds * (scrape - 1);
    await delay(Math.max(0, due - performance.now()));
    const counts = [1, EARLY_SCRAPES, Math.min(MEMORY_SCRAPES, scrapes), scrapes];
    for (const subject of subjects) await subject.scrape(counts.includes(scrape));
    if (scrape === 1 || scrape === Math.min(EARLY_SCRAPES, scrapes)) {
      await delay(SETTLE_MS);
      for (const subject of subjects) subject.markCpu(scrape);
    }
    if (scrape === Math.min(MEMORY_SCRAPES, scrapes)) {
      for (const subject of subjects) subject.markMemory();
      if (restSeconds !== undefined) {
        await Promise.all(subjects.map((subject) => subject.rest(restSeconds)));
        begin += 1000 * restSeconds;
      }
    }
  }
  await delay(SETTLE_MS);
  for (const subject of subjects) subject.markEnd();
}

/** One process that is being measured. */
class Subject {
  /** Of the last scrape that was counted, or of the first that was wrong. */
  series = NaN;
  readonly #started: Started;
  readonly #client: KeepAliveClient;
  readonly #wantedSeries: number;
  readonly #readyMs: number;
  /** Milliseconds of CPU time after so many scrapes. */
  readonly #cpuAfter = new Map<number, number>();
  #cpuAtEnd = NaN;
  /** Milliseconds of CPU time while nobody scraped. */
  #restMs = 0;
  #memory = { residentMebibytes: NaN, anonymousMebibytes: NaN };
  #rested = this.#memory;
  #peakMebibytes = NaN;
  #outputBytes = NaN;

  private constructor(started: Started, { gzip, wantedSeries }: EverydayEntry) {
    this.#started = started;
    this.#client = new KeepAliveClient(started.url!, gzip, started.isProtobuf === true);
    this.#wantedSeries = wantedSeries;
    this.#readyMs = this.#cpuMs();
    resetPeak(started.pid);
  }

  static async start(entry: EverydayEntry): Promise<Subject> {
    const started = await entry.start();
    await delay(SETTLE_MS);
    return new Subject(started, entry);
  }

  async scrape(count: boolean): Promise<void> {
    const answer = await this.#client.scrape();
    if (!count) return;
    this.#outputBytes = answer.body.length;
    const isRightSoFar = Number.isNaN(this.series) || this.series === this.#wantedSeries;
    if (isRightSoFar) this.series = seriesOf(answer);
  }

  markCpu(scrape: number): void {
    this.#cpuAfter.set(scrape, this.#cpuMs());
  }

  markMemory(): void {
    this.#memory = memory(this.#started.pid);
  }

  async rest(seconds: number): Promise<void> {
    const before = this.#cpuMs();
    await delay(1000 * seconds);
    this.#restMs = this.#cpuMs() - before;
    this.#rested = memory(this.#started.pid);
  }

  markEnd(): void {
    this.#cpuAtEnd = this.#cpuMs();
    this.#peakMebibytes = memory(this.#started.pid).peakMebibytes;
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#started.stop();
  }

  /** Of a run of so many scrapes. */
  figures(scrapes: number): EverydayFigures {
    const afterFirst = this.#cpuAfter.get(1)!;
    const early = Math.min(EARLY_SCRAPES, scrapes);
    const afterEarly = this.#cpuAfter.get(early)!;
    return {
      readyMs: this.#readyMs,
      firstMs: afterFirst - this.#readyMs,
      earlyMs: (afterEarly - afterFirst) / (early - 1),
      lateMs: (this.#cpuAtEnd - this.#restMs - afterEarly) / (scrapes - early),
      residentMebibytes: this.#memory.residentMebibytes,
      anonymousMebibytes: this.#memory.anonymousMebibytes,
      peakMebibytes: this.#peakMebibytes,
      restedResidentMebibytes: this.#rested.residentMebibytes,
      restedAnonymousMebibytes: this.#rested.anonymousMebibytes,
      outputBytes: this.#outputBytes,
    };
  }

  #cpuMs(): number {
    return 1000 * cpuSeconds(this.#started.pid);
  }
}

function medians(runs: readonly EverydayFigures[]): EverydayFigures {
  const names = Object.keys(runs[0]) as (keyof EverydayFigures)[];
  const entries = names.map((name) => [name, median(runs.map((run) => run[name]))]);
  return Object.fromEntries(entries) as Record<keyof EverydayFigures, number>;
}

/** The median over the runs of one's figure to the other's in the same run. */
export function ratioOf(
  figure: (figures: EverydayFigures) => number,
  one: EverydayMeasurement,
  other: EverydayMeasurement,
): number {
  return median(one.runs.map((run, index) => figure(run) / figure(other.runs[index])));
}

export const early = ({ earlyMs }: EverydayFigures) => earlyMs;
export const late = ({ lateMs }: EverydayFigures) => lateMs;
export const startAndFirst = ({ readyMs, firstMs }: EverydayFigures) => readyMs + firstMs;
