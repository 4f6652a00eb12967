import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_HELD_LINE_BYTES } from "../../src/bounds.ts";
import { LineBlocks } from "../../src/exposition/line_blocks.ts";

const encoder = new TextEncoder();

/** What the sink got: blocks as they are, pieces with their length and `last`. */
function cut(chunks: (string | Uint8Array)[]) {
  const blocks: string[] = [];
  const pieces: [number, boolean][] = [];
  let inPlace = 0;
  let all = "";
  let pushed = new Uint8Array(0);
  const text = (bytes: Uint8Array, start: number, end: number) =>
    new TextDecoder().decode(bytes.subarray(start, end));
  const lineBlocks = new LineBlocks({
    lines(bytes, start, end) {
      if (bytes.buffer === pushed.buffer) inPlace++;
      blocks.push(text(bytes, start, end));
      all += blocks.at(-1);
      return end;
    },
    linePiece(bytes, start, end, last) {
      pieces.push([end - start, last]);
      all += text(bytes, start, end);
    },
  });
  for (const chunk of chunks) {
    pushed = typeof chunk === "string" ? encoder.encode(chunk) : new Uint8Array(chunk);
    lineBlocks.push(pushed);
  }
  lineBlocks.end();
  return { blocks, pieces, inPlace, all };
}

const cases: [string, string[], string[], number][] = [
  ["whole lines stay where they lie", ["a\nb\n", "c\n"], ["a\nb\n", "c\n"], 2],
  ["a line across two chunks", ["a\nb", "c\nd\n"], ["a\n", "bc\n", "d\n"], 2],
  ["a line across many chunks", ["a", "b", "", "c", "\n"], ["abc\n"], 0],
  ["a newline that comes alone", ["a\nb", "\n", "c\n"], ["a\n", "b\n", "c\n"], 2],
  ["no newline at the end", ["a\nb"], ["a\n", "b"], 1],
  ["no newline at all", ["a", "b"], ["ab"], 0],
  ["empty lines", ["\n\n", "\n"], ["\n\n", "\n"], 2],
  ["nothing", [], [], 0],
  ["empty chunks", ["", ""], [], 0],
];

for (const [what, chunks, blocks, inPlace] of cases) {
  test(`line blocks: ${what}`, () => {
    assert.deepEqual(cut(chunks), { blocks, pieces: [], inPlace, all: chunks.join("") });
  });
}

/** A line and its newline. */
const limit = MAX_HELD_LINE_BYTES + 1;
const x = (length: number) => "x".repeat(length);

test("a line of just the size that can be held comes whole", () => {
  const { blocks, pieces } = cut(["a\n", x(10), x(limit - 11), "\nb\n"]);
  assert.deepEqual(blocks.map((block) => block.length), [2, limit, 2]);
  assert.deepEqual(pieces, []);
});

const long: [string, string[], [number, boolean][]][] = [
  ["one byte more", [x(10), x(limit - 10), "\nb\n"], [[limit, false], [1, true]]],
  ["short chunks before a long one", ["ab", x(limit), "\n"], [[limit, false], [2, false], [
    1,
    true,
  ]]],
  ["one chunk that is too long", [x(limit + 5), "\n"], [[limit + 5, false], [1, true]]],
  ["the end of the input", [x(limit + 5)], [[limit + 5, false], [0, true]]],
  ["chunks in the middle", [x(limit), x(7), x(9), "\nb\nc"], [
    [limit, false],
    [7, false],
    [9, false],
    [1, true],
  ]],
];

for (const [what, chunks, pieces] of long) {
  test(`a longer line comes in pieces, the first of them long: ${what}`, () => {
    const result = cut(chunks);
    assert.deepEqual(result.pieces, pieces);
    assert.equal(result.all, chunks.join(""));
  });
}

test("a complete line in one chunk is too long, too: it comes as one piece", () => {
  const whole = x(limit - 1) + "\n";
  const { blocks, pieces, all } = cut([`a\n${x(limit)}\nb\n${whole}${x(2 * limit)}\n\nc`]);
  assert.deepEqual(blocks.map((block) => block.length), [2, 2 + limit, 1, 1]);
  assert.deepEqual(pieces, [[limit + 1, true], [2 * limit + 1, true]]);
  assert.equal(all.length, 2 + limit + 1 + 2 + limit + 2 * limit + 1 + 2);
});

test("what was handed on is not written again", () => {
  const kept: Uint8Array[] = [];
  const keep = (bytes: Uint8Array, start: number, end: number) => {
    kept.push(bytes.subarray(start, end));
    return end;
  };
  const blocks = new LineBlocks({ lines: keep, linePiece: keep });
  for (const chunk of ["a", "b\nc", "d\n", x(limit), "yy", "\nz", "\n"]) {
    blocks.push(encoder.encode(chunk));
  }
  const texts = kept.map((bytes) => new TextDecoder().decode(bytes));
  assert.deepEqual(texts, ["ab\n", "cd\n", x(limit), "yy", "\n", "z\n"]);
});

/** A sink that takes a sample whole when its braces are closed, wherever newlines stand. */
function cutQuoted(chunks: readonly string[]) {
  const taken: string[] = [];
  let calls = 0;
  const blocks = new LineBlocks({
    lines(bytes, start, end, isLast) {
      calls++;
      while (start < end) {
        const text = new TextDecoder().decode(bytes.subarray(start, end));
        const whole = /^[^"\n]*("[^"]*"[^"\n]*)*(\n|$)/.exec(text);
        if (whole === null && !isLast) return start;
        const length = whole === null ? text.indexOf("\n") + 1 || text.length : whole[0].length;
        taken.push(text.slice(0, length));
        start += length;
      }
      return end;
    },
    linePiece(_bytes, start, end, last) {
      taken.push(`piece of ${end - start}${last ? "" : " …"}`);
    },
  });
  for (const chunk of chunks) blocks.push(encoder.encode(chunk));
  blocks.end();
  return { taken, calls };
}

const quoted: [string, string, string[]][] = [
  ["one newline", 'a\nb"\n"\nc\n', ["a\n", 'b"\n"\n', "c\n"]],
  ["many newlines", 'b"\n\nx\n\n"\nc\n', ['b"\n\nx\n\n"\n', "c\n"]],
  ["quotes that are closed and opened in one line", 'b"\n""\n"\nc\n', ['b"\n""\n"\n', "c\n"]],
  ["quotes that nothing closes", 'b"\nc\nd', ['b"\n', "c\n", "d"]],
  ["a last line without newline", 'b"\n"', ['b"\n"']],
];

for (const [what, text, expected] of quoted) {
  test(`a line that goes on behind its newlines: ${what}`, () => {
    for (let size = 1; size <= text.length; size++) {
      const chunks = Array.from(
        { length: Math.ceil(text.length / size) },
        (_, index) => text.slice(index * size, (index + 1) * size),
      );
      assert.deepEqual(cutQuoted(chunks).taken, expected, `chunks of ${size}`);
    }
  });
}

test("what goes on is held up to the bound, and tried again only where a quote comes", () => {
  const line = `${x(1000)}\n`;
  const lines = Math.floor(limit / line.length) + 10;
  const { taken, calls } = cutQuoted(['b"\n', ...Array.from({ length: lines }, () => line), '"\n']);
  assert.equal(taken[0], 'b"\n');
  assert.equal(taken.length, lines + 2);
  assert.ok(calls < 20, `${calls} calls`);
});
