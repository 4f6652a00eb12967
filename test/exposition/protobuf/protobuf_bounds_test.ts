import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MAX_FAMILY_HEAD_BYTES,
  MAX_METRIC_BYTES,
  MAX_METRIC_LINES_BYTES,
  MAX_REWRITTEN_FAMILY_BYTES,
  MAX_WHOLE_FAMILY_BYTES,
} from "../../../src/bounds.ts";
import { ProtobufReader } from "../../../src/exposition/protobuf/protobuf_reader.ts";
import { lift } from "../../support/exposition/lift.ts";
import {
  bodyOf,
  double,
  family,
  int,
  label,
  message,
  string,
  tag,
  varint,
  type Wire,
} from "../../support/exposition/wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const NAME = string(1, "x");
const GAUGE = int(3, 1);
const TEXT = "x".repeat(1_000);
const gauge = (i: number) => message(4, label("i", `${i}`), message(2, double(1, i)));

/** Metrics that make a family too large to be held as a whole. */
function large(bytes: number = MAX_WHOLE_FAMILY_BYTES): Bytes {
  const one = new Uint8Array(message(4, label("text", TEXT), message(2, double(1, 1))));
  const count = Math.ceil(bytes / one.length) + 1;
  const all = new Uint8Array(count * one.length);
  for (let i = 0; i < count; i++) all.set(one, i * one.length);
  return all;
}

/** A family of pieces, too large to be spread as numbers. */
function familyOf(...pieces: readonly (Wire | Bytes)[]): Bytes {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = varint(length);
  const body = new Uint8Array(head.length + length);
  body.set(head);
  let at = head.length;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}

function chunksOf(body: Bytes, size: number): Bytes[] {
  const chunks: Bytes[] = [];
  for (let at = 0; at < body.length; at += size) chunks.push(body.slice(at, at + size));
  return chunks;
}

/** What comes of a body, however it is cut. */
function lifted(body: Bytes, keep: (line: string) => boolean = () => true) {
  const whole = lift(new ProtobufReader(), [body], keep);
  for (const size of [65_536, 1_777]) {
    const cut = lift(new ProtobufReader(), chunksOf(body, size), keep);
    assert.equal(cut.error, whole.error, `chunks of ${size}`);
    assert.equal(cut.lines.join("\n") === whole.lines.join("\n"), true, `chunks of ${size}`);
    if (whole.error !== undefined) continue;
    assert.equal(cut.samples, whole.samples);
    assert.equal(cut.rewritten.length, whole.rewritten.length);
  }
  return whole;
}

const metadata = (lines: readonly string[]) =>
  lines.flatMap((line, at) => line.startsWith("#") ? [[at, line] as const] : []);

test("a family that is held: its unit stands behind its metrics, and its line before them", () => {
  const body = bodyOf(family(NAME, GAUGE, gauge(1), string(5, "u"), string(2, "Text.")));
  assert.deepEqual(lifted(body).lines, [
    "# HELP x Text.",
    "# TYPE x gauge",
    "# UNIT x u",
    'x{i="1"} 1',
  ]);
});

test("a larger one: what stands behind its metrics comes there", () => {
  const body = familyOf(
    NAME,
    string(2, "Text."),
    GAUGE,
    large(),
    string(2, "Other."),
    gauge(2),
    NAME,
    GAUGE,
    string(2, "Other."),
    string(5, "u"),
  );
  const { lines, error, rewritten, samples } = lifted(body);
  const count = lines.length - 5 + 1;
  assert.equal(error, undefined);
  assert.deepEqual(metadata(lines), [
    [0, "# HELP x Text."],
    [1, "# TYPE x gauge"],
    [count + 1, "# HELP x Other."],
    [count + 3, "# UNIT x u"],
  ]);
  assert.equal(samples, count);
  assert.deepEqual(rewritten, body);
});

for (
  const [what, late, error] of [
    ["another name", string(1, "y"), 'family "x": a name after the metrics of a large family'],
    ["another type", int(3, 0), 'family "x": a type after the metrics of a large family'],
    ["a help text of no UTF-8", message(2, [0xff]), 'family "x": a help text that is not UTF-8'],
  ] as const
) {
  test(`a larger one: ${what} behind its metrics`, () => {
    const found = lifted(familyOf(NAME, GAUGE, large(), late)).error;
    assert.match(found ?? "", /^protobuf, byte \d+, /);
    assert.equal(found!.replace(/^protobuf, byte \d+, /, ""), error);
  });
}

