import { curl, type CurlAnswer } from "./curl.ts";

/** A target: whether it was read, and how many samples it exposed. */
export type TargetState = readonly [address: string, isUp: 0 | 1, samples: number];

/** What a gateway says of its targets, in its own lines; a duration reads `T`. */
export function targetLines(...targets: readonly TargetState[]): string[] {
  const family = (name: string, help: string, valueOf: (target: TargetState) => unknown) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...targets.map((target) => `${name}{target="${target[0]}"} ${valueOf(target)}`),
  ];
  return [
    ...family(
      "weir_target_up",
      "Whether the target was read whole in this scrape.",
      ([, isUp]) => isUp,
    ),
    ...family(
      "weir_target_scrape_duration_seconds",
      "Time from the request to the target until its last byte, or its failure.",
      () => "T",
    ),
    ...family(
      "weir_target_samples",
      "Samples that the target exposed, before policies and rules.",
      ([, , samples]) => samples,
    ),
  ];
}

/** The lines without the order that targets' answers came in: samples of a block are sorted. */
export function sortedLines(lines: readonly string[]): string[] {
  const blocks: string[][] = [];
  for (const line of lines) {
    if (blocks.length === 0 || line.startsWith("# HELP ")) blocks.push([]);
    blocks.at(-1)!.push(line);
  }
  return blocks.flatMap((block) => block.sort());
}

/** The lines of an answer; durations read `T`. */
export function linesOf({ body }: Pick<CurlAnswer, "body">): string[] {
  const lines = body.toString().split("\n").slice(0, -1);
  return lines.map((line) =>
    line.replace(/^(weir_target_scrape_duration_seconds\{.*\}) [\d.e-]+$/, "$1 T")
  );
}

/** Scrapes `/metrics` as Prometheus would with this timeout; 0.5 s of it are the offset. */
export function scrape(url: string, timeoutSeconds = 10): Promise<CurlAnswer> {
  return curl(`${url}/metrics`, "-H", `X-Prometheus-Scrape-Timeout-Seconds: ${timeoutSeconds}`);
}

/** `HOST:PORT` of a URL: how a target is called. */
export function addressOf(url: string): string {
  return new URL(url).host;
}
