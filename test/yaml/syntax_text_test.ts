import { parseAllDocuments } from "@std/yaml";
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { readYaml } from "../../src/yaml/read_document.ts";
import { DocumentSyntaxError } from "../../src/yaml/syntax_error.ts";
import { yamlSyntaxText } from "../../src/yaml/syntax_text.ts";

/** The library's code, a text that it gives it for, and what people read: position and words. */
const CASES: readonly (readonly [code: string, text: string, problem: string])[] = [
  ["BLOCK_AS_IMPLICIT_KEY", "a: b: c\n", "1:4 found a key after another key or a value"],
  ["BLOCK_AS_IMPLICIT_KEY", "a: 1\n  b: 2\n", "1:4 found a key after another key or a value"],
  ["BLOCK_AS_IMPLICIT_KEY", "é: 'x' : y\n", "1:4 found a key after another key or a value"],
  ["MISSING_CHAR", 'a: 1\nb: "x\n', "2:4 found a text in double quotes that does not end"],
  ["MISSING_CHAR", "a: 'x\nb: y\n", "1:4 found a text in single quotes that does not end"],
  ["MISSING_CHAR", 'a: "x"#c\n', '1:7 found "#" right after a value'],
  ["MISSING_CHAR", "- a: 1\n  b: 2\n c: 3\n", '3:1 found a line without "- " in a list'],
  ["MISSING_CHAR", "a:\n  b: c\n  d\n", '3:3 found a line without ":" among keys'],
  ["MISSING_CHAR", 'a: {"b" c}\n', '1:9 found two texts without "," or ":" between them'],
  ["MISSING_CHAR", 'a: ["b" "c"]\n', '1:9 found two texts without "," or ":" between them'],
  ["MISSING_CHAR", "--- a: 1\n", '1:5 found keys or a directive on the line of "---"'],
  ["MISSING_CHAR", "%x\na: 1\n", '2:1 found keys or a directive on the line of "---"'],
  ["MISSING_CHAR", "a: >\n\n    \n  x\n", "4:3 found blank lines at the beginning of a text"],
  ["MISSING_CHAR", "[1,\n", "2:1 found a list in brackets that does not end"],
  ["MISSING_CHAR", "{a: 1,\n", "2:1 found a map in braces that does not end"],
  ["BAD_INDENT", "a: [1, 2\n", "2:1 found a list in brackets that does not end"],
  ["BAD_INDENT", "a: {b: 1\nc: 2\n", "2:1 found a map in braces that does not end"],
  ["BAD_INDENT", "a:\n  b: 1\n c: 2\n", "3:1 found a line that is indented unlike those"],
  ["BAD_INDENT", "a:\n  - b\n c: 1\n", "3:1 found a line that is indented unlike those"],
  ["BAD_INDENT", "a: |\n\tx\n", '2:1 found a text below "|" or ">" that is not indented'],
  ["UNEXPECTED_TOKEN", "a: [1,,2]\n", '1:7 found "," without a value before it'],
  ["UNEXPECTED_TOKEN", "a: 'it's'\n", "1:8 found something after a value that has ended"],
  ["UNEXPECTED_TOKEN", "- a\nb: 1\n", "2:1 found something after a value that has ended"],
  ["UNEXPECTED_TOKEN", "a: |x\n  b\n", '1:5 found text right after "|" or ">"'],
  ["UNEXPECTED_TOKEN", "a: - b\n", '1:4 found "-" on the line of a key'],
  ["UNEXPECTED_TOKEN", "a: [1]]\n", '1:7 found "]" where no list in brackets is open'],
  ["UNEXPECTED_TOKEN", "a: }\n", '1:4 found "}" where no map in braces is open'],
  ["MULTILINE_IMPLICIT_KEY", "a:1\nb: 2\n", '1:1 found a line that is neither "key: value" nor'],
  ["MULTILINE_IMPLICIT_KEY", "a: 1\n- b\n", '2:1 found a line that is neither "key: value" nor'],
  ["MULTILINE_IMPLICIT_KEY", "a: [- y]", "1:5 found a key that goes on on the next line"],
  ["BLOCK_IN_FLOW", "a: {b: 1 c: 2}\n", '1:8 found "key: value" or "- item" in brackets'],
  ["BAD_DQ_ESCAPE", 'a: "\\d"\n', "1:5 found a backslash in double quotes that begins no escape"],
  ["BAD_SCALAR_START", "a: @x\n", '1:4 found a value that begins with "@", wanted quotes'],
  ["BAD_SCALAR_START", "a: `x`\n", '1:4 found a value that begins with "`", wanted quotes'],
  ["BAD_SCALAR_START", "a: %x\n", '1:4 found a value that begins with "%", wanted quotes'],
  ["TAB_AS_INDENT", "a:\n\tb: 1\n", "2:1 found a tab in the indentation, wanted spaces"],
  ["DUPLICATE_KEY", "a: 1\r\nb: 2\r\na: 3\r\n", "3:1 found a key that is there already"],
  ["ALIAS_PROPS", "a: &x *y\n", "1:7 found an anchor or a tag before an alias"],
  ["BAD_ALIAS", "a: *\n", '1:4 found "*" without a good name after it'],
  ["BAD_ALIAS", "a: & 1\n", '1:4 found "&" without a good name after it'],
  ["MULTIPLE_ANCHORS", "a: &x &y 1\n", "1:7 found two anchors"],
  ["MULTIPLE_TAGS", "a: !!int !!str 1\n", "1:10 found two tags"],
  ["TAG_RESOLVE_FAILED", "a: !e!x 1\n", '1:4 found a tag ("!") that is not known'],
  ["BAD_DIRECTIVE", "%TAG x\n---\na: 1\n", '1:1 found a line that begins with "%"'],
  ["KEY_OVER_1024_CHARS", `${"x".repeat(1100)}: 1\n`, "1:1 found a key of more than 1024"],
  ["BAD_PROP_ORDER", "&a ? b\n: c\n", '1:4 found an anchor or a tag before "-"'],
  ["MISSING_CHAR", "a:\n  &x - b\n", '2:3 found an anchor or a tag before "- "'],
  ["NON_STRING_KEY", "", "found a list or a map in the place of a key, wanted a name"],
  ["BAD_COLLECTION_TYPE", "", 'found a tag ("!") of another kind of value, wanted none'],
  ["IMPOSSIBLE", "", "found a text that cannot be read, wanted keys and values"],
  ["MULTIPLE_DOCS", "", 'found a second document after "---", wanted one'],
  ["RESOURCE_EXHAUSTION", "", "found lists or maps that are nested too deeply"],
];

