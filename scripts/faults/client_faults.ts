import { createConnection } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault, ScrapeFault } from "./fault.ts";
import { bytesOf, type Exchange, healthy, responseHead } from "./faulty_upstream.ts";
import { Tally } from "./outcome.ts";
import { MODES } from "./right_answer.ts";

/** Clients that leave, dawdle, or come all at once. */
export const CLIENT_FAULTS: readonly ScrapeFault[] = [
  { name: "leaves-connected", what: "the client leaves before it asks", leaveAt: "connected" },
  {
    name: "leaves-asked",
    what: "the client leaves while the upstream thinks",
    leaveAt: "asked",
    answer: (exchange) => void setTimeout(() => healthy(exchange), 50),
  },
  {
    name: "leaves-head",
    what: "the client leaves behind the head",
    leaveAt: "head",
    answer: slowly,
  },
  { name: "leaves-body", what: "the client leaves in the body", leaveAt: "body", answer: slowly },
  { name: "reads-slowly", what: "the client waits before each read", readPauseMs: 3, cost: 4 },
  { name: "many-clients", what: "64 clients at once", concurrency: 64, whole: MODES },
  { name: "asks-head", what: "HEAD", method: "HEAD" },
];

/** A client that asks for no scrape, or for half of one; a scrape comes behind it. */
export const STRANGE_REQUESTS: readonly Fault[] = [
  strange(
    "request-half",
    "half a request, and the connection stays open",
    "GET /metrics HTTP/1.1\r\nHo",
  ),
  strange(
    "request-garbage",
    "bytes that are no HTTP",
    "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
  ),
  strange("request-no-host", "a request without Host", "GET /metrics HTTP/1.1\r\n\r\n"),
  strange(
    "request-large",
    "a head of 1 MiB",
    `GET /metrics HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(1 << 20)}\r\n\r\n`,
  ),
  strange(
    "request-body",
    "a GET with a body that stays away",
    "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\nabc",
  ),
  strange(
    "request-pipelined",
    "sixteen requests at once on one connection",
    "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(16),
  ),
];

function slowly({ socket, text }: Exchange): void {
  const bytes = bytesOf(responseHead([`Content-Length: ${text.length}`]), text);
  socket.write(bytes.subarray(0, bytes.length - 9));
  setTimeout(() => socket.write(bytes.subarray(bytes.length - 9)), 20);
}

function strange(name: string, what: string, bytes: string): Fault {
  return {
    name,
    what,
    modes: MODES,
    cost: 4,
    run: async (rig, scrapes) => {
      const { hostname, port } = new URL(rig.instance.weir.url);
      const sockets = Array.from({ length: Math.min(scrapes, 20) }, () => {
        const socket = createConnection({ host: hostname, port: Number(port) });
        socket.on("error", () => {}).on("data", () => {});
        socket.write(bytesOf(bytes));
        return socket;
      });
      await delay(50);
      const tally: Tally = await rig.scrapeMany({ name, what, whole: MODES }, scrapes);
      for (const socket of sockets) socket.destroy();
      return tally;
    },
  };
}
