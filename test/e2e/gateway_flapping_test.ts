/** Many readers, targets that fail in every way: no answer is half of one, and no counter falls. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { random } from "../support/random.ts";
import {
  flappingTarget,
  GAUGES_PER_TARGET,
  SHARED_COUNTERS,
  steadyTarget,
} from "../support/e2e/flapping_target.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const SECONDS = Number(process.env.WEIR_FLAP_SECONDS ?? 8);
const READERS = 20;
const PATHS = ["/metrics", "/metrics", "/metrics/part", "/metrics/counters"];
const ACCEPTS = [TEXT_TYPE, OPEN_METRICS_TYPE];
const TIMEOUT = { "x-prometheus-scrape-timeout-seconds": "0.5" };
const SUBSETS = `subsets:
  part: [{action: keep, source_labels: [__name__], regex: flap_answer}]
  counters: [{action: keep, source_labels: [__name__], regex: flap_(requests|seconds).*}]
`;

peerTest(["promtool"], `twenty readers, ${SECONDS} s of flapping targets`, async (t) => {
  const next = random(7);
  const chance = () => next(1_000_000) / 1_000_001;
  const targets = [await steadyTarget(t, "steady")];
  for (const name of "abcde") targets.push(await flappingTarget(t, name, chance));
  const config = join(temporaryFolder(t), "weir.yaml");
  const rules = "metric_relabel_configs: []\n";
  writeFileSync(config, `upstreams: [${targets.join(", ")}]\n${rules}${SUBSETS}`);
  const weir = await startWeir(t, [config], { env: { WEIR_SCRAPE_OFFSET: "0.05" } });
  // The subsets have something to show once there was a scrape.
  await fetch(`${weir.url}/metrics`, { headers: TIMEOUT });

  const end = performance.now() + SECONDS * 1000;
  const readers = Array.from(
    { length: READERS },
    (_, number) =>
      new Reader(weir.url, PATHS[number % PATHS.length], ACCEPTS[(number >> 2) % ACCEPTS.length]),
  );
  await Promise.all(readers.map((reader) => reader.read(end)));

  for (const { path, whole } of readers) assert.ok(whole > 0, `${path}: no whole answer`);
  const [first] = readers;
  const { exitCode, stderr } = await runProgram("promtool", ["check", "metrics"], {
    stdin: [Buffer.from(first.lastText)],
  });
  assert.ok(exitCode === 0 || exitCode === 3, stderr);
  const sum = (count: (reader: Reader) => number) =>
    readers.reduce((total, reader) => total + count(reader), 0);
  const own = await weir.ownMetrics();
  const restarts = own.get('weir_target_resets_total{reason="start_time"}');
  assert.ok(restarts! > 0, "targets restarted");
  assert.ok(sum(({ partial }) => partial) > 0, "targets failed");
  console.log(
    `${sum(({ whole }) => whole)} whole answers, ${
      sum(({ partial }) => partial)
    } of them without ` +
      `a target, ${sum(({ refused }) => refused)} refused; ${restarts} restarts; peak ` +
      `${weir.peakMebibytes.toFixed(0)} MiB`,
  );
}, (SECONDS + 30) * 1000);

interface Line {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
  readonly timestamp: string | undefined;
}

/** Asks for one path in one format again and again, and checks each answer. */
class Reader {
  readonly path: string;
  whole = 0;
  /** Answers without one target or more. */
  partial = 0;
  /** Answers of an error status: no time was left, for one. */
  refused = 0;
  lastText = "";
  readonly #url: string;
  readonly #accept: string;
  /** The counters as last read, by name and labels. */
  #counters = new Map<string, number>();

  constructor(url: string, path: string, accept: string) {
    this.path = path;
    this.#url = `${url}${path}`;
    this.#accept = accept;
  }

  async read(end: number): Promise<void> {
    while (performance.now() < end) {
      const response = await fetch(this.#url, {
        headers: { accept: this.#accept, ...TIMEOUT },
      });
      const text = await response.text();
      if (response.status === 200) {
        this.#check(text, response.headers.get("content-type") ?? "");
        this.whole++;
        this.lastText = text;
      } else {
        assert.match(`${response.status} ${text}`, /^50[234] [^\n]+\n$/);
        this.refused++;
      }
      await delay(5);
    }
  }

