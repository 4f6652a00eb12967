/** A reader that has read other bodies reads the next one as a new one does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ProtobufReader } from "../../../src/exposition/protobuf/protobuf_reader.ts";
import { HOSTILE_BODIES } from "../../support/exposition/hostile_protobuf.ts";
import { lift } from "../../support/exposition/lift.ts";
import {
  bodyOf,
  double,
  family,
  int,
  label,
  message,
  string,
} from "../../support/exposition/wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const gauge = (value: string) => message(4, label("a", value), message(2, double(1, 1)));
const many = (name: string, count: number) =>
  family(string(1, name), int(3, 1), ...Array.from({ length: count }, (_, i) => gauge(`${i}`)));

const BODIES: readonly Bytes[] = [
  ...["client_golang.pb", "client_model.pb"].map((name) =>
    new Uint8Array(readFileSync(join(import.meta.dirname!, "data", name)))
  ),
  ...HOSTILE_BODIES.map(({ body }) => body),
  bodyOf(many("b", 2), many("a", 2)),
  bodyOf(many("a", 2), many("b", 2)),
  bodyOf(many("c", 2), family(string(1, "a"), string(2, "Help."), int(3, 1), gauge("1"))),
  bodyOf(many("a", 5_000)),
  bodyOf(many("a", 2)),
];

test("bodies, one after the other, some of them cut", () => {
  const keep = (line: string) => !line.includes("1");
  const reused = new Set<ProtobufReader>();
  for (const first of [...BODIES, ...BODIES]) {
    for (const chunks of [[first], [first.slice(0, first.length / 2)]]) {
      const wanted = lift(new ProtobufReader(), chunks, keep);
      const reader = ProtobufReader.take();
      assert.deepEqual(lift(reader, chunks, keep), wanted);
      reader.release();
      reused.add(reader);
    }
  }
  // The large body's was let go.
  assert.ok(reused.size < 10, `${reused.size} readers`);
});

test("no reader is taken by two", () => {
  ProtobufReader.take().release();
  assert.notEqual(ProtobufReader.take(), ProtobufReader.take());
});
