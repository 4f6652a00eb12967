import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type ReadableExposition, readableExposition } from "../../src/cli/readable_exposition.ts";
import { ConfigError } from "../../src/problems/config_error.ts";

type Chunk = Uint8Array<ArrayBuffer>;

const TEXT = '# TYPE a gauge\na 1\nb{x="y"} 2\n';
const WANTED = "wanted an exposition, in the text format or OpenMetrics";

/** The bytes in pieces; a stream that ends with `error`, if there is one. */
function streamOf(bytes: Uint8Array, size: number, error?: Error): ReadableStream<Chunk> {
  let at = 0;
  return new ReadableStream<Chunk>({
    pull(controller) {
      if (at < bytes.length) {
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
        at += size;
      } else if (error !== undefined) controller.error(error);
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

async function readAll(readable: Promise<ReadableExposition>): Promise<string> {
  return await new Response((await readable).body).text();
}

function readable(body: ReadableStream<Chunk>, name: string): Promise<ReadableExposition> {
  return readableExposition(body, name, undefined);
}

const READABLE: Record<string, [Uint8Array, string]> = {
  "text": [Buffer.from(TEXT), TEXT],
  "gzip": [gzipSync(TEXT), TEXT],
  "nothing": [new Uint8Array(), ""],
  "a first line that no one can read": [Buffer.from(`?\n${TEXT}`), `?\n${TEXT}`],
  "a sample without an end": [Buffer.from("a 1"), "a 1"],
  "a sample after 5,000 bytes of comments": [
    Buffer.from(`${"# x\n".repeat(1250)}a 1\n`),
    `${"# x\n".repeat(1250)}a 1\n`,
  ],
  "a sample after 5,000 bytes of lines that no one can read": [
    Buffer.from(`${"x y\n".repeat(1250)}a 1\n`),
    `${"x y\n".repeat(1250)}a 1\n`,
  ],
  "a comment beyond all bounds": [
    Buffer.from(`# ${"x".repeat(2 << 20)}\n`),
    `# ${"x".repeat(2 << 20)}\n`,
  ],
  "a sample after a line beyond all bounds": [
    Buffer.from(`${"x".repeat(2 << 20)}\na 1\n`),
    `${"x".repeat(2 << 20)}\na 1\n`,
  ],
};

for (const [name, [bytes, text]] of Object.entries(READABLE)) {
  test(`${name}: comes through as it is, in pieces of any size`, async () => {
    for (const size of bytes.length > 100_000 ? [65_537] : [1, 2, 7, 100_000]) {
      const found = await readAll(readable(streamOf(bytes, size), "a.prom"));
      equal(found === text, true, `pieces of ${size}`);
    }
  });
}

const UNREADABLE: Record<string, [Uint8Array, string]> = {
  "HTML": [Buffer.from("\n<!doctype html>\na 1\n"), `a.prom: found HTML, ${WANTED}`],
  "gzip of JSON": [gzipSync('{"a": 1}'), `a.prom: found JSON, ${WANTED}`],
  "lines": [Buffer.from("x y\n# a\nz\n"), `a.prom: found "x y", ${WANTED}`],
  "a line without an end": [Buffer.from("x y z"), `a.prom: found "x y z", ${WANTED}`],
  "a line with a terminal's command": [
    Buffer.from("\x1b[2J\n"),
    `a.prom: found "\\u001b[2J", ${WANTED}`,
  ],
};

for (const [name, [bytes, problem]] of Object.entries(UNREADABLE)) {
  test(`${name}: refused, in pieces of any size`, async () => {
    for (const size of [1, 2, 7, 1000]) {
      await rejects(readAll(readable(streamOf(bytes, size), "a.prom")), (error) => {
        deepEqual((error as ConfigError).problems, [problem]);
        return true;
      });
    }
  });
}

test("what is read on and cannot be says where", async () => {
  const broken = new Error("the disk is gone");
  for (const bytes of [Buffer.from(TEXT), new Uint8Array()]) {
    await rejects(readAll(readable(streamOf(bytes, 5, broken), "a.prom")), {
      name: "ConfigError",
      message: "a.prom: the disk is gone",
    });
  }
  const named = new Error("a.prom: the disk is gone");
  await rejects(readAll(readable(streamOf(new Uint8Array(), 5, named), "a.prom")), {
    message: "a.prom: the disk is gone",
  });
});

test("a first line that can be read waits for nothing else", async () => {
  let cancelled: unknown;
  const source = new ReadableStream<Chunk>({
    start: (controller) => controller.enqueue(new Uint8Array(Buffer.from("a 1\nb"))),
    cancel: (reason) => void (cancelled = reason),
  });
  const reader = (await readable(source, "-")).body.getReader();
  const { value } = await reader.read();
  equal(new TextDecoder().decode(value), "a 1\nb");
  await reader.cancel("enough");
  equal(cancelled, "enough");
});

test("a source that is refused is let go", async () => {
  let isCancelled = false;
  const source = new ReadableStream<Chunk>({
    start: (controller) => controller.enqueue(new Uint8Array(Buffer.from("PK\x03\x04"))),
    cancel: () => void (isCancelled = true),
  });
  await rejects(readable(source, "-"), { message: `-: found a zip archive, ${WANTED}` });
  equal(isCancelled, true);
});
