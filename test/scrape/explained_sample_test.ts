import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { explainedText } from "../../src/analyze/preview_text.ts";
import { explainedSample, metadataFor } from "../../src/scrape/explained_sample.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  type PolicyText,
  streamOf,
} from "../support/lines/filtered.ts";
import { NO_LIMITS, rulesOf } from "../support/analyze/previewed.ts";

interface Case {
  readonly name: string;
  readonly sample: string;
  readonly metadata?: string;
  readonly rules?: readonly unknown[];
  readonly policies?: readonly PolicyText[];
  readonly wanted: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: "a rule after the other",
    sample: 'a{path="/x",code="200"} 1',
    rules: [
      { action: "keep", source_labels: ["__name__", "code"], regex: "a;2.." },
      { action: "labeldrop", regex: "path" },
      { source_labels: ["zone"], regex: "(.+)", target_label: "region" },
    ],
    wanted: [
      'sample   a{path="/x",code="200"} 1',
      "type     none",
      'rule     rules[0] (keep) keeps it: __name__;code is "a;200", which matches "a;2.."',
      'rule     rules[1] (labeldrop) makes it a{code="200"}',
      "rule     rules[2] (replace) leaves it as it is",
      'result   a{code="200"} 1',
    ],
  },
  {
    name: "the rule that drops it is the last one",
    sample: 'a{code="200"} 1',
    rules: [
      { action: "drop", source_labels: ["code"], regex: "2.." },
      { action: "labeldrop", regex: "path" },
    ],
    wanted: [
      'sample   a{code="200"} 1',
      "type     none",
      'rule     rules[0] (drop) drops it: code is "200", which matches "2.."',
      "result   nothing",
    ],
  },
  {
    name: "rules that take the name, and the last label",
    sample: 'a{code="200"} 1',
    rules: [{ action: "labelkeep", regex: "code" }, { action: "labeldrop", regex: "code" }],
    wanted: [
      'sample   a{code="200"} 1',
      "type     none",
      'rule     rules[0] (labelkeep) makes it {code="200"}',
      "rule     rules[1] (labeldrop) makes it {}",
      "result   a 1",
    ],
  },
  {
    name: "equal labels",
    sample: 'a{x="1",y="1"} 1',
    rules: [{ action: "dropequal", source_labels: ["x"], target_label: "y" }],
    wanted: [
      'sample   a{x="1",y="1"} 1',
      "type     none",
      'rule     rules[0] (dropequal) drops it: x is "1", and y is "1"',
      "result   nothing",
    ],
  },
  {
    name: "what a policy drops comes to no rule",
    sample: "a 1",
    metadata: "# TYPE a gauge\n",
    policies: [dropName("^b$"), dropName("^a$")],
    rules: [{ action: "labeldrop", regex: "path" }],
    wanted: [
      "sample   a 1",
      "type     gauge",
      'policy   "p1" drops it',
      "result   nothing",
    ],
  },
  {
    name: "a policy that another one overrules",
    sample: "a 1",
    policies: [dropName("^a$"), { match: [{ metric_field: "name", equals: "a" }], keep: true }],
    wanted: [
      "sample   a 1",
      "type     none",
      'policy   "p0" drops it',
      'policy   "p1" matches, another one decides',
      "result   nothing",
    ],
  },
  {
    name: "a bound as the family's type has it",
    sample: 'h_bucket{le="1"} 4',
    metadata: "# TYPE h histogram\n",
    rules: [{ action: "drop", source_labels: ["le"], regex: "1" }],
    wanted: [
      'sample   h_bucket{le="1"} 4',
      "type     histogram",
      'rule     rules[0] (drop) keeps it: le is "1.0", which does not match "1"',
      'result   h_bucket{le="1"} 4',
    ],
  },
  {
    name: "nothing of the sample reaches the terminal as it is",
    sample: 'a{x="\u001b[31m\u202e"} 1',
    wanted: [
      'sample   a{x="\\x1b[31m\\u202e"} 1',
      "type     none",
      'result   a{x="\\x1b[31m\\u202e"} 1',
    ],
  },
];

for (const { name, sample, metadata = "", rules, policies = [], wanted } of CASES) {
  test(name, async () => {
    const counters = new PolicyCounters();
    const engine = policies.length === 0
      ? undefined
      : await engineOf(policies, undefined, counters);
    const pipeline = { ...NO_LIMITS, rules: await rulesOf({ rules }), policies: engine };
    const explained = explainedSample(sample, metadata, pipeline, counters);
    deepEqual(explainedText(explained!), wanted);
  });
}

test("what is no sample is not explained", () => {
  const pipeline = { ...NO_LIMITS, rules: undefined, policies: undefined };
  for (const line of ["", "a{", "# TYPE a gauge", "a 1\nb 1"]) {
    equal(explainedSample(line, "", pipeline, new PolicyCounters()), undefined);
  }
});

test("of a scrape the metadata of the sample's family is read", async () => {
  const scrape = "# HELP h H.\n# TYPE h histogram\nh_bucket 1\n# TYPE g gauge\ng 1\n";
  for (const size of [1, 7, 100]) {
    const body = streamOf(chunksOf(encode(scrape), size));
    equal(await metadataFor("h_bucket 1", "text", body), "# HELP h H.\n# TYPE h histogram\n");
  }
});
