/** What rules make of bodies of composite metrics: the same in each format, said in lifted lines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompositeFormat } from "../../src/exposition/line_format.ts";
import { UnreadableBody } from "../../src/exposition/lifted.ts";
import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { bodyOf, joined, liftedText } from "../support/lines/composite_body.ts";
import { chunksOf, encode, filterChunks, type Options } from "../support/lines/filtered.ts";
import { dropNothing, dropPath, type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

const FORMATS: readonly CompositeFormat[] = ["protobuf", "openmetrics2"];

const NATIVE =
  "{count:3,sum:6,schema:0,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[]," +
  "positive_spans:[0:2],positive_buckets:[1,2]}";
const TWICE =
  "{count:6,sum:12,schema:0,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[]," +
  "positive_spans:[0:2],positive_buckets:[2,4]}";

const COUNTER = `# HELP c_total Requests.
# TYPE c_total counter
c_total{path="/a"} 1 st@10 # {t="1"} 0.5 11
c_total{path="/b"} 2 st@10
`;
const CLASSIC = `# HELP h Classic.
# TYPE h histogram
h_bucket{path="/a",le="1.0"} 1 st@10
h_bucket{path="/a",le="+Inf"} 3 st@10
h_sum{path="/a"} 6 st@10
h_count{path="/a"} 3 st@10
`;
const BOTH = `# HELP n Native and classic.
# TYPE n histogram
n_bucket{path="/a",le="1.0"} 1 st@10
n_bucket{path="/a",le="+Inf"} 3 st@10
n_sum{path="/a"} 6 st@10
n_count{path="/a"} 3 st@10
n{path="/a"} ${NATIVE} st@10
`;
const ALONE = `# HELP o Native alone.
# TYPE o histogram
o{path="/a"} ${NATIVE} st@10
o{path="/b"} ${NATIVE} st@10
`;
const SUMMARY = `# HELP s Summary.
# TYPE s summary
s{path="/a",quantile="0.5"} 2
s_sum{path="/a"} 6
s_count{path="/a"} 3
`;
const ALL = COUNTER + CLASSIC + BOTH + ALONE + SUMMARY;

const drop = (regex: string): RelabelRules => [
  { action: "drop", source_labels: ["__name__"], regex },
];
/** The same in a table of series. */
const gathering = (rules: RelabelRules): RelabelRules => [...rules, ...dropNothing];

interface Case {
  readonly what: string;
  readonly input: string;
  readonly rules: RelabelRules;
  readonly expected: string;
}

