import type net from "node:net";
import { chunk } from "../../test/support/upstream/raw_upstream.ts";
import type { ScrapeFault } from "./fault.ts";
import { bytesOf, type Exchange, responseHead, send } from "./faulty_upstream.ts";
import { MODES, SINGLE } from "./right_answer.ts";

/** Of a response's bytes those before this part of the text have the counters. */
const LATE = 0.75;

const length = (count: number | string) => [`Content-Length: ${count}`];
const CHUNKED = ["Transfer-Encoding: chunked"];
const CLOSE = ["Connection: close"];

/** Faults between the sockets: of TCP, of HTTP's framing, of gzip. */
export const TRANSPORT_FAULTS: readonly ScrapeFault[] = [
  { name: "none", what: "a whole response with a length", whole: MODES },
  {
    name: "refused",
    what: "nobody listens",
    answer: () => {},
    before: ({ upstream }) => upstream.refuse(),
    after: ({ upstream }) => upstream.listen(),
  },
  {
    name: "connection-lost",
    what: "the kept connection is closed just before it is used again",
    whole: MODES,
    concurrency: 1,
    answer: ({ socket, text }) => {
      send(socket, responseHead(length(text.length)), text);
      setTimeout(() => socket.destroy(), 1);
    },
  },
  resetAt("reset-at-once", "behind the request", () => 0),
  resetAt("reset-at-1", "behind the first byte", () => 1),
  resetAt("reset-in-head", "in a header's name", () => 24),
  resetAt("reset-behind-head", "behind the head", ({ head }) => head),
  resetAt("reset-at-body-1", "behind the body's first byte", ({ head }) => head + 1),
  resetAt("reset-mid-body", "in the middle of the body", ({ head, all }) => (head + all) >> 1),
  resetAt(
    "reset-late",
    "in the last quarter",
    ({ head, all }) => Math.floor(all * LATE + head / 4),
  ),
  resetAt("reset-last-byte", "before the last byte", ({ all }) => all - 1),
  {
    name: "closed-in-head",
    what: "closed behind half of the head",
    answer: ({ socket }) => void socket.end("HTTP/1.1 200 OK\r\nContent-Ty"),
  },
  {
    name: "closed-mid-body",
    what: "closed in the middle of a body with a length",
    answer: ({ socket, text }) =>
      void socket.end(bytesOf(responseHead(length(text.length)), half(text))),
  },
  {
    name: "half-line",
    what: "neither length nor chunks, closed inside a line",
    answer: ({ socket, text }) => void socket.end(bytesOf(responseHead(CLOSE), half(text))),
  },
  {
    name: "unframed",
    what: "neither length nor chunks, closed at the end",
    whole: MODES,
    answer: ({ socket, text }) => void socket.end(bytesOf(responseHead(CLOSE), text)),
  },
  {
    name: "unframed-cut",
    what: "neither length nor chunks, closed between two lines: nothing tells it from an end",
    reads: lateLines,
    answer: ({ socket, text }) => void socket.end(bytesOf(responseHead(CLOSE), lateLines(text))),
  },
  ...lengthFaults(),
  ...chunkFaults(),
];

function lengthFaults(): ScrapeFault[] {
  const withHead = (headers: (text: string) => readonly string[]) => ({ socket, text }: Exchange) =>
    void socket.end(bytesOf(responseHead(headers(text)), text));
  return [
    {
      name: "length-long",
      what: "Content-Length of 100 bytes more",
      answer: withHead((text) => length(text.length + 100)),
    },
    {
      name: "length-short",
      what: "Content-Length that ends at three quarters: HTTP knows no more",
      reads: lateLines,
      answer: withHead((text) => length(lateLines(text).length)),
    },
    {
      name: "length-zero",
      modes: SINGLE,
      what: "Content-Length 0",
      reads: () => "",
      answer: withHead(() => length(0)),
    },
    { name: "length-word", what: "Content-Length abc", answer: withHead(() => length("abc")) },
    { name: "length-minus", what: "Content-Length -1", answer: withHead(() => length(-1)) },
    {
      name: "length-twice",
      what: "two Content-Lengths that differ",
      answer: withHead((text) => [...length(text.length), ...length(text.length + 5)]),
    },
    {
      name: "length-huge",
      what: "Content-Length of 16 EiB",
      answer: withHead(() => length("18446744073709551615")),
    },
  ];
}

