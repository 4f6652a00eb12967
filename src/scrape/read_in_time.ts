/**
 * The body for a client that has to take each chunk within `ms` milliseconds: otherwise the stream
 * errors, the source is cancelled and `cut` is called. Time that the source takes does not count.
 */
export function readInTime(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  ms: number,
  cut: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = source.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      clearTimeout(timer);
      const { done, value } = await reader.read();
      if (done) return controller.close();
      timer = setTimeout(() => {
        const reason = new Error("the client takes nothing of the response");
        cut();
        controller.error(reason);
        reader.cancel(reason).catch(() => {});
      }, ms);
      controller.enqueue(value);
    },
    cancel(reason) {
      clearTimeout(timer);
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
