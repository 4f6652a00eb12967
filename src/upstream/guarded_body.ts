import type { UpstreamCall } from "./upstream_call.ts";

export interface BodyLimit {
  readonly bytes: number;
  /** Makes the error that the body ends with. */
  readonly exceeded: () => unknown;
}

/**
 * The body of a response under the call's deadline. It reads only when it is read, so that a slow
 * reader slows the upstream. It errors with the call's failure and never ends cleanly once it was
 * cut short; cancelling it ends the request at the upstream. A body that is not empty and ends in none
 * of `endings` counts as cut short; without any, every end will do. More than `limit` is a failure.
 */
export function guardedBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  call: UpstreamCall,
  endings: readonly string[],
  limit: BodyLimit = { bytes: Infinity, exceeded: () => undefined },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader();
  const tailLength = Math.max(0, ...endings.map((ending) => ending.length));
  /** The last bytes, as Latin-1. */
  let tail = "";
  let bytes = 0;
  let over = false;
  let onCut = () => {};
  const finish = () => {
    over = true;
    call.end();
    call.signal.removeEventListener("abort", onCut);
  };
  // Deno does not hear of the abort while nobody reads the response.
  const letGo = () => void reader?.cancel().catch(() => {});
  return new ReadableStream({
    start(controller) {
      // A deadline that passes while nobody reads has to be seen by the next read.
      onCut = () => {
        finish();
        controller.error(call.signal.reason);
        letGo();
      };
      call.signal.addEventListener("abort", onCut);
      if (call.signal.aborted) onCut();
    },
    async pull(controller) {
      try {
        const chunk = await reader?.read();
        if (over) return;
        if (chunk?.value !== undefined) {
          bytes += chunk.value.length;
          if (bytes > limit.bytes) throw limit.exceeded();
          if (tailLength > 0) tail = tailOf(tail, chunk.value, tailLength);
          return controller.enqueue(chunk.value);
        }
        if (tail !== "" && !endings.some((ending) => tail.endsWith(ending))) {
          throw new Error("connection closed before the end of the exposition");
        }
        finish();
        controller.close();
      } catch (error) {
        if (over) return;
        finish();
        controller.error(call.failure(error));
        call.abort();
        letGo();
      }
    },
    cancel() {
      finish();
      call.abort();
      letGo();
    },
  }, { highWaterMark: 0 });
}

function tailOf(before: string, chunk: Uint8Array, length: number): string {
  return (before + String.fromCharCode(...chunk.subarray(-length))).slice(-length);
}
