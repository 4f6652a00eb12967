import { deflateSync, gzipSync } from "node:zlib";
import { chunk } from "../../test/support/upstream/raw_upstream.ts";
import type { ScrapeFault } from "./fault.ts";
import { type Answer, bytesOf, responseHead, send } from "./faulty_upstream.ts";
import { MODES, SINGLE } from "./right_answer.ts";
import { half } from "./transport_faults.ts";

/** Content-Encodings that are not what they say, and some that are. */
export const GZIP_FAULTS: readonly ScrapeFault[] = [
  { name: "gzip", what: "whole, compressed", whole: MODES, answer: coded(zip) },
  {
    name: "gzip-members",
    what: "whole, in two members, of which not every decoder reads the second",
    answer: coded((text) => bytesOf(zip(half(text)), zippedRest(text))),
  },
  {
    name: "gzip-half",
    what: "half of a member, the length fits",
    answer: coded((t) => halfOf(zip(t))),
  },
  {
    name: "gzip-half-closed",
    what: "half of a member, then closed",
    answer: ({ socket, text }) =>
      void socket.end(bytesOf(responseHead([GZIP, "Connection: close"]), halfOf(zip(text)))),
  },
  {
    name: "gzip-half-chunked",
    what: "half of a member in whole chunks",
    answer: ({ socket, text }) =>
      send(
        socket,
        responseHead([GZIP, "Transfer-Encoding: chunked"]),
        chunk(halfOf(zip(text))),
        "0\r\n\r\n",
      ),
  },
  {
    name: "gzip-no-trailer",
    what: "without checksum and size",
    answer: coded((text) => zip(text).subarray(0, -8)),
  },
  {
    name: "gzip-checksum",
    what: "a wrong checksum",
    answer: coded((text) => flipped(zip(text), 8)),
  },
  { name: "gzip-size", what: "a wrong size", answer: coded((text) => flipped(zip(text), 1)) },
  {
    name: "gzip-damaged",
    what: "a wrong byte in the middle",
    answer: coded((text) => flipped(zip(text), zip(text).length >> 1)),
  },
  {
    name: "gzip-garbage",
    what: "a whole member, then garbage",
    answer: coded((text) => bytesOf(zip(text), "garbage behind")),
  },
  {
    name: "gzip-half-second",
    what: "a whole member, then half of one",
    answer: coded((text) => bytesOf(zip(half(text)), halfOf(zippedRest(text)))),
  },
  {
    name: "gzip-empty",
    modes: SINGLE,
    what: "declared gzip, no byte",
    answer: coded(() => bytesOf()),
    reads: () => "",
  },
  {
    name: "gzip-plain",
    what: "declared gzip, and plain text",
    answer: coded((text) => bytesOf(text)),
  },
  {
    name: "gzip-zlib",
    what: "declared gzip, and zlib",
    answer: coded((t) => deflateSync(bytesOf(t))),
  },
  {
    name: "encoding-unknown",
    what: "Content-Encoding zstd",
    answer: ({ socket, text }) =>
      send(
        socket,
        responseHead(["Content-Encoding: zstd", `Content-Length: ${text.length}`]),
        text,
      ),
  },
  {
    name: "encoding-twice",
    what: "Content-Encoding gzip, gzip",
    answer: ({ socket, text }) => {
      const body = gzipSync(zip(text));
      send(
        socket,
        responseHead(["Content-Encoding: gzip, gzip", `Content-Length: ${body.length}`]),
        body,
      );
    },
  },
];

const GZIP = "Content-Encoding: gzip";

/** A response that says it is gzip, with this body. */
function coded(make: (text: string) => Uint8Array): Answer {
  return ({ socket, text }) => {
    const body = make(text);
    send(socket, responseHead([GZIP, `Content-Length: ${body.length}`]), body);
  };
}

function zip(text: string): Uint8Array {
  return gzipSync(bytesOf(text), { level: 1 });
}

/** What is left of the text behind its half, compressed. */
function zippedRest(text: string): Uint8Array {
  return zip(text.slice(half(text).length));
}

function halfOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

/** With one byte changed, counted from the end. */
function flipped(bytes: Uint8Array, fromEnd: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[changed.length - fromEnd] ^= 0x55;
  return changed;
}
