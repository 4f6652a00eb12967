import assert from "node:assert/strict";
import { test } from "node:test";
import { dropName, filtered, type PolicyText } from "../support/lines/filtered.ts";

const dropB: PolicyText[] = [dropName("^b")];
const dropLabel: PolicyText[] = [{
  match: [{ datapoint_attribute: "drop", equals: "yes" }],
  keep: false,
}];
const dropAll: PolicyText[] = [dropName(".*")];
const HELP_10K = `# HELP b ${"text ".repeat(2048)}\n`;

const cases: [string, PolicyText[], string, string][] = [
  [
    "a dropped family leaves no trace",
    dropB,
    "# HELP a A\n# TYPE a gauge\na 1\n# HELP b B\n# TYPE b gauge\n# UNIT b s\nb 1\nb 2\n# HELP c C\nc 1\n",
    "# HELP a A\n# TYPE a gauge\na 1\n# HELP c C\nc 1\n",
  ],
  [
    "metadata comes directly before the first kept sample",
    dropLabel,
    `# HELP a A\n# TYPE a gauge\na{drop="yes"} 1\n# note\nz 1\na{drop="no"} 2\na{drop=""} 3\n`,
    `# note\nz 1\n# HELP a A\n# TYPE a gauge\na{drop="no"} 2\na{drop=""} 3\n`,
  ],
  [
    "metadata at the top of the file waits for its families",
    dropB,
    "# HELP a A\n# HELP b B\n# HELP c C\n# TYPE a gauge\n# TYPE b gauge\n# TYPE c gauge\nc 1\nb 1\na 1\n",
    "# HELP c C\n# TYPE c gauge\nc 1\n# HELP a A\n# TYPE a gauge\na 1\n",
  ],
  [
    "repeated lines are left out, other texts too",
    dropB,
    "# HELP a A\n# HELP a A\n# TYPE a gauge\na 1\n# TYPE a counter\n# HELP a other\na 2\n",
    "# HELP a A\n# TYPE a gauge\na 1\na 2\n",
  ],
  [
    "a family that comes back has no metadata again",
    dropB,
    "# TYPE a gauge\na 1\n# TYPE c gauge\nc 1\n# TYPE a gauge\na 2\n# TYPE c gauge\nc 2\n",
    "# TYPE a gauge\na 1\n# TYPE c gauge\nc 1\na 2\nc 2\n",
  ],
  [
    "a family that comes back kept, having been dropped, has it then",
    dropLabel,
    `# TYPE a gauge\na{drop="yes"} 1\n# TYPE c gauge\nc 1\n# TYPE a gauge\na 2\n`,
    "# TYPE c gauge\nc 1\n# TYPE a gauge\na 2\n",
  ],
  [
    "late metadata stays behind its family's samples where they are kept",
    dropB,
    "# HELP a A\na 1\n# TYPE a gauge\n# note\na 2\nb 1\n# TYPE b gauge\n# HELP b B\n",
    "# HELP a A\na 1\n# TYPE a gauge\n# note\na 2\n",
  ],
  [
    "metadata that comes first behind its samples",
    dropB,
    "a 1\nb 1\n# TYPE a gauge\n# HELP a A\n# HELP a A\n# TYPE b gauge\nc_sum 1\n# TYPE c summary",
    "a 1\n# TYPE a gauge\n# HELP a A\nc_sum 1\n# TYPE c summary",
  ],
  [
    "metadata without samples leaves no trace",
    dropB,
    "# HELP lone text\n# TYPE lone gauge\na 1\n# HELP last text",
    "a 1\n",
  ],
  [
    "a histogram's samples are of its family",
    [dropName("_bucket$")],
    `# HELP h H\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`,
    "# HELP h H\n# TYPE h histogram\nh_sum 1\nh_count 1\n",
  ],
  [
    "a summary's samples are of its family",
    [dropName("^s$")],
    `# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 1\ns_count 1\n`,
    "# TYPE s summary\ns_sum 1\ns_count 1\n",
  ],
  [
    "foobar is not of the family foo",
    [dropName("^foo$")],
    "# HELP foo F\n# TYPE foo counter\nfoo 1\nfoobar 1\nfoo_bar 1\n# HELP foob F\nfoobar_total 1\n",
    "foobar 1\nfoo_bar 1\nfoobar_total 1\n",
  ],
  [
    "a family of no type, or untyped, has no suffixed samples",
    [dropName("^(foo|bar)$")],
    "# HELP foo F\nfoo 1\nfoo_total 1\nfoo_sum 1\n# TYPE bar untyped\nbar 1\nbar_count 2\n",
    "foo_total 1\nfoo_sum 1\nbar_count 2\n",
  ],
  [
    "a gauge's samples have no suffix",
    [dropName("^foo$")],
    "# TYPE foo gauge\nfoo 1\nfoo_count 1\n",
    "foo_count 1\n",
  ],
  [
    "names in quotes",
    dropB,
    `# TYPE "x y" counter\n{"x y_total",a="1"} 1\n# TYPE "b c" gauge\n{"b c"} 1\n{"x y_created"} 5\n`,
    `# TYPE "x y" counter\n{"x y_total",a="1"} 1\n{"x y_created"} 5\n`,
  ],
  [
    "the same name with and without quotes is one family",
    dropB,
    `# TYPE "a" gauge\n{"a"} 1\n# TYPE a gauge\na 2\n{"b"} 1\n`,
    `# TYPE "a" gauge\n{"a"} 1\na 2\n`,
  ],
  ["a HELP line of 10 KB goes with its family", dropB, `${HELP_10K}b 1\na 1\n`, "a 1\n"],
  [
    "a HELP line of 10 KB is kept whole",
    [dropName("^a")],
    `${HELP_10K}b 1\na 1\n`,
    `${HELP_10K}b 1\n`,
  ],
  [
    "comments and blank lines pass",
    dropAll,
    "# note\n\n \t\n#\n#EOF\n# HELP\n  # indented\na 1\n# EOF",
    "# note\n\n \t\n#\n#EOF\n# HELP\n  # indented\n# EOF",
  ],
  [
    "carriage returns and blanks stay as they are",
    dropB,
    "# HELP a\r\n  # TYPE a gauge \r\n\ta 1\r\n\r\nb 1\r\n",
    "# HELP a\r\n  # TYPE a gauge \r\n\ta 1\r\n\r\n",
  ],
  ["the end of OpenMetrics passes", dropAll, "# TYPE a gauge\na 1\n# EOF\n", "# EOF\n"],
  ["everything dropped is nothing", dropAll, "# HELP a A\na 1\nb 2", ""],
];

for (const [what, policies, input, expected] of cases) {
  test(`metadata: ${what}`, async () => {
    assert.equal((await filtered(input, policies)).text, expected);
    assert.equal((await filtered(input)).text, input);
  });
}
