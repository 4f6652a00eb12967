/** What `weir filter`, `analyze` and `check --scrape` make of input that is no plain exposition. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

const TEXT = "# TYPE a gauge\na 1\nb 2\n";
const OPEN_METRICS = `${TEXT}# EOF\n`;
const WANTED = "wanted an exposition, in the text format or OpenMetrics";

const tar = Buffer.concat([
  Buffer.from("a.prom".padEnd(257, "\0") + "ustar\0" + "00".padEnd(248, "\0")),
  Buffer.from(TEXT.padEnd(512, "\0")),
  Buffer.alloc(1024),
]);
const protobuf = Buffer.from(
  '\x15\n\x01a\x12\x01A\x18\x01"\x0b\x12\x09\x09\0\0\0\0\0\0\0\0',
  "latin1",
);

interface Input {
  readonly bytes: Uint8Array;
  /** What is found in it; undefined where it can be read. */
  readonly found?: string | RegExp;
  /** Of what can be read. */
  readonly series?: number;
  /** By default all. */
  readonly ways?: readonly string[];
  /** It can be read, and some lines of it cannot. */
  readonly hasUnreadable?: boolean;
}

const INPUTS: Readonly<Record<string, Input>> = {
  "text": { bytes: Buffer.from(TEXT), series: 2 },
  "OpenMetrics": { bytes: Buffer.from(OPEN_METRICS), series: 2 },
  "text and a line that no one can read": {
    bytes: Buffer.from(`${TEXT}<p>\n`),
    series: 2,
    hasUnreadable: true,
  },
  "a line that no one can read and text": {
    bytes: Buffer.from(`x{ 1\n${TEXT}`),
    series: 2,
    hasUnreadable: true,
  },
  "gzip": { bytes: gzipSync(TEXT), series: 2 },
  "gzip of nothing": { bytes: gzipSync(""), series: 0 },
  "nothing": { bytes: Buffer.alloc(0), series: 0 },
  "blank lines": { bytes: Buffer.from("\n \n\t\n"), series: 0 },
  "comments": { bytes: Buffer.from("# TYPE a gauge\n# EOF\n"), series: 0 },
  "HTML": {
    bytes: Buffer.from("<!DOCTYPE html>\n<html><body>\nin 1\n</body></html>\n"),
    found: "HTML",
  },
  "gzip of HTML": { bytes: gzipSync("<html>\n"), found: "HTML" },
  "XML": { bytes: Buffer.from('<?xml version="1.0"?><a/>'), found: "XML" },
  "JSON": { bytes: Buffer.from('{"status":"success"}\n'), found: "JSON" },
  "JSON over lines": { bytes: Buffer.from('{\n "a": 1\n}\n'), found: "JSON" },
  "text of something else": {
    bytes: Buffer.from("\n404 page not found\n"),
    found: '"404 page not found"',
  },
  "a long line of something else": {
    bytes: Buffer.from(`${"x".repeat(100)}\n`),
    found: `"${"x".repeat(60)}…"`,
  },
  "a line that never ends": {
    bytes: Buffer.alloc(3 << 20, "x"),
    found: `"${"x".repeat(60)}…"`,
  },
  "binary data": {
    bytes: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0]),
    found: "binary data",
  },
  "binary data without zeros": { bytes: Buffer.from([0xe2, 1, 2, 3]), found: /^"/ },
  "a byte order mark": {
    bytes: Buffer.from(`\ufeff${TEXT}`),
    found: "UTF-8 with a byte order mark",
  },
  "UTF-16": { bytes: Buffer.from(`\ufeff${TEXT}`, "utf16le"), found: "UTF-16" },
  "UTF-16 without a mark": { bytes: Buffer.from(TEXT, "utf16le"), found: "UTF-16" },
  "a tar archive": { bytes: tar, found: "a tar archive" },
  "a compressed tar archive": { bytes: gzipSync(tar), found: "a tar archive" },
  "protobuf": { bytes: protobuf, series: 1, ways: ["a file", "standard input"] },
  "compressed protobuf": {
    bytes: gzipSync(protobuf),
    series: 1,
    ways: ["a file", "standard input"],
  },
  "protobuf that is cut": {
    bytes: protobuf.subarray(0, -1),
    found: /./,
    ways: ["a file", "standard input"],
  },
  "protobuf that says it is text": {
    bytes: protobuf,
    found: "Prometheus's protobuf format",
    ways: ["a URL"],
  },
  "gzip within gzip": { bytes: gzipSync(gzipSync(TEXT)), found: "gzip within gzip" },
  "gzip that is cut": { bytes: gzipSync(TEXT).subarray(0, -6), found: /./ },
  "gzip with a wrong sum": { bytes: withWrongSum(gzipSync(TEXT)), found: /./ },
};

function withWrongSum(bytes: Buffer): Buffer {
  bytes[bytes.length - 6] ^= 1;
  return bytes;
}

const COMMANDS: Readonly<Record<string, (where: string) => string[]>> = {
  "filter": (where) => ["filter", where],
  "filter with a rule": (
    where,
  ) => ["filter", where, "--relabel", "- {action: labeldrop, regex: x}"],
  "analyze": (where) => ["analyze", where],
  "analyze --max-series": (where) => ["analyze", where, "--max-series", "5"],
  "analyze with a rule": (
    where,
  ) => ["analyze", where, "--relabel", "- {action: labeldrop, regex: x}"],
  "check --scrape": (where) => ["check", "--scrape", where],
};