  #check(text: string, contentType: string): void {
    const isOpen = contentType.startsWith("application/openmetrics-text");
    assert.equal(text.endsWith("# EOF\n"), isOpen, `the end: ${JSON.stringify(text.slice(-80))}`);
    const lines = samplesOf(text);
    const isSubset = this.path !== "/metrics";
    const stamps = new Set(lines.map(({ timestamp }) => timestamp));
    // One scrape, one time.
    assert.equal(stamps.size, 1, [...stamps].join(" "));
    assert.equal([...stamps][0] !== undefined, isSubset);
    const up = this.path === "/metrics/counters" ? undefined : targetsOf(lines);
    if (up !== undefined && up < 6) this.partial++;
    if (this.path !== "/metrics/part") this.#checkCounters(lines);
  }

  #checkCounters(lines: readonly Line[]): void {
    const requests = lines.filter(({ name }) => name === "flap_requests_total");
    assert.equal(requests.length, SHARED_COUNTERS);
    const values = new Set(requests.map(({ value }) => value));
    assert.equal(values.size, 1, `counters that rise together: ${[...values].join(" ")}`);
    const buckets = lines.filter(({ name }) => name === "flap_seconds_bucket");
    assert.deepEqual(buckets.map(({ labels }) => labels), [
      'le="0.1"',
      'le="1.0"',
      'le="10.0"',
      'le="+Inf"',
    ]);
    const [requested] = values;
    assert.deepEqual(
      buckets.map(({ value }) => value),
      [requested, 2 * requested, 3 * requested, 4 * requested],
    );
    const sum = lines.find(({ name }) => name === "flap_seconds_sum");
    const count = lines.find(({ name }) => name === "flap_seconds_count");
    assert.deepEqual([sum?.value, count?.value], [requested, 4 * requested]);
    const counters = new Map(
      [...requests, ...buckets, sum!, count!].map(({ name, labels, value }) => [
        `${name}{${labels}}`,
        value,
      ]),
    );
    for (const [series, before] of this.#counters) {
      const now = counters.get(series);
      assert.ok(now !== undefined && now >= before, `${series} fell from ${before} to ${now}`);
    }
    this.#counters = counters;
  }
}

/** How many targets have gauges there: each of them has all, and all are of one answer. */
function targetsOf(lines: readonly Line[]): number {
  const answers = new Map<string, number[]>();
  for (const { name, labels, value } of lines) {
    if (name !== "flap_answer") continue;
    const target = /target="(\w+)"/.exec(labels)![1];
    answers.set(target, [...answers.get(target) ?? [], value]);
  }
  for (const [target, values] of answers) {
    assert.equal(values.length, GAUGES_PER_TARGET, target);
    assert.equal(new Set(values).size, 1, `${target}: ${[...new Set(values)].join(" ")}`);
  }
  return answers.size;
}

/** The samples, in an exposition whose families stand together, each behind its TYPE. */
function samplesOf(text: string): Line[] {
  const seen = new Set<string>();
  let family = "";
  return text.split("\n").slice(0, -1).flatMap((line): Line[] => {
    const type = /^# TYPE (\S+) \w+$/.exec(line);
    if (type !== null) {
      family = type[1];
      assert.ok(!seen.has(family), `${family} comes twice`);
      seen.add(family);
      return [];
    }
    if (line.startsWith("# HELP ") || line === "# EOF") return [];
    const found = /^(\w+)(?:\{([^{}]*)\})? (\S+)(?: (\S+))?$/.exec(line);
    assert.ok(found !== null && !Number.isNaN(Number(found[3])), `no sample: ${line}`);
    const [, name, labels = "", value, timestamp] = found;
    assert.ok(name.startsWith(family), `${name} among ${family}`);
    return [{ name, labels, value: Number(value), timestamp }];
  });
}
