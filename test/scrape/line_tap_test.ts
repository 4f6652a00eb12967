import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_TAP_BYTES } from "../../src/bounds.ts";
import type { BodyFormat } from "../../src/exposition/line_format.ts";
import { LineTap, type TapStage } from "../../src/scrape/line_tap.ts";
import { sourceOfChunks } from "../../src/upstream/chunk_source.ts";

const encode = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const never = new AbortController().signal;

async function readAll(
  tap: LineTap,
  chunks: readonly string[],
  format: BodyFormat = "text",
  stage: TapStage = "pre",
): Promise<string> {
  const source = tap.watched(stage, sourceOfChunks(chunks.map(encode)), format);
  let text = "";
  for (let chunk = await source.read(); chunk; chunk = await source.read()) text += decode(chunk);
  return text;
}

function frames(format: string, ...lines: readonly string[]): string {
  return lines.map((line, index) =>
    `--- seq=${index + 1} signal=metric format=${format} decision= len=${line.length}\n${line}\n`
  ).join("");
}

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["lines in one chunk", ["a 1\nb 2\nc 3\n"], ["a 1", "b 2", "c 3"]],
  ["lines over chunks", ["a", " 1", "\nb 2\nc", " 3\n"], ["a 1", "b 2", "c 3"]],
  ["a last line without an end", ["a 1\nb 2\nc", " 3"], ["a 1", "b 2", "c 3"]],
  ["blank lines", ["\n\na 1\n\n", "\nb 2\n", "c 3\n"], ["a 1", "b 2", "c 3"]],
];

for (const [name, chunks, lines] of CASES) {
  test(`a tap shows ${name}, and hands on all of it`, async () => {
    const tap = new LineTap();
    const taken = tap.take("pre", 3, never);
    assert.equal(await readAll(tap, chunks), chunks.join(""));
    assert.equal(decode(await taken), frames("prom_text", ...lines));
  });
}

test("a line that was under way when the tap came is not shown", async () => {
  const tap = new LineTap();
  const source = tap.watched("pre", sourceOfChunks(["a 1\nhalf", " 2\nc 3\n"].map(encode)), "text");
  await source.read();
  const taken = tap.take("pre", 1, never);
  await source.read();
  assert.equal(decode(await taken), frames("prom_text", "c 3"));
});

test("the other stage is not shown, nor more than was asked for, nor to two", async () => {
  const tap = new LineTap();
  const taken = tap.take("post", 1, never);
  assert.equal(await tap.take("pre", 1, never), undefined);
  await readAll(tap, ["pre 1\n"]);
  await readAll(tap, ["post 1\npost 2\n"], "openmetrics", "post");
  assert.match(
    decode(await taken),
    /^--- seq=1 .*format=openmetrics_text decision=keep len=6\npost 1\n$/,
  );
});

test("a tap ends with the most bytes that one shows", async () => {
  const tap = new LineTap();
  const taken = tap.take("pre", 1000, never);
  const line = "x".repeat(MAX_TAP_BYTES / 8 - 1);
  await readAll(tap, Array.from({ length: 20 }, () => `${line}\n`));
  const shown = decode(await taken).split(/^--- .*\n/m).slice(1).map((text) => text.length - 1);
  assert.deepEqual(shown, [...Array.from({ length: 8 }, () => line.length), 8]);
});

test("protobuf is shown in the pieces in which it came", async () => {
  const tap = new LineTap();
  const taken = tap.take("pre", 2, never);
  await readAll(tap, ["\n\x01a\n", "b"], "protobuf");
  assert.equal(decode(await taken), frames("protobuf", "\n\x01a\n", "b"));
});

test("who leaves makes room", async () => {
  const tap = new LineTap();
  const client = new AbortController();
  const taken = tap.take("pre", 5, client.signal);
  client.abort();
  assert.equal(decode(await taken), "");
  assert.notEqual(await tap.take("pre", 1, client.signal), undefined);
});
