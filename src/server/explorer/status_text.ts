import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { RouteStatus, ScrapeStatus } from "../status_facts.ts";
import type { Status } from "../status_request.ts";

// Numbers stay with their units: the blanks between them do not break.

/** `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`; `just now` within a second. */
export function agoText(seconds: number): string {
  return seconds < 1 ? "just now" : `${spanText(seconds)}\u00a0ago`;
}

/** `12 s`, `3 min`, `2 h`, `5 d`: whole units, rounded down. */
export function spanText(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)}\u00a0s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00a0min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}\u00a0h`;
  return `${countText(Math.floor(seconds / 86_400))}\u00a0d`;
}

/** `0.4 ms`, `35 ms`, `1.20 s`. */
export function durationText(seconds: number): string {
  if (seconds >= 0.9995) return `${seconds.toFixed(2)}\u00a0s`;
  const ms = seconds * 1000;
  return `${ms.toFixed(ms < 9.95 ? 1 : 0)}\u00a0ms`;
}

/** `81.4 %`; `<0.1 %` for less; of more than there was before `+2.0 %` as what is added. */
export function savedText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "<0.1\u00a0%";
  if (percent > 99.9 && percent < 100) return ">99.9\u00a0%";
  return percent < 0 ? `+${(-percent).toFixed(1)}\u00a0%` : `${percent.toFixed(1)}\u00a0%`;
}

/** Whether all is well, in a word for a colour, and in words. */
export function stateOf({ healthy, problems, waiting }: Status): [Tone, string] {
  if (!healthy) {
    const count = problems.length;
    return ["bad", count === 1 ? "1 problem" : `${count} problems`];
  }
  return waiting.length > 0 ? ["wait", waiting[0]] : ["good", "all is well"];
}

export type Tone = "good" | "wait" | "bad";

/** The route of a path; without one that of `/metrics`, else the first. */
export function routeOf(
  { routes }: Pick<Status, "routes">,
  path: string | undefined,
): RouteStatus {
  return routes.find((route) => route.path === path) ??
    routes.find((route) => route.path === "/metrics") ?? routes[0];
}

/** What the last scrape came to, in a word for a colour, and in words. */
export function scrapeWord(scrape: ScrapeStatus | undefined): [Tone, string] {
  if (scrape === undefined) return ["wait", "no scrape yet"];
  const { outcome, shortfalls } = scrape;
  if (outcome !== "complete") return ["bad", outcome];
  return shortfalls.length > 0 ? ["bad", "not whole"] : ["good", "complete"];
}

/**
 * Where the samples went that are not in the output: what rules and policies were told to take, and
 * what was taken beside. Limits take nothing off what rules save, so they are told apart.
 */
export function wentTexts(
  { dropped, merged }: Pick<ScrapeStatus, "dropped" | "merged">,
): { readonly asked: string[]; readonly beside: string[] } {
  const texts = (parts: readonly (readonly [number, string])[]) =>
    parts.filter(([samples]) => samples > 0)
      .map(([samples, what]) => `${countText(samples)} ${what}`);
  return {
    asked: texts([
      [dropped.relabel, "dropped by rules"],
      [dropped.policy, "dropped by policies"],
      [merged, "merged into others"],
      [dropped.unmergeable, "dropped as they cannot be merged"],
      [dropped.duplicate, "dropped as duplicates"],
    ]),
    beside: texts([
      [dropped.limit, "dropped beyond a cardinality limit"],
      [dropped.invalid, "dropped as invalid"],
      [dropped.unreadable, "dropped as unreadable"],
      [dropped.format, "without words in the format of the answer"],
    ]),
  };
}

/** `3 rules, 2 policies, 1 limit`: what is in force. */
export function inForceText(
  { rules, policies, limits, maxInputBytes, maxOutputBytes, kind }: RouteStatus,
): string {
  const counted = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${countText(count)} ${count === 1 ? one : many}`];
  const all = [
    ...counted(rules, "rule", "rules"),
    ...counted(policies, "policy", "policies"),
    ...counted(limits, "cardinality limit", "cardinality limits"),
    ...maxInputBytes === 0 ? [] : [`input limit ${bytesText(maxInputBytes)}`],
    ...maxOutputBytes === 0 ? [] : [`output limit ${bytesText(maxOutputBytes)}`],
  ];
  if (rules + policies > 0) return all.join(", ");
  const none = kind === "gateway"
    ? "no rules: targets are merged"
    : "no rules: all passes as it is";
  return [none, ...all].join(", ");
}
