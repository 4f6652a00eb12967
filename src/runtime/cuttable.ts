/**
 * A response that ends in an error once `cut` is aborted. Deno's server has no way of its own:
 * shutdown() waits for as long as a response runs, and its abort signal fails after a shutdown().
 */
export function cuttableResponse(response: Response, cut: AbortSignal): Response {
  // One with a length lies there whole: it is out as soon as its client takes it.
  if (response.headers.has("content-length") || response.body === null) return response;
  return new Response(cuttableBody(response.body, cut), response);
}

function cuttableBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  cut: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let onCut = () => {};
  const finish = () => cut.removeEventListener("abort", onCut);
  return new ReadableStream({
    start(controller) {
      onCut = () => {
        controller.error(cut.reason);
        reader.cancel(cut.reason).catch(() => {});
      };
      cut.addEventListener("abort", onCut, { once: true });
      if (cut.aborted) onCut();
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (cut.aborted) return;
        if (!done) return controller.enqueue(value);
        finish();
        controller.close();
      } catch (error) {
        finish();
        if (!cut.aborted) controller.error(error);
      }
    },
    cancel(reason) {
      finish();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