const filters: Case[] = [
  { what: "nothing dropped", input: ALL, rules: drop("no_such_name"), expected: ALL },
  {
    what: "a family dropped by name",
    input: ALL,
    rules: drop("c_total|s.*"),
    expected: CLASSIC + BOTH + ALONE,
  },
  {
    what: "one metric of two dropped by a label",
    input: COUNTER,
    rules: [{ action: "drop", source_labels: ["path"], regex: "/b" }],
    expected: COUNTER.replace(/c_total\{path="\/b.*\n/, ""),
  },
  {
    what: "one bucket dropped",
    input: CLASSIC,
    rules: [{ action: "drop", source_labels: ["le"], regex: "1.0" }],
    expected: CLASSIC.replace(/.*le="1.0".*\n/, ""),
  },
  {
    what: "a classic histogram without its buckets is a summary without quantiles",
    input: CLASSIC,
    rules: drop("h_bucket"),
    expected: CLASSIC.replace(/h_bucket.*\n/g, "").replace("h histogram", "h summary"),
  },
  {
    what: "classic buckets dropped beside a native part",
    input: BOTH,
    rules: drop("n_bucket"),
    expected: BOTH.replace(/n_(bucket|sum|count).*\n/g, ""),
  },
  {
    what: "a native part dropped beside classic ones",
    input: BOTH,
    rules: drop("n"),
    expected: BOTH.replace(/n\{.*\n/, ""),
  },
  { what: "all parts dropped", input: BOTH + COUNTER, rules: drop("n|n_.*"), expected: COUNTER },
  {
    what: "a native histogram dropped",
    input: ALONE + COUNTER,
    rules: drop("o"),
    expected: COUNTER,
  },
  {
    what: "a native histogram's count and sum are its own",
    input: ALONE,
    rules: drop("o_.*"),
    expected: ALONE,
  },
  {
    what: "without its count, a classic histogram's samples stand for themselves",
    input: CLASSIC,
    rules: drop("h_count"),
    expected: "# TYPE h_bucket counter\n" +
      'h_bucket{path="/a",le="1.0"} 1 st@10\nh_bucket{path="/a",le="+Inf"} 3 st@10\n' +
      '# TYPE h_sum counter\nh_sum{path="/a"} 6 st@10\n',
  },
];

for (const format of FORMATS) {
  for (const { what, input, rules, expected } of filters) {
    test(`${format}: ${what}, kept and dropped, and as series`, async () => {
      for (const each of [rules, gathering(rules)]) {
        const options: Options = { format, rules: await rulesOf({ rules: each }) };
        const body = bodyOf(input, format);
        for (const size of [body.length, 7]) {
          const { chunks, stats } = await filterChunks(chunksOf(body, size), options);
          assert.equal(liftedText(chunks, format), expected);
          assert.equal(stats.inputSamples, linesOf(input));
        }
      }
    });
  }

  test(`${format}: what is untouched is the same bytes`, async () => {
    const body = bodyOf(ALL, format);
    for (const rules of [undefined, await rulesOf({ rules: drop("no_such_name") })]) {
      for (const size of [body.length, 7]) {
        const { chunks } = await filterChunks(chunksOf(body, size), { format, rules });
        assert.deepEqual(joined(chunks), body);
      }
    }
  });

  test(`${format}: series that collide are added, and have no start time`, async () => {
    const rules = await rulesOf({ rules: dropPath });
    const { chunks, stats } = await filterChunks([bodyOf(COUNTER + ALONE, format)], {
      format,
      rules,
    });
    assert.equal(
      liftedText(chunks, format),
      "# HELP c_total Requests.\n# TYPE c_total counter\n" +
        'c_total 3 # {t="1"} 0.5 11\n' +
        `# HELP o Native alone.\n# TYPE o histogram\no ${TWICE}\n`,
    );
    assert.equal(stats.mergedSamples, 2);
  });

  test(`${format}: an output limit ends between metrics, and the body says so`, async () => {
    const whole = bodyOf(ALL, format);
    const truncated =
      "# HELP weir_scrape_truncated How often a byte limit cut this scrape short.\n" +
      '# TYPE weir_scrape_truncated gauge\nweir_scrape_truncated{limit="output"} 1\n';
    for (const each of [drop("no_such_name"), dropNothing]) {
      const rules = await rulesOf({ rules: each });
      for (let limit = 6; limit < whole.length; limit += 37) {
        const options: Options = { format, rules, maxOutputBytes: limit, saysMissing: true };
        const { chunks, stats } = await filterChunks(chunksOf(whole, 64), options);
        assert.equal(stats.truncatedBy, "output");
        const text = liftedText(chunks, format);
        assert.ok(text.endsWith(truncated));
        assert.ok(ALL.startsWith(text.slice(0, -truncated.length)), text);
      }
    }
  });

  test(`${format}: an input limit ends between metrics, and the body says so`, async () => {
    const whole = bodyOf(ALL, format);
    const rules = await rulesOf({ rules: drop("no_such_name") });
    for (let limit = 1; limit < whole.length; limit += 37) {
      const options: Options = { format, rules, maxInputBytes: limit, saysMissing: true };
      const { chunks, stats } = await filterChunks([whole], options);
      assert.equal(stats.truncatedBy, "input");
      const text = liftedText(chunks, format);
      const own = text.indexOf("# HELP weir_scrape_truncated");
      assert.ok(own >= 0 && ALL.startsWith(text.slice(0, own)), text);
    }
  });

  test(`${format}: a subset is in the format of the body`, async () => {
    const rules = await rulesOf({ rules: dropPath });
    if (!isSeriesRules(rules)) throw new Error("no rules");
    const subset = new SubsetScrape({
      name: "s",
      rules,
      policies: undefined,
      format,
      contentType: null,
      maxLineBytes: 4096,
      maxOutputBytes: 0,
      onLimit: "truncate",
      scrapedAtMs: 1_700_000_000_123,
      timestamps: true,
    });
    await filterChunks([bodyOf(ALONE, format)], { format, subsets: [subset] });
    assert.equal(
      liftedText(subset.snapshot!.chunks, format),
      `# HELP o Native alone.\n# TYPE o histogram\no ${TWICE} 1700000000.123\n`,
    );
  });
}

test("protobuf that ends in the midst of a family cannot be read, unless nothing is in force", async () => {
  const body = bodyOf(ALL, "protobuf");
  const cut = body.subarray(0, body.length - 5);
  for (const each of [drop("no_such_name"), dropNothing]) {
    const rules = await rulesOf({ rules: each });
    await assert.rejects(
      filterChunks([cut], { format: "protobuf", rules }),
      (error) =>
        error instanceof UnreadableBody && /the body ends within a family/.test(error.message),
    );
  }
  const { chunks } = await filterChunks([cut], { format: "protobuf" });
  assert.deepEqual(joined(chunks), cut);
});

test("OpenMetrics 2.0 has the terminator that its source has", async () => {
  const body = encode("# TYPE g gauge\ng 1\n");
  for (const each of [drop("no_such_name"), dropNothing]) {
    const rules = await rulesOf({ rules: each });
    for (const end of ["", "# EOF\n"]) {
      const input = encode(new TextDecoder().decode(body) + end);
      const { chunks } = await filterChunks([input], { format: "openmetrics2", rules });
      assert.deepEqual(joined(chunks), input);
    }
  }
});

test("buckets that not all members of a native histogram have are left out, and that is said", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const alone = `n{path="/b"} ${NATIVE} st@10\n`;
  for (const format of FORMATS) {
    const body = bodyOf(BOTH + alone, format);
    const { chunks, stats } = await filterChunks([body], { format, rules });
    const head = "# HELP n Native and classic.\n# TYPE n histogram\n";
    assert.equal(liftedText(chunks, format), `${head}n ${TWICE}\n`);
    assert.equal(stats.leftOutBuckets, 2);
    // One of +Inf alone says nothing that the native part does not.
    const infinite = BOTH.replace(/.*le="1.0".*\n/, "");
    const again = await filterChunks([bodyOf(infinite + alone, format)], { format, rules });
    assert.equal(liftedText(again.chunks, format), `${head}n ${TWICE}\n`);
    assert.equal(again.stats.leftOutBuckets, 0);
  }
});

test("a composite value that Prometheus refuses passes, or has no place among series", async () => {
  const input = "# TYPE g gauge\ng 1\n# TYPE h histogram\nh {count:1}\n# EOF\n";
  const said = "# HELP weir_scrape_dropped_samples Samples of this scrape that are missing, " +
    "though no policy and no rule dropped them.\n# TYPE weir_scrape_dropped_samples gauge\n" +
    'weir_scrape_dropped_samples{reason="unreadable"} 1\n';
  const scraped = async (rules: RelabelRules) => {
    const inForce = await rulesOf({ rules });
    const options: Options = { format: "openmetrics2", rules: inForce, saysMissing: true };
    return new TextDecoder().decode(joined((await filterChunks([encode(input)], options)).chunks));
  };
  const passed = await scraped(drop("no_such_name"));
  assert.ok(passed.startsWith(input.replace("# EOF\n", "")), passed);
  assert.match(passed, /weir_scrape_unfiltered_lines\{reason="unparseable"\} 1/);
  assert.equal(await scraped(dropNothing), `# TYPE g gauge\ng 1\n${said}# EOF\n`);
});

test("what comes after a body whose last line has no newline begins a line of its own", async () => {
  const input = "# TYPE h histogram\nh {count:2,sum:3,bucket:[1.0:1,+Inf:2]}\nh_other{ 1\ng 1";
  const rules = await rulesOf({ rules: drop("h_count") });
  const options: Options = { format: "openmetrics2", rules, saysMissing: true };
  const { chunks } = await filterChunks([encode(input)], options);
  const text = new TextDecoder().decode(joined(chunks));
  assert.match(text, /^h_other\{ 1$/m);
  assert.match(text, /^g 1$/m);
  assert.match(text, /^weir_scrape_unfiltered_lines\{reason="unparseable"\} 1$/m);
  const last = "# TYPE h histogram\nh {count:2,sum:3,bucket:[1.0:1,+Inf:2]}\nh 1";
  const two = await filterChunks([encode(last)], { format: "openmetrics2", rules });
  assert.match(new TextDecoder().decode(joined(two.chunks)), /^h 1\n# TYPE h_bucket counter$/m);
});

function linesOf(text: string): number {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}
