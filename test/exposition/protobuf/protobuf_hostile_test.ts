import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtobufReader } from "../../../src/exposition/protobuf/protobuf_reader.ts";
import { HOSTILE_BODIES } from "../../support/exposition/hostile_protobuf.ts";
import { lift } from "../../support/exposition/lift.ts";

for (const { name, body, error, samples = [] } of HOSTILE_BODIES) {
  test(name, () => {
    const lifted = lift(new ProtobufReader(), [body]);
    assert.equal(lifted.error, error);
    if (error === undefined) {
      assert.deepEqual(lifted.lines.filter((line) => !line.startsWith("# ")), samples);
    }
    const bytes = Array.from(body, (_, at) => body.slice(at, at + 1));
    assert.deepEqual(lift(new ProtobufReader(), bytes), lifted, "byte by byte");
  });
}