test("a metric beyond its bound", () => {
  const text = new Uint8Array(MAX_METRIC_BYTES).fill(0x78);
  const value = familyOf(tag(2, 2), familyOf(text));
  const metric = familyOf(tag(1, 2), value);
  const body = familyOf(NAME, GAUGE, tag(4, 2), metric);
  assert.equal(
    lifted(body).error,
    'protobuf, byte 8, family "x": a field of 1048584 bytes, which is more than 1048576',
  );
});

test("a field beside metrics beyond its bound", () => {
  const text = new Uint8Array(MAX_FAMILY_HEAD_BYTES + 1).fill(0x78);
  assert.equal(
    lifted(familyOf(NAME, tag(2, 2), familyOf(text))).error,
    'protobuf, byte 6, family "x": a field of 1048577 bytes, which is more than 1048576',
  );
});

test("many fields beside metrics beyond their bound", () => {
  const field = new Uint8Array(string(99, TEXT));
  const fields = new Uint8Array(field.length * 1_050);
  for (let i = 0; i < 1_050; i++) fields.set(field, i * field.length);
  assert.match(
    lifted(familyOf(NAME, GAUGE, gauge(1), fields)).error ?? "",
    /^protobuf, byte \d+, family "x": more than 1048576 bytes beside the family's metrics$/,
  );
});

test("a group of a larger family", () => {
  const content = new Uint8Array(500).fill(0x08);
  const group = new Uint8Array([...tag(9, 3), ...content, ...tag(9, 4)]);
  const body = familyOf(NAME, GAUGE, gauge(1), group, large(), group, gauge(2));
  const { error, rewritten } = lifted(body);
  assert.equal(error, undefined);
  assert.deepEqual(rewritten, body);
});

test("a group of a larger family that does not end", () => {
  const open = new Uint8Array(MAX_WHOLE_FAMILY_BYTES + 100).fill(0x08);
  open.set(tag(9, 3));
  assert.equal(
    lifted(familyOf(NAME, GAUGE, gauge(1), open)).error,
    'protobuf, byte 1048625, family "x": a varint that its message ends within',
  );
});

test("a metric whose lines are beyond their bound", () => {
  // Each bucket takes two bytes, and its line all of the label.
  const buckets = Array.from({ length: 10_000 }, () => message(3)).flat();
  const metric = message(4, label("text", TEXT), message(7, buckets));
  assert.equal(
    lifted(bodyOf(family(NAME, int(3, 4), metric))).error,
    `protobuf, byte 21028, family "x": a metric of more than ${MAX_METRIC_LINES_BYTES} bytes as lines`,
  );
});

test("many metrics whose lines are beyond what their bytes allow", () => {
  // 8 KB each, and 8 MB of lines.
  const buckets = Array.from({ length: 2_000 }, () => message(3)).flat();
  const metric = message(4, label("text", "x".repeat(4_000)), message(7, buckets));
  assert.equal(
    lifted(bodyOf(family(NAME, int(3, 4), metric, metric, metric))).error,
    'protobuf, byte 16044, family "x": more than 128 bytes of lines for each byte of the body',
  );
});

test("a family of which much is kept is written as several messages of the same head", () => {
  const body = familyOf(
    NAME,
    string(2, "Text."),
    GAUGE,
    string(99, "unknown"),
    large(2.5 * MAX_REWRITTEN_FAMILY_BYTES),
    string(5, "u"),
  );
  const { rewritten, samples, lines } = lifted(body, (line) => line.startsWith("x{"));
  const again = lift(new ProtobufReader(), [rewritten]);
  assert.equal(again.error, undefined);
  const isSample = (line: string) => line.startsWith("x{");
  const count = lines.filter(isSample).length;
  assert.equal(samples, count);
  assert.equal(again.lines.filter(isSample).length, count);
  assert.deepEqual(metadata(again.lines).map(([, line]) => line), [
    ...Array(3).fill(["# HELP x Text.", "# TYPE x gauge"]).flat(),
    "# UNIT x u",
  ]);
});
