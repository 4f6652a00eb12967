import { Session } from "node:inspector";
import process from "node:process";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { getHeapSnapshot, getHeapStatistics } from "node:v8";

// What both runtimes tell of themselves in the same words. Loaded when somebody asks.

/**
 * Samples where the process spends its time for `seconds`, or until `signal` is aborted. Returns the
 * JSON text of a `.cpuprofile`, as browsers' developer tools read it. Not twice at a time.
 */
export async function cpuProfile(seconds: number, signal: AbortSignal): Promise<string> {
  const session = new Session();
  session.connect();
  const post = (method: string) =>
    new Promise<object>((resolve, reject) => {
      session.post(method, (error, result) => error ? reject(error) : resolve(result ?? {}));
    });
  try {
    await post("Profiler.enable");
    await post("Profiler.start");
    await delay(seconds * 1000, undefined, { signal }).catch(() => {});
    const { profile } = await post("Profiler.stop") as { readonly profile?: unknown };
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}

/** Sizes in bytes, by Node's names: of the process, and of its heap. */
export function heapStatistics(): object {
  return { process: process.memoryUsage(), heap: getHeapStatistics() };
}

/** A `.heapsnapshot`. The process does nothing else while it is being made. */
export function heapSnapshot(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return Readable.toWeb(getHeapSnapshot()) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
}
