import assert from "node:assert/strict";
import { test } from "node:test";
import { readNativeHistogram } from "../../src/exposition/native_histogram.ts";
import { type Answer, FIRST, MergedRun } from "../support/gateway/merged_case.ts";
import { native, START } from "../support/merge/native_text.ts";
import { random } from "../support/random.ts";

const SCRAPES = 40;
const TTL_SECONDS = 45;
/** Buckets that end at 1, 2, 4 and so on. */
const BUCKETS = 6;

/** A process that has observed `counts` values in each bucket. */
interface Process {
  readonly startedAt: number;
  readonly counts: number[];
}

/** How the targets' histograms are: with classic buckets beside the native part, or without. */
type Form = "both" | "native";
/** What all targets of a scrape are asked for. */
type Format = "protobuf" | "openmetrics2" | "text";

class Target {
  process: Process | undefined;
  isListed = true;
  readonly #next: (largest: number) => number;
  #startedAt = 0;

  constructor(next: (largest: number) => number) {
    this.#next = next;
    if (next(3) > 0) this.#start(1000);
  }

  live(now: number): void {
    const next = this.#next;
    const { process } = this;
    if (process === undefined) {
      if (next(4) === 0) this.#start(now - next(30));
    } else if (next(12) === 0) {
      this.process = undefined;
      if (next(2) > 0) this.#start(now - next(9));
    }
    for (let event = next(20); event > 0 && this.process !== undefined; event--) {
      this.process.counts[next(BUCKETS - 1)]++;
    }
    this.isListed = this.process !== undefined || next(2) > 0;
  }

