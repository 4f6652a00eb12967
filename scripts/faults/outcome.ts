/** How a scrape under a fault may end, the good ways first. */
export const OUTCOMES = [
  /** 200, ended cleanly, and exactly what the fault leaves to be read. */
  "complete",
  /** 200, ended cleanly, less than that, and Weir says so: a truncation, a target that is down. */
  "said",
  /** A status that is no success, with text. */
  "error",
  /** The transfer broke off, or there was none. */
  "broken",
  /** The client left, as the fault wants it. */
  "left",
  /** Anything but `complete` where the upstream's response was whole. */
  "needless",
  /** 200, ended cleanly, wrong content, and nothing says so. */
  "silent",
  /** Memory, or open files, that grow from scrape to scrape. */
  "grown",
  /** No end within the bound. */
  "hang",
  /** The process ended, or did not end as it was told to. */
  "crash",
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What must not be; each makes the run fail. */
export const BAD_OUTCOMES: readonly Outcome[] = ["needless", "silent", "grown", "hang", "crash"];

export type Counts = Partial<Record<Outcome, number>>;

/** How the scrapes of one fault ended, and what was wrong with the first bad ones. */
export class Tally {
  readonly counts: Counts = {};
  readonly findings: string[] = [];

  add(outcome: Outcome, finding?: string): void {
    this.counts[outcome] = (this.counts[outcome] ?? 0) + 1;
    if (!BAD_OUTCOMES.includes(outcome) || this.findings.length >= MAX_FINDINGS) return;
    this.findings.push(`${outcome}: ${finding ?? "no details"}`);
  }

  /** Counts `count` scrapes among `to` in place of `from`. */
  move(from: Outcome, to: Outcome, count: number, finding: string): void {
    this.counts[from] = (this.counts[from] ?? 0) - count;
    for (let moved = 0; moved < count; moved++) this.add(to, finding);
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  get isBad(): boolean {
    return BAD_OUTCOMES.some((outcome) => (this.counts[outcome] ?? 0) > 0);
  }
}

const MAX_FINDINGS = 3;
