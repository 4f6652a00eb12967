import { gzipSync } from "node:zlib";
import { OPEN_METRICS_TYPE } from "../../test/support/e2e/upstreams.ts";
import type { ScrapeFault } from "./fault.ts";
import { bytesOf, responseHead, send } from "./faulty_upstream.ts";
import { COUNTERS, openMetricsNames } from "./shop.ts";
import { type Mode, MODES, SINGLE } from "./right_answer.ts";

const LAST = "# HELP shop_last The last family.";

/** Whole responses with a content that no exporter should send. */
export const CONTENT_FAULTS: readonly ScrapeFault[] = [
  content("no-newline", "no newline at the end", (text) => text.slice(0, -1), MODES),
  { ...content("empty", "an empty body", () => "", SINGLE), modes: SINGLE },
  {
    ...content("only-comments", "comments and blank lines", () => "# just\n\n# comments\n", SINGLE),
    modes: SINGLE,
  },
  content(
    "nul-value",
    "a NUL in a label's value",
    (text) => withLine(text, 'shop_x{a="\0"} 1'),
    SINGLE,
  ),
  content("nul-line", "a line of NULs", (text) => withLine(text, "\0".repeat(500)), SINGLE),
  content(
    "bad-utf8",
    "invalid UTF-8 in a label's value",
    (t) => withLine(t, 'shop_x{a="\xff\xc0"} 1'),
    [],
  ),
  content("cut-utf8", "a character cut at the end", (t) => `${t}shop_x{a="\xe2\x82`, SINGLE),
  content("bom", "a byte order mark", (text) => `\xef\xbb\xbf${text}`, SINGLE),
  {
    // In front of one target all lines pass, and the response says that.
    ...content("crlf", "CRLF at line ends", (text) => text.replaceAll("\n", "\r\n"), []),
    modes: ["gateway"],
  },
  content("quotes-open", "a quote that is not closed", (t) => withLine(t, 'shop_x{a="b 1'), SINGLE),
  content(
    "braces-open",
    "braces that are not closed",
    (t) => withLine(t, 'shop_x{a="b" 1'),
    SINGLE,
  ),
  content("value-word", "a value that is no number", (t) => withLine(t, "shop_x much"), SINGLE),
  content("value-none", "a name without a value", (t) => withLine(t, "shop_x"), SINGLE),
  content(
    "series-twice",
    "the same series twice",
    (t) => `${t}shop_last 1\n`,
    MODES,
  ),
  content(
    "metadata-twice",
    "HELP and TYPE of a family again",
    (text) => text.replace(LAST, `# TYPE shop_queue gauge\n# HELP shop_queue Again.\n${LAST}`),
    MODES,
  ),
  content(
    "labels-many",
    "a sample of 5,000 labels",
    (text) => withLine(text, manyLabels(5000)),
    [],
  ),
  content("line-5k", "a line of 5 KiB", (t) => withLine(t, longLine(5 << 10)), []),
  content("line-1m", "a line of 1.5 MiB", (t) => withLine(t, longLine(3 << 19)), [], 10),
  content("name-long", "a name of 100 KiB", (t) => withLine(t, `${"n".repeat(100 << 10)} 1`), []),
  content("html", "an error page that calls itself text", () => PAGE, SINGLE),
  content("binary", "bytes of all values", () => BINARY, SINGLE),
  bomb("bomb-lines", "64 MiB of lines in 200 KiB of gzip", 'bomb{path="/1"} 1\n'),
  bomb("bomb-zeros", "64 MiB of NULs in 64 KiB of gzip", "\0".repeat(64)),
  openMetrics("openmetrics", "whole OpenMetrics", (text) => text, MODES),
  openMetrics("eof-none", "OpenMetrics without # EOF", (text) => text.replace("# EOF\n", ""), []),
  openMetrics(
    "eof-early",
    "# EOF, and the last family behind it",
    (text) => text.replace("# EOF\n", "").replace(LAST, `# EOF\n${LAST}`),
    [],
  ),
  openMetrics("eof-twice", "# EOF twice", (text) => `${text}# EOF\n`, []),
  openMetrics("eof-cut", "closed inside # EOF", (text) => text.slice(0, -3), []),
];

function content(
  name: string,
  what: string,
  reads: (text: string) => string,
  whole: readonly Mode[],
  cost = 1,
): ScrapeFault {
  return {
    name,
    what,
    reads,
    whole,
    cost,
    answer: ({ socket, text }) => {
      const body = reads(text);
      send(socket, responseHead([`Content-Length: ${body.length}`]), body);
    },
  };
}

/** Far beyond the input limit, and little enough for a test. */
const BOMB_BYTES = 64 << 20;

function bomb(name: string, what: string, unit: string): ScrapeFault {
  let text: string | undefined;
  let compressed: Uint8Array | undefined;
  const reads = () => text ??= COUNTERS + unit.repeat(Math.floor(BOMB_BYTES / unit.length));
  return {
    name,
    what,
    cost: 40,
    concurrency: 2,
    reads,
    answer: ({ socket }) => {
      compressed ??= gzipSync(bytesOf(reads()));
      const headers = ["Content-Encoding: gzip", `Content-Length: ${compressed.length}`];
      send(socket, responseHead(headers), compressed);
    },
  };
}

function openMetrics(
  name: string,
  what: string,
  change: (text: string) => string,
  whole: readonly Mode[],
): ScrapeFault {
  const reads = (text: string) => change(inOpenMetrics(text));
  return {
    name,
    what,
    reads,
    whole,
    answer: ({ socket, text }) => {
      const body = reads(text);
      send(
        socket,
        responseHead([`Content-Length: ${body.length}`], "200 OK", OPEN_METRICS_TYPE),
        body,
      );
    },
  };
}

function inOpenMetrics(text: string): string {
  return `${openMetricsNames(text)}# EOF\n`;
}

/** Puts a line before the last family. */
function withLine(text: string, line: string): string {
  return text.replace(LAST, () => `${line}\n${LAST}`);
}

function manyLabels(count: number): string {
  const labels = Array.from({ length: count }, (_, n) => `l${n}="v"`);
  return `shop_x{${labels.join(",")}} 1`;
}

function longLine(bytes: number): string {
  return `shop_x{a="${"v".repeat(bytes)}"} 1`;
}

const PAGE = "<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>nginx</h1>\n";
const BINARY = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("").repeat(
  9,
);
