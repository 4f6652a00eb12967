import assert from "node:assert/strict";
import { test } from "node:test";
import { configureLog, log } from "../../src/telemetry/log.ts";

/** What `write` sends to the console, by method, with the timestamp cut out. */
function captured(write: () => void): string[] {
  const lines: string[] = [];
  const methods = ["error", "warn", "info", "log", "debug"] as const;
  const originals = methods.map((method) => console[method]);
  for (const method of methods) {
    console[method] = (...args: unknown[]) => {
      lines.push(`${method}: ${args.join(" ").replace(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/, "T")}`);
    };
  }
  try {
    write();
  } finally {
    methods.forEach((method, i) => console[method] = originals[i]);
  }
  return lines;
}

function writeAll(): void {
  log.debug("fine");
  log.info("listening", { port: 8080 });
  log.warn("odd {braces} %s", { braces: 1 });
  log.error("failed", { error: new Error("no such host") });
}

test("every line goes to console.error, and nothing else does", () => {
  assert.deepEqual(
    captured(() => {
      configureLog({ level: "debug", format: "logfmt" });
      writeAll();
    }),
    [
      "error: ts=T level=debug msg=fine",
      "error: ts=T level=info msg=listening port=8080",
      'error: ts=T level=warn msg="odd {braces} %s" braces=1',
      'error: ts=T level=error msg=failed error="no such host"',
    ],
  );
});

for (const [level, lines] of [["info", 3], ["warn", 2], ["error", 1]] as const) {
  test(`level ${level} writes ${lines} of the four levels`, () => {
    assert.equal(
      captured(() => {
        configureLog({ level, format: "logfmt" });
        writeAll();
      }).length,
      lines,
    );
  });
}

test("a later configuration replaces the format", () => {
  const lines = captured(() => {
    configureLog({ level: "error", format: "json" });
    writeAll();
  });
  assert.deepEqual(lines, [
    'error: {"ts":"T","level":"error","msg":"failed","error":"no such host"}',
  ]);
});
