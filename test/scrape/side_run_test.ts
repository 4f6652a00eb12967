/** Runs beside a scrape: what they see, and that nobody else sees them. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import type { ScrapeRules } from "../../src/lines/scrape_run.ts";
import { ScrapeRun } from "../../src/lines/scrape_run.ts";
import { SeenEnough, SideRun } from "../../src/scrape/side_run.ts";
import { type Chunk, type ChunkSource, sourceOfChunks } from "../../src/upstream/chunk_source.ts";
import { servedApp } from "../support/server/served_app.ts";

const chunks = (...texts: string[]) => texts.map((text) => new TextEncoder().encode(text) as Chunk);

const RULES: ScrapeRules = {
  policies: undefined,
  rules: undefined,
  format: "text",
  maxLineBytes: 1_000,
  maxInputBytes: 0,
  maxOutputBytes: 0,
  onLimit: "truncate",
};

interface Seen {
  readonly text: string;
  readonly lines: readonly string[];
  readonly ended: readonly boolean[];
}

/** Reads a source that a run sees, and takes each chunk's memory away as a scrape does. */
async function seen(
  source: ChunkSource,
  more: Partial<ScrapeRules> = {},
  each: (run: SideRun) => void = () => {},
  leftMs?: number,
): Promise<Seen> {
  const lines: string[] = [];
  const ended: boolean[] = [];
  const watcher = {
    judged() {},
    lineTaken: (bytes: Uint8Array, start: number, end: number) => {
      lines.push(new TextDecoder().decode(bytes.slice(start, end)));
      each(run);
    },
  };
  const run: SideRun = new SideRun({
    rules: { ...RULES, ...more, watcher },
    stats: new ScrapeStats(),
    wantsOutput: false,
    ...leftMs === undefined ? {} : { time: { leftMs } },
    ended: (isWhole) => ended.push(isWhole),
  });
  const watched = run.watched(source);
  let text = "";
  for (let chunk = await watched.read(); chunk; chunk = await watched.read()) {
    text += new TextDecoder().decode(chunk);
    chunk.buffer.transfer?.(0);
  }
  return { text, lines, ended };
}

const THREE = () => sourceOfChunks(chunks("a 1\nb", " 2\n", "c 3"));

test("all of a body is seen, though its chunks are gone when they are looked at", async () => {
  deepEqual(await seen(THREE()), {
    text: "a 1\nb 2\nc 3",
    lines: ["a 1", "b 2", "c 3"],
    ended: [true],
  });
});

test("one who has seen enough, whose time is used up, or who fails ends for itself alone", async () => {
  const text = "a 1\nb 2\nc 3";
  const cases: readonly [string, (run: SideRun) => void, number | undefined][] = [
    ["enough", () => {
      throw new SeenEnough();
    }, undefined],
    ["no time", (run) => run.checkTime(), -1],
    ["failed", () => {
      throw new TypeError("no");
    }, undefined],
  ];
  for (const [name, each, leftMs] of cases) {
    deepEqual(
      await seen(THREE(), {}, each, leftMs),
      { text, lines: ["a 1"], ended: [false] },
      name,
    );
  }
  const inTime = await seen(THREE(), {}, (run) => run.checkTime(), 1e9);
  deepEqual(inTime.lines.length, 3);
});

test("behind a budget nothing is seen; what a line fails fails nothing else", async () => {
  deepEqual(await seen(THREE(), { maxInputBytes: 8 }), {
    text: "a 1\nb 2\nc 3",
    lines: ["a 1", "b 2"],
    ended: [true],
  });
  const broken = sourceOfChunks(chunks("a 1\nb b b\nc 3\n"));
  deepEqual(await seen(broken, { onUnreadable: "fail" }), {
    text: "a 1\nb b b\nc 3\n",
    lines: ["a 1"],
    ended: [false],
  });
  const noProtobuf = sourceOfChunks(chunks("\u0005no protobuf"));
  deepEqual(await seen(noProtobuf, { format: "protobuf" }), {
    text: "\u0005no protobuf",
    lines: [],
    ended: [false],
  });
});

test("an upstream that breaks, and one who reads no more, reach both", async () => {
  let isCancelled = false;
  const source: ChunkSource = {
    read: () => Promise.reject(new Error("broke")),
    cancel: () => {
      isCancelled = true;
      return Promise.resolve();
    },
  };
  const ended: boolean[] = [];
  const broken = new SideRun({
    rules: RULES,
    stats: new ScrapeStats(),
    wantsOutput: false,
    ended: (isWhole) => ended.push(isWhole),
  });
  await rejects(broken.watched(source).read(), /broke/);
  deepEqual(ended.splice(0), [false]);
  const run = new SideRun({
    rules: RULES,
    stats: new ScrapeStats(),
    wantsOutput: false,
    ended: (isWhole) => ended.push(isWhole),
  });
  await run.watched(source).cancel();
  deepEqual([isCancelled, ended], [true, [false]]);
});

test("where nobody listens a scrape is one run, before and after somebody did", async () => {
  const app = await servedApp({
    upstream: "a 1\nb 2\n",
    config: {
      metric_relabel_configs: [{ action: "drop", source_labels: ["__name__"], regex: "b" }],
    },
  });
  const { push } = ScrapeRun.prototype;
  let pushes = 0;
  ScrapeRun.prototype.push = function (chunk) {
    pushes++;
    return push.call(this, chunk);
  };
  try {
    const scrape = async () => {
      pushes = 0;
      await (await app.request("/metrics")).text();
      return pushes;
    };
    equal(await scrape(), 1);
    const taps = await Promise.all(
      ["before", "before", "dropped", "after"].map((stage) =>
        app.request(`/analyze/tap?stage=${stage}`)
      ),
    );
    // Two at one stage are one run.
    equal(await scrape(), 4);
    for (const tap of taps) await tap.body!.cancel();
    equal(await scrape(), 1);
  } finally {
    ScrapeRun.prototype.push = push;
  }
});
