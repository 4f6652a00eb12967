import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { Composer } from "../../src/exposition/compose/composer.ts";
import { ProtobufEncoder } from "../../src/exposition/protobuf/protobuf_encoder.ts";
import { ProtobufReader } from "../../src/exposition/protobuf/protobuf_reader.ts";
import { lift } from "../support/exposition/lift.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The body that lifted lines are composed to, and its samples as told to the output. */
function encode(lines: string): { readonly body: Bytes; readonly samples: number } {
  const pieces: Bytes[] = [];
  let samples = 0;
  const composer = new Composer(
    new ProtobufEncoder({
      write(piece, count) {
        pieces.push(piece);
        samples += count;
        return true;
      },
    }),
  );
  composer.push(new TextEncoder().encode(lines));
  composer.end();
  return { body: new Uint8Array(Buffer.concat(pieces)), samples };
}

/** The lines of what lifted lines are composed to. */
function encodedAgain(lines: string): string {
  const { body, samples } = encode(lines);
  const lifted = lift(new ProtobufReader(), [body]);
  assert.equal(lifted.error, undefined);
  assert.equal(samples, lines.split("\n").filter((line) => /^[^#]/.test(line)).length);
  return text(lifted.lines);
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

test("client_golang: the same lines after composing and encoding them", () => {
  const body = new Uint8Array(
    readFileSync(resolve(import.meta.dirname!, "data", "client_golang.pb")),
  );
  const lines = text(lift(new ProtobufReader(), [body]).lines);
  assert.equal(encodedAgain(lines), lines);
});

test("client_model: the same lines after composing and encoding them", () => {
  const body = new Uint8Array(
    readFileSync(resolve(import.meta.dirname!, "data", "client_model.pb")),
  );
  const lines = text(lift(new ProtobufReader(), [body]).lines);
  assert.equal(encodedAgain(lines), lines);
});
