import { equal, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { curlLine, upstreamChecks } from "../../../src/server/explorer/upstream_checks.ts";
import { WeirMetrics } from "../../../src/telemetry/weir_metrics.ts";
import type { UpstreamFailure } from "../../../src/telemetry/weir_metrics.ts";

test("there is something to try for each reason that an upstream error has", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const rendered = new WeirMetrics("1", { name: "bun", version: "1", usage }).render("text");
  const reasons = [...rendered.matchAll(/^weir_upstream_errors_total\{reason="(\w+)"\}/gm)];
  ok(reasons.length > 5);
  for (const [, reason] of reasons) {
    ok(upstreamChecks(reason as UpstreamFailure).length > 0, reason);
  }
  equal(upstreamChecks(undefined).length, 0);
});

const lines: readonly (readonly [string, string | undefined])[] = [
  ["http://a:9100/metrics", "curl -sSi --max-time 10 'http://a:9100/metrics' | head"],
  ["HTTPS://a/m?x=1&y=2", "curl -sSi --max-time 10 'HTTPS://a/m?x=1&y=2' | head"],
  ["https://<secret>@a/m", "curl -sSi --max-time 10 -u USER 'https://a/m' | head"],
  ["http://a/it's", `curl -sSi --max-time 10 'http://a/it'\\''s' | head`],
  [
    "unix:/run/app.sock:/metrics",
    "curl -sSi --max-time 10 --unix-socket '/run/app.sock' 'http://localhost/metrics' | head",
  ],
  [
    "unix:/run/app.sock",
    "curl -sSi --max-time 10 --unix-socket '/run/app.sock' 'http://localhost/' | head",
  ],
  ["", undefined],
  ["the built-in demo exporter", undefined],
];

for (const [url, wanted] of lines) {
  test(`the command that requests what Weir requests: ${url || "nothing"}`, () => {
    equal(curlLine(url), wanted);
  });
}

test("a shell takes the URL of the command as one word", () => {
  const url = "http://a/$(id)`id`;'\"\\ &|x";
  const line = curlLine(url)!.replace(/^curl/, "printf '%s\\n'").replace(/ \| head$/, "");
  const { stdout } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  equal(stdout.trimEnd().split("\n").at(-1), url);
});
