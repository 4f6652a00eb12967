import type { Status } from "../status_request.ts";
import { RequestError, requestStatus } from "./requests.ts";

/** Between one answer and the next request, while the page is seen. */
const POLL_MS = 5_000;

export interface StatusListener {
  readonly told: (status: Status) => void;
  readonly failed: (error: RequestError) => void;
}

/** Asks for the status as long as the page is seen: one that is hidden asks for nothing. */
export function pollStatus({ told, failed }: StatusListener): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  const ask = async () => {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    try {
      told(await requestStatus());
    } catch (error) {
      failed(
        error instanceof RequestError ? error : new RequestError([{ message: String(error) }]),
      );
    } finally {
      isAsking = false;
      if (!document.hidden) timer = setTimeout(() => void ask(), POLL_MS);
    }
  };
  document.addEventListener("visibilitychange", () => void ask());
  void ask();
}
