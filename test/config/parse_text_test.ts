import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { jsonSyntaxError } from "../../src/yaml/json_syntax.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";
import { settled } from "../../src/config/schema_walk.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const GOOD: [string, string, string, unknown][] = [
  ["JSON", "weir.json", '{"a": [1, "x", null]}', { a: [1, "x", null] }],
  ["JSON after blank lines", "weir", '\n\n  {"a": 1}\n', { a: 1 }],
  ["JSON with a byte order mark", "weir.json", '\uFEFF{"a": 1}', { a: 1 }],
  ["JSON in a YAML file", "weir.yaml", '{"a": 1}', { a: 1 }],
  ["YAML in flow style", "weir.yml", "{a: 1}", { a: 1 }],
  ["YAML", "weir.yaml", "a: 1\nb:\n  - x\n  - true\n", { a: 1, b: ["x", true] }],
  ["YAML without an extension", "weir", "a: off\n", { a: "off" }],
  ["an empty file", "weir.json", " \n", null],
  ["comments only", "weir.yaml", "# a: 1\n", null],
  ["a document that holds nothing", "weir.yaml", "---\n", null],
];

for (const [name, file, text, wanted] of GOOD) {
  test(`parses ${name}`, async () => {
    const warnings: string[] = [];
    deepEqual(settled(await parseConfigText(file, encode(text), warnings), undefined), wanted);
    deepEqual(warnings, []);
  });
}

test("the first of several documents is read, and that is said", async () => {
  for (const text of ["a: x\n---\nb: y\n", "--- # one\na: x\n---\n{ not: closed\n"]) {
    const warnings: string[] = [];
    const read = await parseConfigText("weir.yaml", encode(text), warnings);
    deepEqual(settled(read, undefined), { a: "x" });
    deepEqual(warnings, ["weir.yaml: only the first YAML document is read, as in Prometheus"]);
  }
});

const BAD: [string, string, string | Uint8Array, string][] = [
  [
    "bytes that are no text",
    "weir.json",
    new Uint8Array([0x7b, 0xff, 0x7d]),
    "weir.json: found bytes that are not UTF-8, wanted JSON or YAML text",
  ],
  [
    "a trailing comma",
    "weir.json",
    '{\n  "a": 1,\n}',
    'weir.json:3:1: found "}", wanted a key in double quotes',
  ],
  [
    "a missing comma",
    "weir.json",
    '{\n  "a": 1\n  "b": 2\n}',
    'weir.json:3:3: found "\\"", wanted "," or "}"',
  ],
  [
    "an unclosed string with a secret",
    "weir.json",
    '{"password": "hunter2\n}',
    "weir.json:1:22: found the end of the line, wanted a closing double quote",
  ],
  [
    "an unclosed map",
    "weir.json",
    '{"a": {"b": 1}',
    'weir.json:1:15: found the end of the file, wanted "," or "}"',
  ],
  [
    "a comment",
    "weir.json",
    '{"a": 1 // one\n}',
    'weir.json:1:9: found "/", wanted "," or "}"',
  ],
  [
    "a word in JSON",
    "weir.json",
    '{"a": yes}',
    'weir.json:1:7: found "y", wanted a value',
  ],
  [
    "a JSON key given twice",
    "weir.json",
    '{"a": {"b": 1,\n "\\u0062": 2}}',
    'weir.json:2:2: found "\\"", wanted a key that is not there yet',
  ],
  [
    "JSON that is nested too deeply",
    "weir.json",
    `{"a": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    "weir.json: found lists or maps that are nested too deeply",
  ],
  [
    "two JSON values",
    "weir.json",
    "{} {}",
    'weir.json:1:4: found "{", wanted the end of the file',
  ],
  [
    "bad indentation",
    "weir.yaml",
    "a: 1\n  b: hunter2\n",
    'weir.yaml:1:4: not valid YAML: found a key after another key or a value, wanted each key on its own line and below its neighbours, or quotes around a value with ": "',
  ],
  [
    "an unclosed YAML string with a secret",
    "weir.yaml",
    'a: 1\nb: "hunter2\n',
    "weir.yaml:2:4: not valid YAML: found a text in double quotes that does not end, wanted a closing double quote",
  ],
  [
    "a secret that reads as an alias",
    "weir.yaml",
    "a: 1\nb: *hunter2\n",
    'weir.yaml:2:4: not valid YAML: found an alias ("*") of an anchor ("&") that does not stand before it, wanted one that does (a value that begins with "*" needs quotes)',
  ],
  [
    "an anchor in itself",
    "weir.yaml",
    "a: &hunter2 [*hunter2]\n",
    "weir.yaml:1:14: not valid YAML: found an alias in the value of its own anchor, wanted it elsewhere",
  ],
  [
    "a merge of no map",
    "weir.yaml",
    "a:\n  <<: hunter2\n",
    'weir.yaml:2:7: not valid YAML: found a merge ("<<") of something else, wanted a map or a list of maps',
  ],
  [
    "a YAML key given twice",
    "weir.yaml",
    "a: 1\na: 2\n",
    "weir.yaml:2:1: not valid YAML: found a key that is there already, wanted each key of a map once",
  ],
];

for (const [name, file, content, message] of BAD) {
  test(`refuses ${name}`, async () => {
    const bytes = typeof content === "string" ? encode(content) : content;
    await rejects(parseConfigText(file, bytes), (error) => {
      equal(error instanceof ConfigError, true);
      equal((error as ConfigError).message, message);
      return true;
    });
  });
}

test("the JSON grammar agrees with JSON.parse on what is valid", () => {
  const texts = [
    "{}",
    "[]",
    " [1, -0.5e+3, true, false, null] ",
    '{"a":{"b":["\\u00e9\\n\\\\"]}}',
    '"x"',
    "01",
    "1.",
    "-",
    "+1",
    ".5",
    "[1,]",
    "[,1]",
    '{"a"}',
    '{"a":}',
    "{a:1}",
    "{'a':1}",
    '"\\x"',
    '"\\u12g4"',
    '"a\tb"',
    "nul",
    "NaN",
    "",
    "[1 2]",
    '{"a":1,}',
    "\u00a0{}",
    "1 1",
  ];
  for (const text of texts) {
    let valid = true;
    try {
      JSON.parse(text);
    } catch {
      valid = false;
    }
    equal(jsonSyntaxError(text) === undefined, valid, JSON.stringify(text));
  }
});
