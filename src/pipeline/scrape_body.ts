/** How a response body ended. */
export type BodyEnd =
  | { readonly outcome: "complete" }
  | { readonly outcome: "broken"; readonly error: unknown }
  | { readonly outcome: "cancelled" };

/**
 * Reads the first chunk of `source` and returns a stream of all of it, so that a failure before the
 * first byte can still become a status: then this throws. `mustBreak` is asked when the source has
 * ended; an Error from it breaks the transfer off. `ended` is called once, whatever happens.
 */
export async function peekedBody(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  mustBreak: () => Error | undefined,
  ended: (end: BodyEnd) => void,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = source.getReader();
  let first: Awaited<ReturnType<typeof reader.read>> | undefined = await reader.read();

  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = first ?? await reader.read();
        first = undefined;
        if (!next.done) return controller.enqueue(next.value);
        const failure = mustBreak();
        if (failure !== undefined) throw failure;
      } catch (error) {
        ended({ outcome: "broken", error });
        throw error;
      }
      ended({ outcome: "complete" });
      controller.close();
    },
    async cancel(reason) {
      ended({ outcome: "cancelled" });
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
