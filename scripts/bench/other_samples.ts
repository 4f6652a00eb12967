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

/** Of `fleetSample`. */
export const INSTANCES = 50;
export const FLEET_FAMILIES = 20;

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

/**
 * What so many instances of a service expose together, a number of series of each family each; with
 * no instances what one of them exposes, without the label that tells them apart.
 */
export function* fleetSample(series: number, instances: number): Generator<string> {
  for (let family = 0; family < FLEET_FAMILIES; family++) {
    const name = `service_${String(family).padStart(2, "0")}_requests_total`;
    yield `# HELP ${name} Requests of kind ${family}\n# TYPE ${name} counter\n`;
    yield* inPieces(series * Math.max(1, instances), (index) => {
      const own = `env="production",handler="/api/v1/resource/${
        String(index % series).padStart(4, "0")
      }"`;
      const instance = `instance="10.0.0.${Math.floor(index / series)}:9090",`;
      return `${name}{${own},${instances === 0 ? "" : instance}method="GET",status="200"} ` +
        `${index % 1009}\n`;
    });
  }
}

function* inPieces(samples: number, line: (index: number) => string): Generator<string> {
  for (let start = 0; start < samples; start += LINES_PER_PIECE) {
    const length = Math.min(LINES_PER_PIECE, samples - start);
    yield Array.from({ length }, (_, offset) => line(start + offset)).join("");
  }
}
