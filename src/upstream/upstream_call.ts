import { classifyFailure, timeoutError } from "./upstream_error.ts";

/** A request under way: its deadline, and the ways in which it may be cut short. */
export interface UpstreamCall {
  /** Aborts the connection to the upstream. */
  readonly signal: AbortSignal;
  /** Ends the request at the upstream; harmless when that is over. */
  abort(): void;
  /** Stops the clock and lets go of the client's signal. */
  end(): void;
  /** Why it was cut short, if it was, else what `error` means. */
  failure(error: unknown): unknown;
  remainingSeconds(): number;
}

/** Starts the clock of `budgetSeconds`. `clientSignal` is aborted when nobody waits any more. */
export function startCall(
  url: string,
  budgetSeconds: number,
  clientSignal: AbortSignal,
): UpstreamCall {
  const controller = new AbortController();
  const deadline = performance.now() + budgetSeconds * 1000;
  const cut = (reason: unknown) => controller.abort(reason);
  const onClientGone = () => cut(clientSignal.reason);
  const timer = setTimeout(
    () => cut(timeoutError(url, budgetSeconds)),
    Math.max(0, budgetSeconds * 1000),
  );
  clientSignal.addEventListener("abort", onClientGone, { once: true });
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    end: () => {
      clearTimeout(timer);
      clientSignal.removeEventListener("abort", onClientGone);
    },
    failure: (error) =>
      controller.signal.aborted ? controller.signal.reason : classifyFailure(url, error),
    remainingSeconds: () => Math.max(0, deadline - performance.now()) / 1000,
  };
}
