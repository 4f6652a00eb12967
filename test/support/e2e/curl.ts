import { runProgram } from "./program.ts";

export interface CurlAnswer {
  /** 0 for a whole transfer; 7 refused, 18, 52 and 56 broken off, 28 out of time. */
  readonly exitCode: number | null;
  /** Undefined when no response began. */
  readonly status: number | undefined;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** From the start of the request to the end of the transfer. */
  readonly seconds: number;
}

/** The exit statuses of a transfer that did not end properly; 52 where nothing of it arrived. */
export const BROKEN_OFF: readonly (number | null)[] = [18, 52, 56];

/** One request by curl, which judges transfers more strictly than a test's own client would. */
export async function curl(url: string, ...args: readonly string[]): Promise<CurlAnswer> {
  const { exitCode, stdout, stderr } = await runProgram("curl", [
    ...["-q", "--silent", "--include", "--noproxy", "*", "--max-time", "60"],
    ...["--write-out", "%{stderr}%{time_total}", ...args, url],
  ]);
  const seconds = Number(stderr);
  const end = stdout.indexOf("\r\n\r\n");
  if (end < 0) return { exitCode, status: undefined, headers: new Map(), body: stdout, seconds };
  const [first, ...lines] = stdout.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const status = Number(first.split(" ")[1]);
  return { exitCode, status, headers, body: stdout.subarray(end + 4), seconds };
}
