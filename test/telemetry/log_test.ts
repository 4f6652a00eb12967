import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";

const script = resolve(import.meta.dirname!, "..", "support", "telemetry", "write_log.ts");

interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program of this runtime writes to its log, with the timestamps cut out. */
function written(options: object, output: string, env: Record<string, string> = {}): Written {
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const { NO_COLOR: _, ...plain } = process.env;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...run, script, JSON.stringify(options), output],
    { encoding: "utf8", env: { ...plain, ...env } },
  );
  assert.equal(status, 0, stderr);
  const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, "T");
  return { stdout: timeless(stdout), stderr: timeless(stderr) };
}

const ALL = `ts=T level=debug msg=fine
ts=T level=info msg=listening port=8080
ts=T level=warn msg="odd {braces} %s" braces=1
ts=T level=error msg=failed error="no such host"
`;

test("every line goes to standard error, as plain bytes, and nothing else does", () => {
  const forced = { FORCE_COLOR: "1", CLICOLOR_FORCE: "1", TERM: "xterm-256color" };
  for (const env of [undefined, forced]) {
    assert.deepEqual(written({ level: "debug", format: "logfmt" }, "stderr", env), {
      stdout: "",
      stderr: ALL,
    });
  }
});

test("in Edge's form every line goes to standard output", () => {
  assert.deepEqual(written({ level: "debug", format: "logfmt" }, "stdout"), {
    stdout: ALL,
    stderr: "",
  });
});

for (const [level, lines] of [["info", 3], ["warn", 2], ["error", 1]] as const) {
  test(`level ${level} writes ${lines} of the four levels`, () => {
    const { stderr } = written({ level, format: "logfmt" }, "stderr");
    assert.equal(stderr, ALL.split("\n").slice(-lines - 1).join("\n"));
  });
}

test("JSON, where it is wanted", () => {
  assert.equal(
    written({ level: "error", format: "json" }, "stderr").stderr,
    '{"ts":"T","level":"error","msg":"failed","error":"no such host"}\n',
  );
});
