import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { analyze } from "../../src/cli/analyze.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";
import { usedBy } from "../support/usage/used.ts";

const SCRAPE = `# TYPE http_requests_total counter
http_requests_total{path="/a",code="200"} 1
http_requests_total{path="/b",code="200"} 2
# TYPE queue gauge
queue{path="/a"} 1
`;

const FILES = {
  "used.json": JSON.stringify(usedBy(["sum by (code) (http_requests_total)", "sum(wrong"])),
  "all.keep": "# Of others.\nqueue\nhttp_.*   # all of them\n",
  "wrong.keep": "queue\n(\n",
  "a.prom": SCRAPE,
  "-": SCRAPE,
  "rules.yaml": "- {action: labeldrop, regex: path}",
  "weir.yaml": "metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: queue}]",
  "p.json":
    '[{"id": "q", "name": "Q", "metric": {"match": [{"metric_field": "name", "equals": "queue"}], "keep": false}}]',
};

async function run(line: string | readonly string[]) {
  const words = typeof line === "string" ? line.split(" ") : line;
  const { command, positionals, flags } = parseCommandLine(words);
  equal(command, "analyze");
  const written = new Map<string, string>();
  const input = {
    path: typeof flags.config === "string" ? flags.config : undefined,
    flags,
    env: {},
    version: "1.2.3",
    instanceId: "i",
    needsUpstream: false,
  };
  const outcome = await analyze(input, positionals[0], {
    ...memoryFiles(FILES),
    replaceFile: (path, chunks) => {
      if (path.startsWith("/readonly")) return Promise.reject(new Error(`${path}: read-only`));
      const bytes = [...chunks].flatMap((chunk) => [...chunk]);
      written.set(path, new TextDecoder().decode(new Uint8Array(bytes)));
      return Promise.resolve();
    },
  });
  return { ...outcome, written };
}

const REPORT = [
  "3 series, 2 metrics, 161 B",
  "",
  "2 http_requests_total (counter, 66.7 %, 88 B)",
  '  2 path: "/a", "/b"; 1 series without it',
  '  1 code: "200"',
  "1 queue (gauge, 33.3 %, 19 B)",
  '  1 path: "/a"',
];

test("a text report: metrics with their labels, then rules", async () => {
  for (const line of ["analyze a.prom", "-f a.prom", "--file=-", "analyze -"]) {
    const { status, stdout, stderr } = await run(line);
    deepEqual([status, stderr], [0, []]);
    deepEqual(stdout.slice(0, 13), [
      ...REPORT,
      "",
      "Rules that would make it smaller, each alone, what breaks least first:",
      "",
      "# labeldrop path: 3 → 2 series, 161 B → 96 B (sums exactly)",
      "- action: labeldrop",
      "  regex: path",
    ]);
  }
});

test("--top and --metric say what is listed, of the same whole", async () => {
  const { stdout } = await run("analyze a.prom --top 1");
  deepEqual(stdout.slice(0, 7), [...REPORT.slice(0, 5), "… 1 more metrics, 1 series", ""]);
  const chosen = await run("analyze a.prom --metric que.*");
  deepEqual(chosen.stdout.slice(0, 5), [REPORT[0], "", ...REPORT.slice(5), ""]);
});

test("--json is the whole report", async () => {
  const { stdout } = await run("analyze a.prom --json");
  const report = JSON.parse(stdout.join("\n"));
  deepEqual([report.series, report.bytes, report.metrics.length], [3, 161, 2]);
  deepEqual(Object.keys(report), [
    "series",
    "bytes",
    "estimated",
    "lines",
    "samples",
    "unreadable",
    "unlisted",
    "metrics",
    "families",
    "labels",
    "recommendations",
    "hints",
  ]);
  equal(JSON.parse((await run("analyze a.prom --json --top 1")).stdout.join("")).metrics.length, 1);
});

test("--max-series: 1 when there are more, of what rules leave", async () => {
  equal((await run("analyze a.prom --max-series 3")).status, 0);
  const { status, stderr } = await run("analyze a.prom --max-series 2");
  deepEqual([status, stderr], [1, ["3 series, --max-series allows 2"]]);
  equal((await run("analyze a.prom --max-series 2 --relabel-file rules.yaml")).status, 0);
});

test("rules and policies are previewed, whichever way they are given", async () => {
  const { stdout } = await run("analyze a.prom --relabel-file rules.yaml --top 1");
  deepEqual(stdout.slice(0, 17), [
    "series  3 → 2",
    "bytes   161 B → 96 B",
    "samples 3 in, 2 out, 0 dropped by policies, 0 by rules, 1 merged",
    "",
    "Rules:",
    "  rules.yaml: metric_relabel_configs[0] (labeldrop): changed 3 of 3 samples",
    "",
    "Metrics that change:",
    "  http_requests_total: 2 → 1 series, 88 B → 34 B",
    "  … 1 more metrics",
    "",
    "Samples that become one, some of them:",
    '  http_requests_total{code="200"}, of 2 samples:',
    '    {path="/a"}',
    '    {path="/b"}',
    "",
    "The scrape as it came:",
  ]);
  for (
    const flags of [
      ["--config", "weir.yaml"],
      ["--policies", "p.json"],
      ["--relabel", "- {action: drop, source_labels: [__name__], regex: queue}"],
    ]
  ) {
    const { stdout } = await run(["analyze", "a.prom", "--json", ...flags]);
    const { preview } = JSON.parse(stdout.join("\n"));
    deepEqual(preview.after, { samples: 2, series: 2, bytes: 123 }, flags[0]);
  }
});

