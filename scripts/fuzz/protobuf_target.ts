import { Buffer } from "node:buffer";
import { Composer } from "../../src/exposition/compose/composer.ts";
import { LineSpans, scanLine } from "../../src/exposition/lifted_line.ts";
import { readMetadataLine } from "../../src/exposition/metadata_line.ts";
import { ProtobufEncoder } from "../../src/exposition/protobuf/protobuf_encoder.ts";
import { UnreadableBody } from "../../src/exposition/lifted.ts";
import type { RulesInForce } from "../../src/lines/rules_in_force.ts";
import { ScrapeRun } from "../../src/lines/scrape_run.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { rulesOf } from "../../test/support/lines/series_case.ts";
import { ProtobufReader } from "../../src/exposition/protobuf/protobuf_reader.ts";
import { lift, type Lifted } from "../../test/support/exposition/lift.ts";
import { random } from "../../test/support/random.ts";
import {
  bytesOf,
  type FuzzInput,
  type FuzzTarget,
  hashOf,
  hold,
  jsonBytes,
  times,
} from "./fuzz_target.ts";
import { randomCrowd } from "./crowd.ts";
import { randomProtobuf } from "./random_protobuf.ts";
import { BOUNDS_FILE, randomBounds, underBounds } from "./small_bounds.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const MOST_NAMES = 60;

export const protobufTarget: FuzzTarget = {
  name: "protobuf",
  what:
    "protobuf bodies: an error or lines that can be read, cuts alike, written again and composed",
  reduced: { "input.pb": "bytes" },

  generate(next) {
    const crowd = randomCrowd(next, MOST_NAMES);
    const bounds = crowd && randomBounds(next, { families: false, plans: true });
    return {
      "input.pb": randomProtobuf(next, crowd),
      ...(bounds && { [BOUNDS_FILE]: jsonBytes(bounds) }),
    };
  },

  check: (input) => underBounds(input, () => check(input)),
};

