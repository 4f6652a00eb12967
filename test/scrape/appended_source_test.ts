import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { BodyFormat } from "../../src/exposition/line_format.ts";
import { AppendedSource } from "../../src/scrape/appended_source.ts";
import { MetricsRegistry } from "../../src/telemetry/metrics.ts";
import { type OwnExposition, ownExposition } from "../../src/telemetry/own_exposition.ts";
import { sourceOfChunks } from "../../src/upstream/chunk_source.ts";
import { bodyOf, joined, liftedText } from "../support/lines/composite_body.ts";
import { chunksOf, encode } from "../support/lines/filtered.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A counter, a gauge and a histogram. */
function own(): OwnExposition {
  const registry = new MetricsRegistry();
  registry.counter("weir_jobs_total", "Jobs.").with().inc(3);
  registry.gauge("weir_items", "Items.").with().set(2);
  registry.histogram("weir_wait_seconds", "Waits.", [], [1]).with().observe(0.5);
  return ownExposition([[{ labels: [], registry }]]);
}

const JOBS = "# HELP weir_jobs_total Jobs.\n# TYPE weir_jobs_total counter\nweir_jobs_total 3\n";
const ITEMS = "# HELP weir_items Items.\n# TYPE weir_items gauge\nweir_items 2\n";
const WAITS = `# HELP weir_wait_seconds Waits.
# TYPE weir_wait_seconds histogram
weir_wait_seconds_bucket{le="1"} 1
weir_wait_seconds_bucket{le="+Inf"} 1
weir_wait_seconds_sum 0.5
weir_wait_seconds_count 1
`;
const OPEN_JOBS = JOBS.replace(/(HELP|TYPE) weir_jobs_total/g, "$1 weir_jobs");
const OPEN_WAITS = WAITS.replace('le="1"', 'le="1.0"')
  .replace("histogram\n", "histogram\n# UNIT weir_wait_seconds seconds\n");

interface Case {
  readonly what: string;
  readonly format: BodyFormat;
  readonly body: string;
  readonly expected: string;
  readonly collided?: readonly string[];
}

const cases: readonly Case[] = [
  { what: "text", format: "text", body: "a 1\n", expected: `a 1\n${JOBS}${ITEMS}${WAITS}` },
  { what: "an empty one", format: "text", body: "", expected: JOBS + ITEMS + WAITS },
  {
    what: "text without a newline at its end",
    format: "text",
    body: "a 1",
    expected: `a 1\n${JOBS}${ITEMS}${WAITS}`,
  },
  {
    what: "OpenMetrics, in front of its terminator",
    format: "openmetrics",
    body: "a 1\n# EOF\n",
    expected: `a 1\n${OPEN_JOBS}${ITEMS}${OPEN_WAITS}# EOF\n`,
  },
  {
    what: "a terminator without a newline",
    format: "openmetrics",
    body: "a 1\n# EOF",
    expected: `a 1\n${OPEN_JOBS}${ITEMS}${OPEN_WAITS}# EOF\n`,
  },
  {
    what: "nothing but a terminator",
    format: "openmetrics",
    body: "# EOF\n",
    expected: `${OPEN_JOBS}${ITEMS}${OPEN_WAITS}# EOF\n`,
  },
  {
    what: "OpenMetrics that is none, as it came",
    format: "openmetrics",
    body: "a 1\nb 2\n",
    expected: "a 1\nb 2\n",
  },
  {
    what: "OpenMetrics that ends too early, as it came",
    format: "openmetrics",
    body: "a",
    expected: "a",
  },
  {
    what: "a family of the same name stays the body's",
    format: "text",
    body: "# TYPE weir_items gauge\nweir_items 7\n",
    expected: `# TYPE weir_items gauge\nweir_items 7\n${JOBS}${WAITS}`,
    collided: ["weir_items"],
  },
  {
    what: "so it is with samples alone",
    format: "text",
    body: 'weir_jobs_total{a="b"} 1\nweir_wait_seconds_count 1\n',
    expected: `weir_jobs_total{a="b"} 1\nweir_wait_seconds_count 1\n${ITEMS}`,
    collided: ["weir_jobs_total", "weir_wait_seconds"],
  },
  {
    what: "and with a family whose samples would have those names",
    format: "openmetrics",
    body: "# TYPE weir_jobs unknown\nweir_jobs 1\n# EOF\n",
    expected: `# TYPE weir_jobs unknown\nweir_jobs 1\n${ITEMS}${OPEN_WAITS}# EOF\n`,
    collided: ["weir_jobs_total"],
  },
  {
    what: "a longer name is another one",
    format: "text",
    body: "weir_items_more 1\nweir_item 1\n",
    expected: `weir_items_more 1\nweir_item 1\n${JOBS}${ITEMS}${WAITS}`,
  },
  {
    what: "where all are there nothing is added",
    format: "openmetrics",
    body: "weir_items 1\nweir_jobs_total 1\nweir_wait_seconds_sum 1\n# EOF\n",
    expected: "weir_items 1\nweir_jobs_total 1\nweir_wait_seconds_sum 1\n# EOF\n",
    collided: ["weir_items", "weir_jobs_total", "weir_wait_seconds"],
  },
  {
    what: "what is missing in the response stays before",
    format: "text",
    body: '# TYPE weir_scrape_truncated gauge\nweir_scrape_truncated{limit="output"} 1\n',
    expected: "# TYPE weir_scrape_truncated gauge\n" +
      `weir_scrape_truncated{limit="output"} 1\n${JOBS}${ITEMS}${WAITS}`,
  },
];

