import { deflateSync, gzipSync } from "node:zlib";
import { type Answer, chunk, head } from "./raw_upstream.ts";

export const SAMPLES = 'http_requests_total{code="200"} 1\n'.repeat(2000);
export const BYTES = new TextEncoder().encode(SAMPLES);
const GZIP = gzipSync(BYTES);
const ZLIB = deflateSync(BYTES);
const CUT_GZIP = GZIP.subarray(0, GZIP.length - 20);

/** Responses that are whole, all of the same samples. */
export const COMPLETE: Record<string, Answer> = {
  "with a Content-Length": (socket) =>
    void socket.end(head(`Content-Length: ${BYTES.length}`) + SAMPLES),
  "chunked": (socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    socket.write(chunk(BYTES));
    socket.end("0\r\n\r\n");
  },
  "ended by closing": (socket) => void socket.end(head("Connection: close") + SAMPLES),
  "gzip": (socket) => {
    socket.write(head("Content-Encoding: gzip", `Content-Length: ${GZIP.length}`));
    socket.end(GZIP);
  },
  "declared identity": (socket) =>
    void socket.end(
      head("Content-Encoding: identity", `Content-Length: ${BYTES.length}`) + SAMPLES,
    ),
};

export const OPEN_METRICS_HEAD =
  "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text\r\nConnection: close\r\n\r\n";

/** Responses that stop early, each with what its failure begins with. */
export const TORN: Record<string, [Answer, RegExp]> = {
  "short of its Content-Length": [
    (socket) => void socket.end(head(`Content-Length: ${BYTES.length + 1}`) + SAMPLES),
    /^reset 502 /,
  ],
  "chunked, without the last chunk": [(socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    socket.end(chunk(BYTES));
  }, /^reset 502 /],
  "chunked, cut inside a chunk": [(socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    socket.end(chunk(BYTES).subarray(0, 700));
  }, /^reset 502 /],
  "chunked, reset after a chunk": [(socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    socket.write(chunk(BYTES), () => setTimeout(() => socket.resetAndDestroy(), 20));
  }, /^reset 502 /],
  "gzip cut, with a Content-Length that fits": [(socket) => {
    socket.write(head("Content-Encoding: gzip", `Content-Length: ${CUT_GZIP.length}`));
    socket.end(CUT_GZIP);
  }, /^protocol 502 /],
  "gzip cut, chunked and terminated": [(socket) => {
    socket.write(head("Content-Encoding: gzip", "Transfer-Encoding: chunked"));
    socket.write(chunk(CUT_GZIP));
    socket.end("0\r\n\r\n");
  }, /^protocol 502 /],
  "gzip cut by closing": [(socket) => {
    socket.write(head("Content-Encoding: gzip", "Connection: close"));
    socket.end(CUT_GZIP);
  }, /^protocol 502 /],
  "gzip with a wrong checksum": [(socket) => {
    const wrong = Buffer.from(GZIP);
    wrong[wrong.length - 6] ^= 1;
    socket.write(head("Content-Encoding: gzip", `Content-Length: ${wrong.length}`));
    socket.end(wrong);
  }, /^protocol 502 /],
  "zlib that was declared gzip": [(socket) => {
    socket.write(head("Content-Encoding: gzip", `Content-Length: ${ZLIB.length}`));
    socket.end(ZLIB);
  }, /^protocol 502 /],
  "gzip short of its Content-Length": [(socket) => {
    socket.write(head("Content-Encoding: gzip", `Content-Length: ${GZIP.length}`));
    socket.end(CUT_GZIP);
  }, /^reset 502 /],
  "ended by closing, inside a line": [
    (socket) => void socket.end(head("Connection: close") + SAMPLES + "half_a_li"),
    /^reset 502 /,
  ],
  "in OpenMetrics ended by closing, without # EOF": [
    (socket) => void socket.end(OPEN_METRICS_HEAD + SAMPLES),
    /^reset 502 /,
  ],
};

export function status(line: string, ...headers: string[]): Answer {
  return (socket) =>
    void socket.end([`HTTP/1.1 ${line}`, "Content-Length: 0", ...headers, "\r\n"].join("\r\n"));
}

/** Sends a head and some samples, then nothing more. */
export const STALLS: Answer = (socket) => {
  socket.write(head("Transfer-Encoding: chunked"));
  socket.write(chunk(BYTES));
};

/** The same of a body that says how long it is, and is short enough to be read in one piece. */
export const STALLS_WHOLE: Answer = (socket) =>
  void socket.write(head(`Content-Length: ${BYTES.length + 1}`) + SAMPLES);

/** 64 MiB, sent as fast as they are taken. */
export function largeBody(): { answer: Answer; size: number; accepted: () => number } {
  const size = 64 << 20;
  const piece = Buffer.alloc(1 << 20, "a_sample 1\n");
  let accepted = 0;
  const answer: Answer = (socket) => {
    socket.write(head(`Content-Length: ${size}`));
    const more = () => {
      while (accepted < size) {
        accepted += piece.length;
        if (!socket.write(piece)) return void socket.once("drain", more);
      }
    };
    more();
  };
  return { answer, size, accepted: () => accepted };
}
