import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_INFLATED_BYTES, MAX_RESPONSE_HEADER_BYTES } from "../../src/bounds.ts";
import { streamOf } from "../../src/upstream/chunk_source.ts";
import { getUpstream } from "../../src/upstream/get.ts";
import { gzipBomb, PIECE_BYTES } from "../support/upstream/gzip_bomb.ts";
import { failureOf, readText, request, withUpstream } from "../support/upstream/get_fixture.ts";
import { type Answer, head } from "../support/upstream/raw_upstream.ts";

/** Sends the bytes; `missing` ones are announced and do not come. */
function sends(bytes: Buffer, missing = 0): Answer {
  return (socket) => {
    socket.write(head("Content-Encoding: gzip", `Content-Length: ${bytes.length + missing}`));
    socket.write(bytes);
  };
}

test("gzip that fits is read whole", () =>
  withUpstream(sends(gzipBomb(1)), async ({ url }) => {
    const { body } = await getUpstream(request(url));
    assert.equal((await readText(body)).length, PIECE_BYTES);
  }));

test("gzip beyond the bound ends in an error, and the connection closes", () =>
  withUpstream(sends(gzipBomb(MAX_INFLATED_BYTES / PIECE_BYTES + 1), 1), async (upstream) => {
    const { body } = await getUpstream(request(`${upstream.url}/m`));
    let bytes = 0;
    const read = async () => {
      for await (const chunk of streamOf(body)) bytes += chunk.length;
    };
    assert.deepEqual(await failureOf(read()), [
      "oversized",
      502,
      "upstream URL/m: decompresses to more than 1073741824 bytes",
    ]);
    assert.ok(bytes <= MAX_INFLATED_BYTES && bytes > MAX_INFLATED_BYTES / 2);
    await upstream.closed();
  }));

const many = (length: number, bytes: number) =>
  Array.from({ length }, (_, n) => `X-${n}: ${"a".repeat(bytes)}`);

const HEADS: Record<string, [string[], RegExp]> = {
  "one large header": [
    [`X-A: ${"a".repeat(MAX_RESPONSE_HEADER_BYTES)}`],
    /^oversized 502 upstream URL\/m: response headers are too large$/,
  ],
  "many headers": [
    many(200, 400),
    /^oversized 502 upstream URL\/m: response headers are too large$/,
  ],
  // Bun calls a response with more than 256 malformed.
  "more headers than are read": [many(5000, 40), /^(oversized|protocol) 502 /],
  "one header that does not end": [[`X-A: ${"a".repeat(8 << 20)}`], /^(oversized|reset) 502 /],
};

for (const [name, [headers, expected]] of Object.entries(HEADS)) {
  test(`${name}: an error`, () =>
    withUpstream((socket) => {
      socket.write(head(...headers, "Content-Length: 4") + "a 1\n");
    }, async ({ url }) => {
      for (const connectTo of [undefined, "127.0.0.1"]) {
        const work = getUpstream(request(`${url}/m`, { connectTo }));
        assert.match((await failureOf(work)).join(" "), expected);
      }
    }));
}