for (const [code, text, problem] of CASES) {
  test(`${code}: ${JSON.stringify(text.slice(0, 40))}`, async () => {
    if (text === "") {
      // The library has this code for other ways to read, or for states that no text leads to.
      equal(yamlSyntaxText(code as "IMPOSSIBLE", ""), problem);
      return;
    }
    const options = { schema: "core", logLevel: "silent" } as const;
    equal(parseAllDocuments(text, options)[0]?.errors[0]?.code, code);
    const error = await readYaml(text).then(() => undefined, (thrown) => thrown);
    if (!(error instanceof DocumentSyntaxError)) throw new Error(String(error));
    const { line, column } = error.position!;
    const found = `${line}:${column} ${error.message.replace("not valid YAML: ", "")}`;
    equal(found.slice(0, problem.length), problem);
    equal(/, wanted /.test(found), true, found);
  });
}

test("no text has the library's words in it", async () => {
  const jargon = /\b(?:flow|implicit|collections?|scalars?|mappings?|sequences?|node|token)\b/i;
  const texts = await Promise.all(
    CASES.filter(([, text]) => text !== "").map(([, text]) =>
      readYaml(text).then(() => "", (error: Error) => error.message)
    ),
  );
  deepEqual(texts.filter((text) => jargon.test(text)), []);
});
