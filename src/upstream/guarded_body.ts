import type { UpstreamCall } from "./upstream_call.ts";

/**
 * The body of a response under the call's deadline. It reads only when it is read, so that a slow
 * reader slows the upstream. It errors with the call's failure and never ends cleanly once it was
 * cut short; cancelling it ends the request at the upstream. With `wantsLineEnd` a body whose last
 * byte is no LF counts as cut short.
 */
export function guardedBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  call: UpstreamCall,
  wantsLineEnd: boolean,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader();
  let last = LF;
  let over = false;
  let onCut = () => {};
  const finish = () => {
    over = true;
    call.end();
    call.signal.removeEventListener("abort", onCut);
  };
  return new ReadableStream({
    start(controller) {
      // A deadline that passes while nobody reads has to be seen by the next read.
      onCut = () => {
        finish();
        controller.error(call.signal.reason);
      };
      call.signal.addEventListener("abort", onCut);
      if (call.signal.aborted) onCut();
    },
    async pull(controller) {
      try {
        const chunk = await reader?.read();
        if (over) return;
        if (chunk?.value !== undefined) {
          last = chunk.value.at(-1) ?? last;
          return controller.enqueue(chunk.value);
        }
        if (wantsLineEnd && last !== LF) throw new Error("connection closed inside a line");
        finish();
        controller.close();
      } catch (error) {
        if (over) return;
        finish();
        controller.error(call.failure(error));
        call.abort();
      }
    },
    cancel() {
      finish();
      call.abort();
    },
  }, { highWaterMark: 0 });
}

const LF = 10;
