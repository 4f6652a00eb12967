import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { runProgram } from "../../test/support/e2e/program.ts";
import { PROTOBUF_ACCEPT, protobufSeries } from "./protobuf_sample.ts";

export interface Scrape {
  /** As the one who scrapes sees it. */
  readonly wallSeconds: number;
  /** Of the body; undefined where nobody sees it. */
  readonly outputBytes: number | undefined;
  /** Undefined when they were not counted. */
  readonly series: number | undefined;
}

export interface Asked {
  readonly url: string;
  /** Protobuf is asked for. */
  readonly isProtobuf: boolean;
}

/** One scrape whose body is thrown away. Rejects when it is not a whole 200. */
export function curlScrape(asked: Asked): Promise<Scrape> {
  return scrapeInto(asked, "/dev/null");
}

/** One scrape, through the file `path`, whose series are counted. */
export async function countedScrape(asked: Asked, path: string): Promise<Scrape> {
  try {
    const scrape = await scrapeInto(asked, path);
    const series = asked.isProtobuf ? protobufSeries(readFileSync(path)) : seriesIn(path);
    return { ...scrape, series };
  } finally {
    rmSync(path, { force: true });
  }
}

async function scrapeInto({ url, isProtobuf }: Asked, path: string): Promise<Scrape> {
  const { exitCode, stdout } = await runProgram("curl", [
    ...["-q", "--silent", "--noproxy", "*", "--max-time", "120", "--output", path],
    ...["--write-out", "%{http_code} %{time_total} %{size_download}", url],
    ...isProtobuf ? ["--header", `Accept: ${PROTOBUF_ACCEPT}`] : [],
  ]);
  const [status, wallSeconds, outputBytes] = stdout.toString().split(" ").map(Number);
  if (exitCode !== 0 || status !== 200) {
    throw new Error(`${url}: found status ${status} and curl's ${exitCode}, wanted 200 and 0`);
  }
  return { wallSeconds, outputBytes, series: undefined };
}

const NEWLINE = 0x0a;
const HASH = 0x23;

/** How many lines are samples, each of which is a series. */
function seriesIn(path: string): number {
  const file = openSync(path, "r");
  const bytes = new Uint8Array(1 << 20);
  let count = 0;
  let atLineStart = true;
  try {
    for (let length = readSync(file, bytes); length > 0; length = readSync(file, bytes)) {
      const chunk = bytes.subarray(0, length);
      for (let at = 0; at < length;) {
        if (atLineStart && chunk[at] !== HASH && chunk[at] !== NEWLINE) count++;
        const newline = chunk.indexOf(NEWLINE, at);
        atLineStart = newline >= 0;
        at = newline < 0 ? length : newline + 1;
      }
    }
  } finally {
    closeSync(file);
  }
  return count;
}