async function check(input: FuzzInput): Promise<void> {
  const body = input["input.pb"];
  const hash = hashOf(body);
  // All lines, some, and those that rules are mostly about.
  const keeps = [
    () => true,
    (line: string, index: number) => (hashOf(bytesOf(line)) + index + hash) % 3 !== 0,
    (line: string) => !/^[^{]*_bucket|_bucket"/.test(line),
    (line: string) => !/ \{count:/.test(line),
  ];
  for (const keep of keeps) {
    const whole = lift(new ProtobufReader(), [body], keep);
    for (const chunks of cutsOf(body)) {
      holdSame(lift(new ProtobufReader(), chunks, keep), whole, chunks.length);
    }
    checkRewritten(whole, keep);
  }
  const { lines } = lift(new ProtobufReader(), [body]);
  // A name with a NUL makes a line that cannot be read, as in text.
  if (!lines.some(hasNulInName)) {
    checkLines(lines);
    checkComposed(lines);
  }
  await checkNamed(body);
}

/**
 * Where names alone decide, metrics are not lifted: that comes to the same as where they are, since a rule
 * reads a label that no sample has.
 */
async function checkNamed(body: Bytes): Promise<void> {
  for (const regex of ["nothing", "x", ".*_bucket", "x_(bucket|sum|count)"]) {
    const drop = { action: "drop", source_labels: ["__name__"], regex };
    const reads = { action: "drop", source_labels: ["no_such_label"], regex: "never" };
    const [named, lifted] = await Promise.all(
      [[drop], [drop, reads]].map(async (rules) => outcomeOf(body, await rulesOf({ rules }))),
    );
    hold(named === lifted, "the same by names", () => `${regex}: ${named}, not ${lifted}`);
  }
}

function outcomeOf(body: Bytes, rules: RulesInForce | undefined): string {
  const stats = new ScrapeStats();
  const pieces: Bytes[] = [];
  const format = "protobuf";
  const bounds = { maxLineBytes: 1 << 20, maxInputBytes: 0, maxOutputBytes: 0 };
  // How many lines cannot be read depends on what was learnt before.
  const saysMissing = false;
  const options = {
    policies: undefined,
    rules,
    format,
    ...bounds,
    onLimit: "fail",
    saysMissing,
  } as const;
  const run = new ScrapeRun(options, stats, (bytes) => pieces.push(bytes));
  try {
    run.push(body.slice());
    run.end();
  } catch (error) {
    run.cancel();
    if (!(error instanceof UnreadableBody)) throw error;
    return error.message;
  }
  const { inputSamples, outputSamples, droppedByRules, droppedAsInvalid } = stats;
  const counts = [inputSamples, outputSamples, droppedByRules, droppedAsInvalid];
  return `${counts} ${Buffer.concat(pieces).toString("hex")}`;
}

const isSample = (line: string) => !line.startsWith("#");

function holdSame(found: Lifted, wanted: Lifted, chunks: number): void {
  const detail = () => `${chunks} chunks: ${found.error}, instead of ${wanted.error}`;
  hold(found.error === wanted.error, "same error at every cut", detail);
  const [a, b] = [found, wanted].map(({ lines }) => lines.join("\n"));
  hold(a === b, "same lines at every cut", () => `${a}\n\ninstead of\n\n${b}`);
  if (wanted.error !== undefined) return;
  hold(Buffer.compare(found.rewritten, wanted.rewritten) === 0, "same bytes at every cut", detail);
  hold(found.samples === wanted.samples, "same samples at every cut", detail);
}

/** What was written again can be read, and has as many samples as were kept, and their names. */
function checkRewritten(
  { lines, error, rewritten, samples }: Lifted,
  keep: (line: string, index: number) => boolean,
): void {
  if (error !== undefined) return;
  const kept = lines.filter((line, index) => isSample(line) && keep(line, index));
  hold(samples === kept.length, "samples that were kept", () => `${samples} of ${kept.length}`);
  const again = lift(new ProtobufReader(), [rewritten]);
  hold(again.error === undefined, "what was written again is right", () => String(again.error));
  if (kept.length === lines.filter(isSample).length) {
    const [a, b] = [again.lines, lines].map((all) => all.filter(isSample).join("\n"));
    hold(a === b, "all kept", () => `${a}\n\ninstead of\n\n${b}`);
  }
  // Of exemplars and start times gauges have none, and counts may be doubles.
  const found = new Set(again.lines.map(seriesOf));
  const lost = kept.find((line) => !found.has(seriesOf(line)) && !isPart(line, lines));
  hold(lost === undefined, "every kept series is there", () => String(lost));
}

/** Name and labels; those in order, as a metric is the same in whatever order it has them. */
function seriesOf(line: string): string {
  const series = /^[^{ ]*(\{([^"}]|"([^"\\]|\\.)*")*\})?/.exec(line)![0];
  const labels = series.match(/(?:[^{,"=]+|"(?:[^"\\]|\\.)*")="(?:[^"\\]|\\.)*"/g) ?? [];
  const name = labels.reduce((rest, label) => rest.replace(label, ""), series);
  return `${name.replaceAll(",", "")} ${labels.sort().join()}`;
}

/** The sum and the count of a native histogram are that's own, and show with its buckets only. */
function isPart(line: string, lines: readonly string[]): boolean {
  return /_(sum|count)("|\{| )/.test(line) && lines.some((other) => / \{count:/.test(other));
}

function hasNulInName(line: string): boolean {
  return line.replaceAll(/="(?:[^"\\]|\\.)*"/g, "").includes("\0");
}

function checkLines(lines: readonly string[]): void {
  const spans = new LineSpans();
  for (const line of lines) {
    const bytes = bytesOf(line);
    const isRead = isSample(line)
      ? scanLine(bytes, 0, bytes.length, spans, false) === bytes.length
      : readMetadataLine(bytes, 0, bytes.length) !== undefined;
    hold(isRead, "lines that can be read", () => line);
  }
}

/** What the lines are composed to can be read, and has a series for each of theirs. */
function checkComposed(lines: readonly string[]): void {
  const pieces: Bytes[] = [];
  const encoder = new ProtobufEncoder({
    write(piece) {
      pieces.push(piece);
      return true;
    },
  });
  const composer = new Composer(encoder);
  composer.push(bytesOf(lines.map((line) => `${line}\n`).join("")));
  composer.end();
  const { error, lines: again } = lift(new ProtobufReader(), [
    new Uint8Array(Buffer.concat(pieces)),
  ]);
  hold(error === undefined, "what was composed is right", () => String(error));
  hold(composer.unreadable === 0, "all lines are composed", () => `${composer.unreadable} are not`);
  if (encoder.leftOut > 0) return;
  const found = new Set(again.map(seriesOf));
  const lost = lines.find((line) => isSample(line) && !found.has(seriesOf(line)));
  hold(lost === undefined, "every composed series is there", () => String(lost));
}

function cutsOf(body: Bytes): Bytes[][] {
  const next = random(hashOf(body));
  const cuts = [times(body.length, (at) => body.subarray(at, at + 1))];
  for (let i = 0; i < 3; i++) {
    const chunks: Bytes[] = [];
    for (let at = 0; at < body.length;) {
      const end = at + 1 + next([20, 300, body.length][i]);
      chunks.push(body.subarray(at, end));
      at = end;
    }
    cuts.push(chunks);
  }
  return cuts;
}
