import { protobufBody } from "./protobuf_body.ts";

const native = { schema: 3, zeroCount: 1, offset: -3, positive: [2, 0, 3] };
const buckets = [[0.1, 2], [1, 5]] as const;

/** A counter, and a histogram that is native, classic and both. */
export const NATIVE_FAMILIES = [
  {
    name: "jobs_total",
    help: "Jobs.",
    type: "counter",
    metrics: [{ labels: { queue: "a" }, value: 3 }, { labels: { queue: "b" }, value: 4 }],
  },
  {
    name: "both_seconds",
    type: "histogram",
    metrics: ["/", "/cart"].map((path) => ({
      labels: { path },
      histogram: { count: 6, sum: 2.5, buckets, native },
    })),
  },
  {
    name: "native_seconds",
    type: "histogram",
    metrics: [{ labels: { path: "/" }, histogram: { count: 6, sum: 2.5, native } }],
  },
] as const;

/** In Prometheus's protobuf format. */
export const NATIVE_BODY = protobufBody(NATIVE_FAMILIES);

const VALUE = "{count:6,sum:2.5,schema:3,zero_threshold:1e-128,zero_count:1,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[-3:3],positive_buckets:[2,0,3]}";

/** The same as the lines that it is taken as. */
export const NATIVE_LINES = [
  "# HELP jobs_total Jobs.",
  "# TYPE jobs_total counter",
  'jobs_total{queue="a"} 3',
  'jobs_total{queue="b"} 4',
  "# TYPE both_seconds histogram",
  ...["/", "/cart"].flatMap((path) => [
    `both_seconds_bucket{path="${path}",le="0.1"} 2`,
    `both_seconds_bucket{path="${path}",le="1.0"} 5`,
    `both_seconds_bucket{path="${path}",le="+Inf"} 6`,
    `both_seconds_sum{path="${path}"} 2.5`,
    `both_seconds_count{path="${path}"} 6`,
    `both_seconds{path="${path}"} ${VALUE}`,
  ]),
  "# TYPE native_seconds histogram",
  `native_seconds{path="/"} ${VALUE}`,
].join("\n") + "\n";