/** The ways in, of which each gives the place to name, and what comes on standard input. */
type Way = (t: TestContext, bytes: Uint8Array) => Promise<{ where: string; stdin?: Uint8Array }>;

const WAYS: Readonly<Record<string, Way>> = {
  "a file": (t, bytes) => {
    const where = join(temporaryFolder(t), "scrape");
    writeFileSync(where, bytes);
    return Promise.resolve({ where });
  },
  "standard input": (_, stdin) => Promise.resolve({ where: "-", stdin }),
  "a URL": async (t, bytes) => ({
    where: await httpUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": TEXT_TYPE }).end(bytes);
    }),
  }),
};

for (const [way, open] of Object.entries(WAYS)) {
  const inputs = Object.entries(INPUTS).filter(([, { ways }]) => ways?.includes(way) ?? true);
  for (const [name, { bytes, found, series, hasUnreadable }] of inputs) {
    test(`${name}, from ${way}`, async (t) => {
      const { where, stdin } = await open(t, bytes);
      const shown = where === "-" ? "standard input" : where;
      for (const [command, argumentsFor] of Object.entries(COMMANDS)) {
        const run = await runWeir(argumentsFor(where), {
          stdin: stdin === undefined ? [] : [stdin],
        });
        const output = run.stdout.toString();
        if (found === undefined) {
          assert.equal(run.exitCode, 0, `${command}: ${run.stderr}`);
          const first = command.startsWith("analyze")
            ? output.split("\n").find(isTotal)
            : undefined;
          if (first !== undefined) assert.match(first, new RegExp(`\\b${series}\\b`), command);
          if (command === "check --scrape" && !hasUnreadable) {
            assert.match(output, new RegExp(`^sample scrape +${series} samples`, "m"));
          }
          if (command === "filter" && !hasUnreadable) {
            assert.match(run.stderr, new RegExp(`^samples +${series} in, ${series} out`, "m"));
          }
          continue;
        }
        assert.equal(run.exitCode, 2, `${command}: ${output}${run.stderr}`);
        const line = run.stderr.trim().split("\n").at(-1)!;
        const from = command === "check --scrape" ? `--scrape: ${shown}: ` : `${shown}: `;
        if (typeof found === "string") assert.equal(line, `${from}found ${found}, ${WANTED}`);
        else assert.ok(line.startsWith(from), line);
        // What cannot be read passes, until the end has shown that there was nothing else.
        if (!command.startsWith("filter")) assert.ok(output === "", command);
      }
    });
  }
}

/** The line of `analyze` that tells the series, with rules or without. */
function isTotal(line: string): boolean {
  return /series/.test(line);
}

test("what is gzip comes out as text", async (t) => {
  const { where } = await WAYS["a file"](t, gzipSync(TEXT));
  const run = await runWeir(["filter", where]);
  assert.deepEqual([run.exitCode, run.stdout.toString()], [0, TEXT]);
});

test("gzip of several members is read to its end", async (t) => {
  const members = Buffer.concat([gzipSync("a 1\n"), gzipSync("b 2\n")]);
  const { where } = await WAYS["a file"](t, members);
  const run = await runWeir(["filter", where]);
  assert.deepEqual([run.exitCode, run.stdout.toString()], [0, "a 1\nb 2\n"]);
});

test("a URL that answers with an error, and one that nobody answers", async (t) => {
  const url = await httpUpstream(t, (_, response) => void response.writeHead(500).end("a 1\n"));
  for (const [command, argumentsFor] of Object.entries(COMMANDS)) {
    const refused = await runWeir(argumentsFor(url), { stdin: [] });
    assert.equal(refused.exitCode, 2, command);
    assert.match(refused.stderr, /upstream \S+: answered 500\n$/);
    const nobody = await runWeir(argumentsFor("http://127.0.0.1:1/metrics"), { stdin: [] });
    assert.equal(nobody.exitCode, 2, command);
    assert.match(nobody.stderr, /upstream \S+: connection refused\n$/);
  }
});

test("--explain reads metadata from what is an exposition alone", async (t) => {
  const html = await WAYS["a file"](t, Buffer.from("<html>\n"));
  for (const command of ["filter", "analyze"]) {
    const run = await runWeir([command, html.where, "--explain", "a 1"], { stdin: [] });
    assert.deepEqual([run.exitCode, run.stdout.toString()], [2, ""]);
    assert.equal(run.stderr, `${html.where}: found HTML, ${WANTED}\n`);
    const missing = await runWeir([command, `${html.where}.no`, "--explain", "a 1"], { stdin: [] });
    assert.equal(missing.exitCode, 2, missing.stderr);
    assert.match(missing.stderr, /scrape\.no: /);
  }
});

test("a URL's password is not in the error", async (t) => {
  const { where } = await WAYS["a URL"](t, Buffer.from("<html>\n"));
  const run = await runWeir(["analyze", where.replace("//", "//user:s3cret@")]);
  assert.equal(run.exitCode, 2);
  assert.equal(run.stderr, `${where.replace("//", "//<secret>@")}: found HTML, ${WANTED}\n`);
});

test("a folder, and a file that is not there", async (t) => {
  const folder = temporaryFolder(t);
  for (const [command, argumentsFor] of Object.entries(COMMANDS)) {
    for (const path of [folder, join(folder, "none")]) {
      const run = await runWeir(argumentsFor(path), { stdin: [] });
      assert.deepEqual([run.exitCode, run.stdout.toString()], [2, ""], command);
      assert.ok(run.stderr.includes(`${path}: `), run.stderr);
    }
  }
});
