import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { checkFile, checkLayers } from "../../scripts/check_layers.ts";

test("the sources keep their layers", () => {
  const violations = checkLayers(resolve(import.meta.dirname!, "..", ".."));
  assert.deepEqual(violations.map((v) => `${v.file}:${v.line}: ${v.message}`), []);
});

const cases: { name: string; file: string; source: string; lines: number[] }[] = [
  {
    name: "a pure folder may not import the server, the upstream or the runtime",
    file: "src/exposition/lines.ts",
    source: [
      'import { a } from "../server/app.ts";',
      "import {",
      "  b,",
      '} from "../upstream/get.ts";',
      'export type { Runtime } from "../runtime/runtime.ts";',
      'const late = await import("../server/app.ts");',
    ].join("\n"),
    lines: [1, 4, 5, 6],
  },
  {
    name: "a pure folder may import its neighbours and packages",
    file: "src/policy/engine.ts",
    source: 'import { Sample } from "../exposition/sample.ts";\nimport { RE2JS } from "re2js";\n',
    lines: [],
  },
  {
    name: "policy's providers may do I/O, still without naming a runtime",
    file: "src/policy/providers/file.ts",
    source: 'import type { Runtime } from "../../runtime/runtime.ts";\nBun.file("x");\n',
    lines: [2],
  },
  {
    name: "only the runtime folder names a runtime",
    file: "src/server/app.ts",
    source: [
      'import { serve } from "bun";',
      'import { dlopen } from "bun:ffi";',
      "globalThis.Deno.exit(1);",
      "const isBun = typeof Bun !== 'undefined';",
      "Bun?.version;",
    ].join("\n"),
    lines: [1, 2, 3, 4, 5],
  },
  {
    name: "comments and prose may name a runtime",
    file: "src/server/app.ts",
    source: [
      "// Bun.serve cuts idle connections.",
      "/** See Deno.serve. */",
      " * Bun.serve again",
      'const accept = "text/plain, */*";',
      'log.info("running on Bun. Fine");',
    ].join("\n"),
    lines: [],
  },
  {
    name: "the runtime folder may",
    file: "src/runtime/bun.ts",
    source: 'import { dns } from "bun";\nBun.serve({});\n',
    lines: [],
  },
];

for (const { name, file, source, lines } of cases) {
  test(name, () => {
    assert.deepEqual(checkFile(file, source).map((violation) => violation.line), lines);
  });
}
