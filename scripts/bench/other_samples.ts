/** One sample in so many is what `tieredSample` is filtered down to. */
export const SAMPLES_PER_GOLD = 1_000;

/** Bytes of one line of `tieredSample`. */
export const TIERED_LINE_BYTES = 400;

/** What follows the numbered part of a path of `distinctSample`. */
export const PAGES = [
  "account",
  "address",
  "basket",
  "invoices",
  "likes",
  "messages",
  "orders",
  "reviews",
  "settings",
  "wishlist",
] as const;

const LINES_PER_PIECE = 1_000;

/** Samples of one gauge, of which one in SAMPLES_PER_GOLD has the tier `gold` and all others `debug`. */
export function* tieredSample(samples: number): Generator<string> {
  yield "# HELP queue_items Items that wait\n# TYPE queue_items gauge\n";
  const padding = "eu-central-1a.".repeat(TIERED_LINE_BYTES);
  yield* inPieces(samples, (index) => {
    const tier = index % SAMPLES_PER_GOLD === SAMPLES_PER_GOLD - 1 ? "gold" : "debug";
    const start = `queue_items{queue="queue-${
      String(index).padStart(8, "0")
    }",tier="${tier}",zone="`;
    const end = `"} ${index % 1009}\n`;
    return start + padding.slice(0, TIERED_LINE_BYTES - start.length - end.length) + end;
  });
}

/** Samples of one counter whose label `path` has another value in each. */
export function* distinctSample(samples: number): Generator<string> {
  yield "# HELP http_requests_total Requests answered\n# TYPE http_requests_total counter\n";
  yield* inPieces(samples, (index) => {
    const path = `/users/${String(index).padStart(7, "0")}/${PAGES[index % PAGES.length]}`;
    return `http_requests_total{method="GET",path="${path}",service="accounts",status="200"} ` +
      `${index % 1009}\n`;
  });
}

function* inPieces(samples: number, line: (index: number) => string): Generator<string> {
  for (let start = 0; start < samples; start += LINES_PER_PIECE) {
    const length = Math.min(LINES_PER_PIECE, samples - start);
    yield Array.from({ length }, (_, offset) => line(start + offset)).join("");
  }
}
