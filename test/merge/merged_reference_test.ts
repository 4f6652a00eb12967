import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, FIRST, MergedRun } from "../support/gateway/merged_case.ts";
import { random } from "../support/random.ts";
import { type Found, ReferenceGateway } from "../support/merge/merged_reference.ts";
import { expositionOf, type Life, ModelTarget, type Next } from "../support/merge/target_model.ts";

const SCRAPES = 60;
const TTL_SECONDS = 45;

const rules = [
  { action: "labeldrop", regex: "path" },
  { action: "drop", source_labels: ["__name__"], regex: "process_start_time_seconds" },
];

/** One course: it is what the reference has, no counter falls, and buckets are cumulative. */
async function follow(seed: number, life: Life): Promise<void> {
  const next = random(seed);
  const targets = Array.from({ length: 2 + next(4) }, (_, i) => ({
    address: `t${i}`,
    target: new ModelTarget(next, life),
  }));
  const run = await MergedRun.of({ rules, ttlSeconds: TTL_SECONDS });
  const reference = new ReferenceGateway(TTL_SECONDS);
  const floor = new Map<string, number>();
  let happened = 0;
  let now = FIRST;
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const afterSeconds = scrape > 0 && next(19) === 0 ? 70 : 10;
    if (scrape > 0) now += afterSeconds;
    for (const { target } of targets) happened += target.live(now, 10);
    const { answers, found } = answersOf(targets, next);
    const { text } = await run.scrape({
      answers,
      afterSeconds,
      arrival: shuffled(Object.keys(answers), next),
    });
    const where = `seed ${seed}, scrape ${scrape + 1}`;
    const values = valuesOf(text);
    const expected = reference.scrape(now, found);
    assert.deepEqual([...values].sort(), [...expected].sort(), where);
    assertSound(text, values, floor, where);
    if (life === "any") continue;
    let total = 0;
    for (const [series, value] of reference.totals) if (series.startsWith("c_")) total += value;
    assert.ok(total <= happened, `${where}: ${total} of ${happened} events`);
  }
}

function answersOf(
  targets: readonly { readonly address: string; readonly target: ModelTarget }[],
  next: Next,
): { answers: Record<string, Answer>; found: Found[] } {
  const answers: Record<string, Answer> = {};
  const found: Found[] = [];
  for (const { address, target: { process, isListed, isReached } } of targets) {
    if (!isListed) continue;
    const text = process && expositionOf(process);
    const isRead = text !== undefined && isReached;
    if (isRead) answers[address] = text;
    else answers[address] = text === undefined || next(1) === 0 ? "missing" : halfOf(text, next);
    found.push({ address, process: isRead ? process : undefined });
  }
  return { answers, found };
}

function halfOf(text: string, next: Next): Answer {
  const lines = text.split("\n");
  return { half: `${lines.slice(0, next(lines.length - 1)).join("\n")}\n` };
}

function shuffled(items: string[], next: Next): string[] {
  for (let i = items.length - 1; i > 0; i--) {
    const other = next(i);
    [items[i], items[other]] = [items[other], items[i]];
  }
  return items;
}

function valuesOf(text: string): Map<string, number> {
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => {
    const blank = line.lastIndexOf(" ");
    return [line.slice(0, blank), Number(line.slice(blank + 1))];
  }));
}

/** `floor`: what each counter had before, which is the least that it may have. */
function assertSound(
  text: string,
  values: Map<string, number>,
  floor: Map<string, number>,
  where: string,
): void {
  const below = new Map<string, number>();
  for (const [series, value] of values) {
    if (series === "g") continue;
    assert.ok(value >= (floor.get(series) ?? 0), `${where}: ${series} fell to ${value}`);
    floor.set(series, value);
    const code = /^h_bucket\{code="([0-9]+)"/.exec(series)?.[1];
    if (code === undefined) continue;
    assert.ok(value >= (below.get(code) ?? 0), `${where}: not cumulative\n${text}`);
    below.set(code, value);
    if (series.includes("+Inf")) assert.equal(value, values.get(`h_count{code="${code}"}`), where);
  }
}

for (const life of ["clean", "any"] as const) {
  for (let first = 0; first < 200; first += 40) {
    test(`lives of targets (${life}, ${first} and on) give what the reference gives`, async () => {
      for (let seed = first; seed < first + 40; seed++) await follow(seed, life);
    });
  }
}
