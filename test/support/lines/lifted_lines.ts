import type { LiftedLines } from "../../../src/exposition/lifted.ts";
import { KeptLines } from "../../../src/lines/kept_lines.ts";
import { LineTaker, type TakerOptions } from "../../../src/lines/line_taker.ts";
import type { RulesInForce } from "../../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import { programOf } from "../../../src/engine/program.ts";
import type { PolicyEngine } from "../../../src/policy/policy_engine.ts";
import { encode } from "./filtered.ts";

/** A native histogram's value, of so many observations in one bucket. */
export function nativeValue(count: number, sum: number): string {
  return `{count:${count},sum:${sum},schema:3,zero_threshold:0,zero_count:0,negative_spans:[],` +
    `negative_buckets:[],positive_spans:[0:1],positive_buckets:[${count}]}`;
}

/** The lines of a text, as a reader of composite metrics gives them. */
export function liftedLines(text: string): LiftedLines {
  const bytes = encode(text);
  const starts = [0];
  for (const [at, byte] of bytes.entries()) if (byte === 0x0a) starts.push(at + 1);
  const count = starts.length - 1;
  return { bytes, length: bytes.length, count, starts: Int32Array.from(starts) };
}

export interface LiftedRun {
  readonly rules?: RulesInForce;
  readonly policies?: PolicyEngine;
  readonly options?: Partial<TakerOptions>;
  readonly learns?: boolean;
}

function optionsOf({ options, learns }: LiftedRun): TakerOptions {
  return { format: "lifted", maxLineBytes: 4096, maxOutputBytes: 0, learns, ...options };
}

/** The samples of a text that are kept, and what was counted. */
export function keptSamples(text: string, run: LiftedRun): { text: string; stats: ScrapeStats } {
  const stats = new ScrapeStats();
  const kept = new KeptLines(programOf(run.rules, run.policies), optionsOf(run), stats);
  try {
    const flags = kept.take(liftedLines(text));
    const lines = text.split("\n").filter((line, at) => flags[at] === 1 && !line.startsWith("#"));
    return { text: lines.map((line) => `${line}\n`).join(""), stats };
  } finally {
    kept.finish();
  }
}

/** What a text becomes, and what was counted. */
export function liftedThrough(text: string, run: LiftedRun): { text: string; stats: ScrapeStats } {
  const stats = new ScrapeStats();
  const decoder = new TextDecoder();
  let output = "";
  const program = programOf(run.rules, run.policies);
  const options = { limits: run.rules?.limits, mayRename: run.rules?.mayRename, ...optionsOf(run) };
  const taker = new LineTaker(program, options, stats, (bytes) => output += decoder.decode(bytes));
  try {
    const { bytes, length } = liftedLines(text);
    taker.lines(bytes, 0, length, true);
    taker.end();
    taker.finish();
    return { text: output, stats };
  } finally {
    taker.cancel();
  }
}