test("--explain follows one sample, with the scrape's metadata", async () => {
  const flags = ["--relabel-file", "rules.yaml", "--explain", 'queue{path="/b"} 7'];
  deepEqual((await run(["analyze", "a.prom", ...flags])).stdout, [
    'sample   queue{path="/b"} 7',
    "type     gauge",
    "rule     rules.yaml: metric_relabel_configs[0] (labeldrop) makes it queue",
    "result   queue 7",
  ]);
  const { stdout } = await run(["analyze", ...flags, "--json"]);
  deepEqual(JSON.parse(stdout.join("\n")), {
    sample: 'queue{path="/b"} 7',
    policies: [],
    droppedByPolicies: false,
    rules: [{
      place: "rules.yaml: metric_relabel_configs[0]",
      action: "labeldrop",
      in: 'queue{path="/b"}',
      out: "queue",
      changed: true,
      dropped: false,
    }],
    out: "queue 7",
  });
});

const UNREAD = [
  "not read, and so what it has a word of stays as it is: alert A1 (shop): " +
  "it ends too early",
];

test("--used has rules for what nothing reads, and --write-rules a file of them", async () => {
  const { stdout, stderr, written } = await run(
    "analyze a.prom --used used.json --write-rules r.yaml",
  );
  deepEqual(stderr, UNREAD);
  const from = stdout.findIndex((line) => line.startsWith("Rules for what nothing reads"));
  deepEqual(stdout.slice(from + 2), [
    "# labeldrop path, which no query needs: 3 → 2 series, 161 B → 96 B (no query needs it)",
    "- action: labeldrop",
    "  regex: path",
    "",
    "# drop queue that nothing reads: 3 → 2 series, 161 B → 142 B (nothing reads it)",
    "- action: drop",
    "  source_labels: [__name__]",
    "  regex: queue",
  ]);
  equal(
    written.get("r.yaml"),
    `# What nothing reads, as of the scrape and the uses that were given.
metric_relabel_configs:
# labeldrop path, which no query needs: 3 → 2 series, 161 B → 96 B
- action: labeldrop
  regex: path
# drop queue that nothing reads: 3 → 2 series, 161 B → 142 B
- action: drop
  source_labels: [__name__]
  regex: queue
`,
  );
});

test("--keep has metrics for which none is proposed", async () => {
  const line = "analyze a.prom --used used.json --keep all.keep --write-rules r.yaml --json";
  const { stdout, written } = await run(line);
  deepEqual(JSON.parse(stdout.join("")).recommendations, []);
  equal(written.get("r.yaml"), "metric_relabel_configs: []\n");
  await rejects(run("analyze a.prom --used used.json --keep wrong.keep"), {
    message: '--keep: wrong.keep:2: found "(", wanted an RE2 pattern',
  });
  await rejects(run("analyze a.prom --used used.json --write-rules /readonly/r.yaml"), {
    message: "--write-rules: /readonly/r.yaml: read-only",
  });
});

test("--svg writes a chart", async () => {
  const { written, stdout } = await run("analyze a.prom --svg out.svg");
  match(written.get("out.svg") ?? "", /^<svg .*<\/svg>\n$/s);
  deepEqual(stdout.slice(0, 7), REPORT);
});

test("a URL is scraped", async (t) => {
  const server = createServer((_, response) => response.end(SCRAPE));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => new Promise((closed) => server.close(closed)));
  const { port } = server.address() as { port: number };
  const { stdout } = await run(`analyze http://127.0.0.1:${port}/metrics`);
  deepEqual(stdout.slice(0, 7), REPORT);
});

const WRONG: [string | readonly string[], readonly string[]][] = [
  ["analyze nowhere", ["nowhere: no such file"]],
  [
    ["analyze", "a.prom", "--top", "x", "--max-series", "1e3", "--metric", "("],
    [
      '--top: found "x", wanted a whole number',
      '--max-series: found "1e3", wanted a whole number',
      '--metric: found "(", wanted an RE2 pattern',
    ],
  ],
  ["analyze a.prom --svg /readonly/a.svg", ["--svg: /readonly/a.svg: read-only"]],
  ["analyze a.prom --explain a{", ['--explain: found "a{", wanted a sample\'s line']],
  ["analyze a.prom --policies nowhere", ["nowhere: no such file"]],
];

for (const [line, problems] of WRONG) {
  test(`refuses "${line}"`, async () => {
    await rejects(run(line), (error) => {
      equal(error instanceof ConfigError, true, String(error));
      deepEqual((error as ConfigError).problems, problems);
      return true;
    });
  });
}
