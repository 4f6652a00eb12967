import type net from "node:net";
import { chunk } from "../../test/support/upstream/raw_upstream.ts";
import type { ScrapeFault } from "./fault.ts";
import { bytesOf, type Exchange, healthy, responseHead, send } from "./faulty_upstream.ts";
import { MODES } from "./right_answer.ts";

/** The client's timeout; what is quicker than this is in time, on a busy machine too. */
const IMPATIENT_SECONDS = 0.5;

/** The upstream stops, at each phase of a response, and its connection stays open. */
export const STALL_FAULTS: readonly ScrapeFault[] = [
  stall("stall-before-head", "without a byte", () => 0),
  stall("stall-in-head", "inside the head", () => 24),
  stall("stall-behind-head", "behind the head", ({ head }) => head),
  stall("stall-mid-body", "in the middle of the body", ({ head, all }) => (head + all) >> 1),
  stall("stall-last-byte", "before the last byte", ({ all }) => all - 1),
  {
    name: "stall-last-chunk",
    what: "all of the text, and never the last chunk",
    ...impatient(),
    answer: ({ socket, text }) =>
      send(socket, responseHead(["Transfer-Encoding: chunked"]), chunk(bytesOf(text))),
  },
  {
    name: "trickle",
    what: "ten bytes at a time, too slowly",
    ...impatient(),
    answer: ({ socket, text }) =>
      trickle(socket, bytesOf(responseHead([`Content-Length: ${text.length}`]), text), 10),
  },
  {
    name: "trickle-in-time",
    what: "in forty pieces, whole",
    whole: MODES,
    cost: 3,
    answer: ({ socket, text }) => {
      const bytes = bytesOf(responseHead([`Content-Length: ${text.length}`]), text);
      trickle(socket, bytes, Math.ceil(bytes.length / 40));
    },
  },
  {
    name: "late",
    what: "whole, after a tenth of a second",
    whole: MODES,
    cost: 2,
    answer: (exchange) => void setTimeout(() => healthy(exchange), 100),
  },
];

function impatient() {
  return { timeoutSeconds: IMPATIENT_SECONDS, cost: 10 };
}

function stall(
  name: string,
  where: string,
  at: (sizes: { head: number; all: number }) => number,
): ScrapeFault {
  const answer = ({ socket, text }: Exchange) => {
    const head = responseHead([`Content-Length: ${text.length}`]);
    const all = bytesOf(head, text);
    socket.write(all.subarray(0, at({ head: head.length, all: all.length })));
  };
  return { name, what: `stops ${where}`, ...impatient(), answer };
}

/** So many bytes every two milliseconds, as long as somebody takes them. */
function trickle(socket: net.Socket, bytes: Uint8Array, size: number): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(bytes.subarray(at, at += size));
    if (at >= bytes.length) clearInterval(timer);
  }, 2);
  socket.on("close", () => clearInterval(timer));
}
