/**
 * Times the stages of a scrape alone, in this process, on a sample in memory: `npm run bench:stages`.
 * Prints nanoseconds a line, and the ratio to a plain search for newlines in the same run, which is
 * what can be compared. Runs under Bun and under Deno; `--lines N` makes the sample larger.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  chunksOf,
  engineOf,
  filterChunks,
  type Options,
  streamOf,
} from "../../test/support/lines/filtered.ts";
import { placeOf } from "../../src/problems/problem.ts";
import { NEWLINE } from "../../src/exposition/bytes.ts";
import { LineBlocks } from "../../src/exposition/line_blocks.ts";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import { scanSample } from "../../src/exposition/scan_sample.ts";
import { gzipStream } from "../../src/scrape/gzip_stream.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { HISTOGRAMS, ingressSample, LINES_PER_HISTOGRAM, PATHS } from "./ingress_sample.ts";
import { median } from "./median.ts";
import { LABEL_POLICY, LABEL_RULE, NAME_POLICY, SUM, type Workload } from "./workload.ts";

/** As they come from an upstream. */
const CHUNK_BYTES = 64 * 1024;
const TURNS = 5;

type Chunks = readonly Uint8Array<ArrayBuffer>[];

interface Stage {
  readonly name: string;
  readonly run: (chunks: Chunks) => unknown;
}

async function main(lines: number): Promise<void> {
  const perIngress = HISTOGRAMS.length * PATHS.length * LINES_PER_HISTOGRAM;
  const sample = [...ingressSample(Math.ceil(lines / perIngress))].join("");
  const chunks = chunksOf(new TextEncoder().encode(sample), CHUNK_BYTES);
  const count = newlines(chunks);
  const stages = await allStages();
  const took: number[][] = stages.map(() => []);
  for (let turn = -1; turn < TURNS; turn++) {
    for (const [index, stage] of stages.entries()) {
      const start = performance.now();
      await stage.run(chunks);
      // The first turn is to warm up.
      if (turn >= 0) took[index].push(performance.now() - start);
    }
  }
  const runtime = "bun" in process.versions ? "bun" : "deno";
  console.log(
    `${runtime} ${process.versions[runtime]}, ${count} lines of ${sample.length} bytes\n`,
  );
  console.log(`${"stage".padEnd(36)}${"ns a line".padStart(10)}${"ratio".padStart(9)}`);
  for (const [index, { name }] of stages.entries()) {
    const nanoseconds = (1e6 * median(took[index]) / count).toFixed(0);
    const ratio = median(took[index].map((ms, turn) => ms / took[0][turn])).toFixed(1);
    console.log(`${name.padEnd(36)}${nanoseconds.padStart(10)}${ratio.padStart(9)}`);
  }
}

/** The first is what the others are compared with. */
async function allStages(): Promise<Stage[]> {
  return [
    { name: "newlines", run: newlines },
    { name: "line splitting", run: splitLines },
    { name: "line splitting, parts of a sample", run: scanLines },
    await transform("transform: pass", {}),
    await transform("transform: name, policy", NAME_POLICY),
    await transform("transform: label, policy", LABEL_POLICY),
    await transform("transform: label, rule", LABEL_RULE),
    await transform("transform: plan and table (sum)", SUM),
    { name: "gzip", run: gzip },
  ];
}

function newlines(chunks: Chunks): number {
  let count = 0;
  for (const chunk of chunks) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count++;
  }
  return count;
}

function splitLines(chunks: Chunks): void {
  pushBlocks(chunks, () => {});
}

function scanLines(chunks: Chunks): void {
  const spans = new SampleSpans();
  pushBlocks(chunks, (bytes, start, end) => scanSample(bytes, start, end, spans, "text"));
}

function pushBlocks(
  chunks: Chunks,
  line: (bytes: Uint8Array, start: number, end: number) => void,
): void {
  const blocks = new LineBlocks({
    lines(bytes, start, end) {
      while (start < end) {
        const newline = bytes.indexOf(NEWLINE, start);
        line(bytes, start, newline);
        start = newline + 1;
      }
      return end;
    },
    linePiece() {},
  });
  for (const chunk of chunks) blocks.push(chunk);
  blocks.end();
}

/** The whole transform of a scrape, without the network around it. */
async function transform(
  name: string,
  { policies, rules }: Pick<Workload, "policies" | "rules">,
): Promise<Stage> {
  const { configs } = readRelabelConfigs(rules, placeOf("rules"), "utf8");
  const options: Options = {
    policies: policies && await engineOf(policies.map(({ metric }) => metric)),
    rules: await buildRules({ relabelConfigs: configs, aggregationRules: [], limits: undefined }),
  };
  return { name, run: (chunks) => filterChunks(chunks, options) };
}

async function gzip(chunks: Chunks): Promise<void> {
  for await (const _ of await gzipStream(streamOf(chunks)));
}

const { values } = parseArgs({ options: { lines: { type: "string", default: "40000" } } });
await main(Number(values.lines));