  /** No two of an address begin at once. */
  #start(at: number): void {
    this.#startedAt = Math.max(at, this.#startedAt + 1);
    this.process = { startedAt: this.#startedAt, counts: new Array(BUCKETS).fill(0) };
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

function answerOf({ startedAt, counts }: Process, form: Form, format: Format): Answer {
  const count = sum(counts);
  const metadata = `${START(startedAt)}# TYPE h histogram\n`;
  // In text a histogram that is native alone has one bucket.
  const bounds = form === "both" ? counts.map((_, i) => i) : [];
  const buckets = bounds.map((i) =>
    `h_bucket{le="${(2 ** i).toFixed(1)}"} ${sum(counts.slice(0, i + 1))}\n`
  );
  const classic = `${
    buckets.join("")
  }h_bucket{le="+Inf"} ${count}\nh_sum ${count}\nh_count ${count}\n`;
  if (format === "text") return metadata + classic;
  const both = form === "both" ? classic : "";
  if (format === "protobuf") {
    return { protobuf: `${metadata}${both}h ${native({ counts, sum: count })}\n` };
  }
  const text = native({ counts, sum: count }).slice(0, -1)
    .replace(/,negative_spans:\[\],negative_buckets:\[\]/, "");
  const listed = bounds.map((i) => `${2 ** i}:${sum(counts.slice(0, i + 1))}`);
  const bucket = form === "both" ? `,bucket:[${[...listed, `+Inf:${count}`]}]` : "";
  return { openmetrics2: `${metadata}h ${text}${bucket}}\n` };
}

/** The same done slowly: what each bucket counts in all, beside what targets had when they were read. */
class Reference {
  readonly totals: number[] = new Array(BUCKETS).fill(0);
  readonly #known = new Map<string, { startedAt: number; counts: number[]; readAt: number }>();
  #previous = -Infinity;

  scrape(now: number, found: readonly (readonly [string, Process | undefined])[]): void {
    const oldest = Math.min(now - TTL_SECONDS, this.#previous);
    for (const [address, { readAt }] of this.#known) {
      if (readAt < oldest) this.#known.delete(address);
    }
    for (const [address, process] of found) {
      if (process !== undefined) this.#read(now, address, process);
      // One that was missed from the start was not begun since.
      else if (this.#previous === -Infinity) {
        this.#known.set(address, { startedAt: -1, counts: [], readAt: now });
      }
    }
    if (this.#known.size > 0) this.#previous = now;
  }

  #read(now: number, address: string, { startedAt, counts }: Process): void {
    const known = this.#known.get(address);
    const isWhole = known === undefined || known.startedAt < 0
      ? startedAt >= this.#previous && this.#previous > -Infinity
      : startedAt !== known.startedAt;
    const before = isWhole
      ? undefined
      : known === undefined || known.startedAt < 0
      ? counts
      : known.counts;
    counts.forEach((count, i) => this.totals[i] += count - (before?.[i] ?? 0));
    this.#known.set(address, { startedAt, counts: [...counts], readAt: now });
  }
}

/** Per bucket; undefined where there is none. */
function nativeIn(text: string): number[] | undefined {
  const found = /^h (\{.*?\})(?: |$)/m.exec(text);
  if (found === null) return undefined;
  const bytes = new TextEncoder().encode(found[1]);
  const { positive, count } = readNativeHistogram(bytes, 0, bytes.length)!;
  const counts: number[] = new Array(BUCKETS).fill(0);
  let index = 0;
  let at = 0;
  for (const { offset, length } of positive.spans) {
    index += offset;
    for (let i = 0; i < length; i++) counts[index++] = positive.counts[at++];
  }
  assert.equal(count, sum(counts));
  return counts;
}

async function follow(seed: number, form: Form, formats: readonly Format[]): Promise<void> {
  const next = random(seed);
  const targets = Array.from({ length: 2 + next(2) }, () => new Target(next));
  const run = await MergedRun.of({ ttlSeconds: TTL_SECONDS });
  const reference = new Reference();
  const seen = { natives: new Rises(), buckets: new Rises() };
  let now = FIRST;
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const afterSeconds = scrape > 0 && next(15) === 0 ? 70 : 10;
    if (scrape > 0) now += afterSeconds;
    for (const target of targets) target.live(now);
    // The first one is of natives, so that both parts begin with it.
    const format = scrape === 0 ? formats[0] : formats[next(formats.length - 1)];
    const answers: Record<string, Answer> = {};
    const found: [string, Process | undefined][] = [];
    for (const [i, { process, isListed }] of targets.entries()) {
      if (!isListed) continue;
      const isRead = process !== undefined && next(9) > 0;
      answers[`t${i}`] = isRead ? answerOf(process, form, format) : "missing";
      found.push([`t${i}`, isRead ? process : undefined]);
    }
    reference.scrape(now, found);
    const { text } = await run.scrape({ answers, afterSeconds, format: "protobuf" });
    const where = `seed ${seed}, scrape ${scrape + 1}\n${text}`;
    const buckets = [...text.matchAll(/^h_bucket\{le="[0-9.]+"\} ([0-9]+)/gm)];
    if (buckets.length > 0 && form === "both") {
      const totals = reference.totals.map((_, i) => sum(reference.totals.slice(0, i + 1)));
      const below = buckets.map(([, value]) => Number(value));
      assert.deepEqual(seen.buckets.take(below, text), totals, where);
    }
    const counts = nativeIn(text);
    if (counts === undefined) continue;
    const natives = seen.natives.take(counts, text);
    // A scrape in text says nothing of them: what they rose by comes with the next, if there is one.
    if (formats.includes("text")) {
      natives.forEach((count, i) => assert.ok(count <= reference.totals[i], where));
    } else assert.deepEqual(natives, reference.totals, where);
  }
}

/** What values rose by, as they are read: where they have begun anew, by all of it. */
class Rises {
  readonly #rises: number[] = new Array(BUCKETS).fill(0);
  #last: readonly number[] = [];
  #start: string | undefined;

  take(values: readonly number[], text: string): number[] {
    const start = /^h.* st@(\S+)/m.exec(text)?.[1];
    const isAnew = start !== this.#start;
    values.forEach((value, i) => this.#rises[i] += value - (isAnew ? 0 : this.#last[i] ?? 0));
    this.#last = values;
    this.#start = start;
    return this.#rises;
  }
}

for (const form of ["native", "both"] as const) {
  test(`lives of targets with native histograms (${form}) give what the reference gives`, async () => {
    for (let seed = 0; seed < 20; seed++) await follow(seed, form, ["protobuf", "openmetrics2"]);
  });

  test(`scrapes in text between them (${form}) count nothing twice`, async () => {
    for (let seed = 20; seed < 40; seed++) await follow(seed, form, ["protobuf", "text"]);
  });
}
