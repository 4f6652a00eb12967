/** Numbers of paths in the two expositions that a shop alternates between. */
export const SIZES: readonly number[] = [3, 1200];

/** Of how many paths the counters tell: always as many, so that a gateway's sums stand still. */
const COUNTED_PATHS = 3;

/**
 * An exposition whose every sample's fate is known: policies drop `drop_…`, rules drop the label
 * `path`. Counters come first. Characters are bytes.
 */
export function shopText(paths: number): string {
  const lines = [
    "# HELP shop_requests_total Requests answered.",
    "# TYPE shop_requests_total counter",
  ];
  for (let path = 0; path < COUNTED_PATHS; path++) {
    lines.push(`shop_requests_total{code="200",path="/${path}"} ${100 + path}`);
    lines.push(`shop_requests_total{code="500",path="/${path}"} ${1 + path}`);
  }
  lines.push("# HELP shop_seconds Time to answer.", "# TYPE shop_seconds histogram");
  for (let path = 0; path < COUNTED_PATHS; path++) {
    lines.push(`shop_seconds_bucket{path="/${path}",le="0.5"} ${path}`);
    lines.push(`shop_seconds_bucket{path="/${path}",le="+Inf"} ${path + 2}`);
    lines.push(`shop_seconds_sum{path="/${path}"} ${path + 1}`);
    lines.push(`shop_seconds_count{path="/${path}"} ${path + 2}`);
  }
  for (const name of ["drop_items", "shop_items", "drop_queue", "shop_queue"]) {
    lines.push(`# HELP ${name} Of paths and shelves.`, `# TYPE ${name} gauge`);
    for (let path = 0; path < paths; path++) {
      lines.push(`${name}{path="/${path}",shelf="${path % 7}"} ${path % 50 + 1}`);
    }
  }
  lines.push("# HELP shop_last The last family.", "# TYPE shop_last gauge", "shop_last 1");
  return `${lines.join("\n")}\n`;
}

/** The beginning of each such exposition: what a gateway's sums need to stand still. */
export const COUNTERS: string = shopText(1).slice(0, shopText(1).indexOf("# HELP drop_items"));

/** The same with the families' names of OpenMetrics: a counter is called without `_total` there. */
export function openMetricsNames(text: string): string {
  return text.replace(/^# (HELP|TYPE) (\w+)_total/gm, "# $1 $2");
}

/** What a steady target of a gateway exposes; its counter tells how often it was asked. */
export function steadyText(name: string, serial: number): string {
  return [
    "# HELP shop_requests_total Requests answered.",
    "# TYPE shop_requests_total counter",
    `shop_requests_total{code="200",path="/0"} ${serial}`,
    "# HELP shop_items Of paths and shelves.",
    "# TYPE shop_items gauge",
    'shop_items{path="/0",shelf="0"} 1000',
    "# HELP steady_serial How often this target was asked.",
    "# TYPE steady_serial gauge",
    `steady_serial{steady="${name}"} ${serial}`,
    "",
  ].join("\n");
}