function chunkFaults(): ScrapeFault[] {
  const chunked = (tail: (socket: net.Socket, text: string) => void) => (exchange: Exchange) => {
    send(exchange.socket, responseHead(CHUNKED));
    tail(exchange.socket, exchange.text);
  };
  const END = "0\r\n\r\n";
  return [
    {
      name: "chunked",
      what: "whole, in chunks of 1,000 bytes",
      whole: MODES,
      answer: chunked((socket, text) => send(socket, ...inChunks(text, 1000), END)),
    },
    {
      name: "chunk-bytes",
      what: "whole, the first 500 bytes in chunks of one",
      whole: MODES,
      answer: chunked((socket, text) =>
        send(socket, ...inChunks(text.slice(0, 500), 1), ...inChunks(text.slice(500), 9999), END)
      ),
    },
    {
      name: "chunk-extras",
      what: "whole, with extensions and trailers",
      whole: MODES,
      answer: chunked((socket, text) =>
        send(socket, `${text.length.toString(16)};a=b\r\n`, text, "\r\n0\r\nX-Trailer: 1\r\n\r\n")
      ),
    },
    {
      name: "chunk-no-end",
      what: "closed without the last chunk",
      answer: chunked((socket, text) =>
        void socket.end(bytesOf(...inChunks(lateLines(text), 999)))
      ),
    },
    {
      name: "chunk-bad-size",
      what: "a size that is no number, in the middle",
      answer: chunked((socket, text) =>
        send(socket, ...inChunks(half(text), 999), "zz\r\n", half(text), `\r\n${END}`)
      ),
    },
    {
      name: "chunk-size-long",
      what: "a chunk shorter than it says, then closed",
      answer: chunked((socket, text) =>
        void socket.end(bytesOf(`${(text.length + 50).toString(16)}\r\n`, text))
      ),
    },
    {
      name: "chunk-no-crlf",
      what: "no line end behind a chunk",
      answer: chunked((socket, text) =>
        send(socket, `${half(text).length.toString(16)}\r\n`, half(text), `xx5\r\nabcde\r\n${END}`)
      ),
    },
    {
      name: "chunk-size-huge",
      what: "a size of 2^64-1",
      answer: chunked((socket, text) =>
        void socket.end(bytesOf("ffffffffffffffff\r\n", half(text)))
      ),
    },
    {
      name: "chunked-and-length",
      what: "chunked, and a Content-Length that ends early",
      answer: ({ socket, text }) =>
        send(
          socket,
          responseHead([...CHUNKED, ...length(half(text).length)]),
          ...inChunks(text, 5000),
          END,
        ),
    },
  ];
}

/** A whole response of which only so many bytes leave before a reset. */
function resetAt(
  name: string,
  where: string,
  at: (sizes: { head: number; all: number }) => number,
): ScrapeFault {
  const answer = ({ socket, text }: Exchange) => {
    const head = responseHead(length(text.length));
    const all = bytesOf(head, text);
    const sent = all.subarray(0, at({ head: head.length, all: all.length }));
    const reset = () => setTimeout(() => socket.resetAndDestroy(), 2);
    if (sent.length === 0) reset();
    else socket.write(sent, reset);
  };
  return { name, what: `reset ${where}`, answer };
}

/** Ends inside a line. */
export function half(text: string): string {
  return text.slice(0, (text.length >> 1) + 3);
}

/** The whole lines of the first three quarters. */
function lateLines(text: string): string {
  return text.slice(0, text.indexOf("\n", Math.floor(text.length * LATE)) + 1);
}

function inChunks(text: string, size: number): Uint8Array[] {
  const bytes = bytesOf(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(chunk(bytes.subarray(at, at + size)));
  return chunks;
}
