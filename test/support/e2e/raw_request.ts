import { connect, type Socket } from "node:net";
import tls from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import type { RawUpstream } from "../upstream/raw_upstream.ts";

/** How long a server may think before what it says counts as all that it says. */
const QUIET_MS = 80;
const LONGEST_MS = 4_000;

/**
 * Writes bytes (Latin-1) as they are, and returns the statuses of what is answered, `closed` for none.
 * An answer may leave the connection open: it is over when nothing has come for a while.
 */
export async function rawStatuses(url: string, bytes: string): Promise<string> {
  const { hostname, port, protocol } = new URL(url);
  const socket: Socket = protocol === "https:"
    ? tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
    : connect(Number(port), hostname);
  let answer = "";
  let isClosed = false;
  let lastMs = performance.now();
  socket.on("error", () => {});
  socket.on("close", () => isClosed = true);
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
    lastMs = performance.now();
  });
  const startedAt = performance.now();
  socket.write(Buffer.from(bytes, "latin1"));
  const isOver = () =>
    isClosed || answer !== "" && performance.now() - lastMs > QUIET_MS ||
    performance.now() - startedAt > LONGEST_MS;
  while (!isOver()) await delay(5);
  socket.destroy();
  const statuses = [...answer.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => status);
  return statuses.filter((status) => status !== "100").join(",") || "closed";
}

/** The request lines that an upstream has got since this was asked last, each with its Host. */
export function takenRequests(upstream: RawUpstream): string[] {
  const text = upstream.requests.splice(0).join("");
  const lines = [...text.matchAll(/^(\S+ \S+) http\/1\.1\r\n(?:.+\r\n)*?host: (.*)\r\n/gm)];
  const host = upstream.url.startsWith("unix:") ? "localhost" : new URL(upstream.url).host;
  return lines.map(([, line, asked]) => asked === host ? line : `${line} of ${asked}`);
}
