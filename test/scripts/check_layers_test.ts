import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { checkLayers, checkSources, type Rooms } from "../../scripts/check_layers.ts";

test("the sources keep their layers", () => {
  assert.deepEqual(told(checkLayers(resolve(import.meta.dirname!, "..", ".."))), []);
});

const ROOMS: Rooms = {
  order: ["main.ts", "server", "files/remote", "runtime", "lines", "files", "text", "config"],
  pure: new Set(["lines", "files", "text"]),
  io: new Set(["server", "runtime"]),
};

const cases: {
  name: string;
  /** The lines of each file. */
  tree: Record<string, readonly string[]>;
  wanted: readonly string[];
}[] = [
  {
    name: "imports that go down, or stay in their room, are none",
    tree: {
      "src/main.ts": ['import { a } from "./server/app.ts";', 'import { hono } from "hono";'],
      "src/server/app.ts": ['import { b } from "./request.ts";'],
      "src/server/request.ts": ['import { c } from "../lines/blocks.ts";'],
      "src/lines/blocks.ts": ['import { RE2JS } from "re2js";'],
    },
    wanted: [],
  },
  {
    name: "an import of a room above, in each of its forms, with its line",
    tree: {
      "src/text/a.ts": ['import { c } from "../lines/c.ts";'],
      "src/text/b.ts": ["import {", "  c,", '} from "../lines/c.ts";'],
      "src/text/d.ts": ['export type { C } from "../lines/c.ts";'],
      "src/text/e.ts": ["", 'const late = await import("../lines/c.ts");'],
      "src/text/f.ts": ['import type { C } from "../lines/c.ts";'],
      "src/lines/c.ts": [],
    },
    wanted: [
      "src/text/a.ts:1: imports src/lines/c.ts: lines stands above text",
      "src/text/b.ts:3: imports src/lines/c.ts: lines stands above text",
      "src/text/d.ts:1: imports src/lines/c.ts: lines stands above text",
      "src/text/e.ts:2: imports src/lines/c.ts: lines stands above text",
      "src/text/f.ts:1: imports src/lines/c.ts: lines stands above text",
    ],
  },
  {
    name: "a room within a room has a place of its own",
    tree: {
      "src/files/remote/get.ts": ['import { read } from "../read.ts";'],
      "src/files/read.ts": ['import { get } from "./remote/fetch.ts";'],
      "src/files/remote/fetch.ts": [],
    },
    wanted: [
      "src/files/read.ts:1: imports src/files/remote/fetch.ts: files/remote stands above files",
    ],
  },
  {
    name: "a file in no room",
    tree: { "src/helpers/a.ts": [], "src/texts/b.ts": [] },
    wanted: [
      "src/helpers/a.ts:1: lies in no room of scripts/check_layers.ts",
      "src/texts/b.ts:1: lies in no room of scripts/check_layers.ts",
    ],
  },
  {
    name: "a pure room that reaches I/O through other rooms, told where the pure rooms are left",
    tree: {
      "src/lines/a.ts": ['import { b } from "../text/b.ts";'],
      "src/text/b.ts": ["", 'import { c } from "../config/c.ts";'],
      "src/config/c.ts": ['import { d } from "./d.ts";'],
      "src/config/d.ts": ['import { e } from "../runtime/e.ts";'],
      "src/runtime/e.ts": [],
    },
    wanted: [
      "src/config/d.ts:1: imports src/runtime/e.ts: runtime stands above config",
      "src/text/b.ts:2: text is pure and reaches runtime: " +
      "src/text/b.ts > src/config/c.ts > src/config/d.ts > src/runtime/e.ts",
    ],
  },
  {
    name: "a pure room may use another room that reaches no I/O",
    tree: { "src/text/b.ts": ['import { c } from "../config/c.ts";'], "src/config/c.ts": [] },
    wanted: [],
  },
  {
    name: "a circle of three files, types included",
    tree: {
      "src/text/a.ts": ['import { b } from "./b.ts";'],
      "src/text/b.ts": ['import type { C } from "./c.ts";'],
      "src/text/c.ts": ["", 'import { a } from "./a.ts";'],
    },
    wanted: [
      "src/text/c.ts:2: closes a circle: " +
      "src/text/c.ts > src/text/a.ts > src/text/b.ts > src/text/c.ts",
    ],
  },
  {
    name: "two circles through one file, and a file that imports itself",
    tree: {
      "src/text/a.ts": ['import { b } from "./b.ts";', 'import { c } from "./c.ts";'],
      "src/text/b.ts": ['import { a } from "./a.ts";'],
      "src/text/c.ts": ['import { a } from "./a.ts";'],
      "src/text/d.ts": ['import { d } from "./d.ts";'],
    },
    wanted: [
      "src/text/b.ts:1: closes a circle: src/text/b.ts > src/text/a.ts > src/text/b.ts",
      "src/text/c.ts:1: closes a circle: src/text/c.ts > src/text/a.ts > src/text/c.ts",
      "src/text/d.ts:1: closes a circle: src/text/d.ts > src/text/d.ts",
    ],
  },
  {
    name: "two ways to one file are no circle",
    tree: {
      "src/text/a.ts": ['import { b } from "./b.ts";', 'import { c } from "./c.ts";'],
      "src/text/b.ts": ['import { c } from "./c.ts";'],
      "src/text/c.ts": [],
    },
    wanted: [],
  },
  {
    name: "only the runtime folder names a runtime",
    tree: {
      "src/server/app.ts": [
        'import { serve } from "bun";',
        'import { dlopen } from "bun:ffi";',
        "globalThis.Deno.exit(1);",
        "const isBun = typeof Bun !== 'undefined';",
        "Bun?.version;",
      ],
      "src/runtime/bun.ts": ['import { dns } from "bun";', "Bun.serve({});"],
    },
    wanted: [
      'src/server/app.ts:1: imports "bun": only src/runtime/ names a runtime',
      'src/server/app.ts:2: imports "bun:ffi": only src/runtime/ names a runtime',
      "src/server/app.ts:3: names Deno: only src/runtime/ names a runtime",
      "src/server/app.ts:4: names Bun: only src/runtime/ names a runtime",
      "src/server/app.ts:5: names Bun: only src/runtime/ names a runtime",
    ],
  },
  {
    name: "comments and prose may name a runtime, and import",
    tree: {
      "src/text/app.ts": [
        "// Bun.serve cuts idle connections.",
        "/** See Deno.serve. */",
        " * Bun.serve again",
        '// import { serve } from "../server/app.ts";',
        'const accept = "text/plain, */*";',
        'log.info("running on Bun. Fine");',
      ],
      "src/server/app.ts": [],
    },
    wanted: [],
  },
];

for (const { name, tree, wanted } of cases) {
  test(name, () => {
    const sources = Object.entries(tree).map(([file, lines]) => [file, lines.join("\n")] as const);
    assert.deepEqual(told(checkSources(new Map(sources), ROOMS)), wanted);
  });
}

function told(violations: ReturnType<typeof checkSources>): string[] {
  return violations.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}