for (const { what, format, body, expected, collided = [] } of cases) {
  test(`own metrics behind a body: ${what}`, async () => {
    for (const size of [1, 2, 5, 6, 7, 1000]) {
      const found = await appended(body === "" ? [] : chunksOf(encode(body), size), format);
      equal(new TextDecoder().decode(found.bytes), expected, `chunks of ${size}`);
      deepEqual([...found.collided].sort(), collided);
    }
  });
}

for (const format of ["protobuf", "openmetrics2"] as const) {
  test(`own metrics behind a body: ${format}`, async () => {
    const lines = "# TYPE a gauge\na 1\n";
    const body = bodyOf(lines, format);
    for (const size of [1, 7, 1000]) {
      const { bytes } = await appended(chunksOf(body, size), format);
      equal(
        liftedText([bytes], format),
        lines + JOBS + ITEMS + WAITS.replace('le="1"', 'le="1.0"'),
      );
      equal(new TextDecoder().decode(bytes).split("# EOF\n").length, format === "protobuf" ? 1 : 2);
    }
    const taken = bodyOf("# TYPE weir_items gauge\nweir_items 7\n", format);
    const { bytes, collided } = await appended(chunksOf(taken, 9), format);
    deepEqual(collided, ["weir_items"]);
    equal(liftedText([bytes], format).match(/^weir_items /gm)?.length, 1);
  });
}

test("a body that fails fails as it did, and one that nobody wants is cancelled", async () => {
  const failing = {
    read: () => Promise.reject(new Error("reset")),
    cancel: () => Promise.resolve(),
  };
  const source = new AppendedSource(failing, "text", own(), () => {});
  await source.read().then(() => equal(1, 0), (error) => equal(error.message, "reset"));
  let cancelled = 0;
  const endless = {
    read: () => Promise.resolve(encode("a 1\n")),
    cancel: () => Promise.resolve(void cancelled++),
  };
  const left = new AppendedSource(endless, "text", own(), () => {});
  await left.read();
  await left.cancel();
  deepEqual([cancelled, await left.read()], [1, undefined]);
});

async function appended(chunks: readonly Bytes[], format: BodyFormat) {
  const collided: string[] = [];
  const source = new AppendedSource(sourceOfChunks(chunks), format, own(), (families) => {
    collided.push(...families);
  });
  const pieces: Bytes[] = [];
  for (let piece = await source.read(); piece !== undefined; piece = await source.read()) {
    pieces.push(piece);
  }
  return { bytes: joined(pieces), collided };
}
