import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_NATIVE_BUCKETS } from "../../src/bounds.ts";
import {
  type NativeHistogram,
  validNativeHistogram,
  writeNativeHistogram,
} from "../../src/exposition/native_histogram.ts";
import { random } from "../support/random.ts";
import { native, readNative } from "../support/aggregate/native_text.ts";
import { nativeVectors } from "../support/aggregate/native_vectors.ts";

const integer =
  "{count:14,sum:5.5,schema:3,zero_threshold:2.938735877055719e-39,zero_count:1,negative_spans:[-2:1]," +
  "negative_buckets:[1],positive_spans:[0:2,1:1],positive_buckets:[1,2,9]}";
const float = "{count:3.0,sum:-0.5,schema:-4,zero_threshold:0,zero_count:0.5,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[-1:2],positive_buckets:[2,0.5]}";
const custom = "{count:6,sum:NaN,schema:-53,zero_threshold:0,zero_count:0,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[0:1,1:1],positive_buckets:[1,4],custom_values:[-0.5,1]}";
const empty = "{count:0,sum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[0:0],positive_buckets:[]}";

test("a native histogram is read with its layout", () => {
  assert.deepEqual(native(integer), {
    isFloat: false,
    count: 14,
    sum: 5.5,
    schema: 3,
    zeroThreshold: 2.938735877055719e-39,
    zeroCount: 1,
    negative: { spans: [{ offset: -2, length: 1 }], counts: [1] },
    positive: { spans: [{ offset: 0, length: 2 }, { offset: 1, length: 1 }], counts: [1, 2, 9] },
    customValues: [],
  });
  assert.equal(native(float).isFloat, true);
  assert.deepEqual(native(custom).customValues, [-0.5, 1]);
});

const written = [
  integer,
  float,
  custom,
  empty,
  float.replace("count:3.0", "count:1e+06"),
  float.replace("count:3.0", "count:2.5"),
  float.replace("count:3.0", "count:NaN"),
  float.replace("count:3.0", "count:+Inf"),
  integer.replace("sum:5.5", "sum:+Inf"),
  custom.replace("-0.5,1", "-Inf,1e-07"),
  custom.replace("-0.5,1", "1,1e+300"),
];

for (const text of written) {
  test(`${text} is written as it was read`, () => {
    assert.equal(writeNativeHistogram(native(text)), text);
  });
}

const refused: [why: string, text: string][] = [
  ["nothing", ""],
  ["no composite value", "14"],
  ["what ends early", integer.slice(0, -1)],
  ["what ends in a list", integer.slice(0, -3)],
  ["more behind it", `${integer} `],
  ["a blank", integer.replace(",sum", ", sum")],
  ["no count", integer.replace("count:14,", "")],
  ["an empty count", integer.replace("count:14", "count:")],
  ["fields in another order", integer.replace("count:14,sum:5.5", "sum:5.5,count:14")],
  ["a field twice", integer.replace("sum:5.5", "sum:5.5,sum:5.5")],
  ["no number", integer.replace("sum:5.5", "sum:5.5.5")],
  ["a hexadecimal number", integer.replace("sum:5.5", "sum:0x1p-2")],
  ["a number that no double is large enough for", integer.replace("sum:5.5", "sum:1e309")],
  ["a negative count", integer.replace("count:14", "count:-14")],
  ["a negative count of a float histogram", float.replace("count:3.0", "count:-3.0")],
  ["a negative zero bucket", float.replace("zero_count:0.5", "zero_count:-0.5")],
  ["a negative bucket", float.replace("[2,0.5]", "[2,-0.5]")],
  ["a count that is not its buckets'", integer.replace("count:14", "count:15")],
  ["fractions in an integer histogram", integer.replace("[1,2,9]", "[1.5,1.5,9]")],
  ["a count below the buckets' with a sum of NaN", custom.replace("count:6", "count:4")],
  ["a schema that is not known", integer.replace("schema:3", "schema:9")],
  ["a schema below all", integer.replace("schema:3", "schema:-5")],
  ["a schema that is no integer", integer.replace("schema:3", "schema:3.5")],
  ["a negative zero threshold", integer.replace(/threshold:[^,]*/, "threshold:-1")],
  ["a zero threshold of infinity", integer.replace(/threshold:[^,]*/, "threshold:+Inf")],
  ["a zero threshold of NaN", integer.replace(/threshold:[^,]*/, "threshold:NaN")],
  ["fewer buckets than the spans'", integer.replace("[1,2,9]", "[1,11]")],
  ["more buckets than the spans'", integer.replace("[1,2,9]", "[1,2,8,1]")],
  ["a second span that goes back", integer.replace("[0:2,1:1]", "[0:2,-1:1]")],
  ["a span of negative length", integer.replace("[0:2,1:1]", "[0:4,1:-1]")],
  ["a span without length", integer.replace("[0:2,1:1]", "[0:2,1]")],
  ["a span without offset", integer.replace("[0:2,1:1]", "[0:2,:1]")],
  ["a span of three numbers", integer.replace("[0:2,1:1]", "[0:2,1:1:1]")],
  ["a comma behind the last span", integer.replace("[0:2,1:1]", "[0:2,1:1,]")],
  ["a comma behind the last bucket", integer.replace("[1,2,9]", "[1,2,9,]")],
  ["a comma alone", float.replace("negative_buckets:[]", "negative_buckets:[,]")],
  ["an index out of range", integer.replace("[0:2,1:1]", "[2147483645:2,1:1]")],
  ["an index out of range below", integer.replace("[-2:1]", "[-2147483648:1]")],
  ["a length that is no 32-bit number", integer.replace("[0:2,1:1]", "[0:99999999999,1:1]")],
  ["custom bounds of an exponential schema", custom.replace("schema:-53", "schema:1")],
  ["no custom bounds", custom.replace(",custom_values:[-0.5,1]", "")],
  ["too few custom bounds", custom.replace("[-0.5,1]", "[1]")],
  ["custom bounds that do not ascend", custom.replace("[-0.5,1]", "[1,1]")],
  ["a custom bound of NaN", custom.replace("[-0.5,1]", "[-0.5,NaN]")],
  ["a custom bound of infinity", custom.replace("[-0.5,1]", "[-0.5,+Inf]")],
  ["custom buckets and a zero bucket", custom.replace("zero_count:0", "zero_count:1")],
  ["custom buckets and a zero threshold", custom.replace("threshold:0", "threshold:1")],
  ["custom buckets below zero", custom.replace("negative_spans:[]", "negative_spans:[0:0]")],
  ["custom buckets that begin below all", custom.replace("[0:1,1:1]", "[-1:1,2:1]")],
];

for (const [why, text] of refused) {
  test(`a native histogram has no ${why}`.replace("no no ", "no "), () => {
    assert.equal(readNative(text), undefined);
  });
}

test("what Prometheus's Validate takes is read, and nothing else", () => {
  const cases = nativeVectors("valid");
  const wrong = cases.filter(([text, isValid]) => {
    const h = readNative(text);
    return isValid === "true"
      ? h === undefined || writeNativeHistogram(h) !== text
      : h !== undefined;
  });
  assert.equal(cases.length, 2100);
  assert.deepEqual(wrong, []);
});

function counting(count: string): string {
  return `{count:${count},sum:1,schema:0,zero_threshold:0,zero_count:${count},negative_spans:[],` +
    "negative_buckets:[],positive_spans:[],positive_buckets:[]}";
}

test("an integer histogram counts up to 2^53 exactly, and is a float histogram beyond", () => {
  const most = counting("9007199254740991");
  assert.equal(native(most).isFloat, false);
  assert.equal(writeNativeHistogram(native(most)), most);
  const more = native(counting("9007199254740993"));
  assert.equal(more.isFloat, true);
  assert.equal(writeNativeHistogram(more).startsWith("{count:9.007199254740992e+15,"), true);
  assert.equal(
    writeNativeHistogram(native(writeNativeHistogram(more))),
    writeNativeHistogram(more),
  );
});

test("buckets are bounded", () => {
  const h = (buckets: number): NativeHistogram => ({
    ...native(counting("0")),
    count: buckets,
    positive: { spans: [{ offset: 0, length: buckets }], counts: new Array(buckets).fill(1) },
  });
  assert.notEqual(readNative(writeNativeHistogram(h(MAX_NATIVE_BUCKETS))), undefined);
  assert.equal(readNative(writeNativeHistogram(h(MAX_NATIVE_BUCKETS + 1))), undefined);
  assert.equal(validNativeHistogram(h(MAX_NATIVE_BUCKETS + 1)), undefined);
});

test("whatever the bytes are, they are no histogram, or one that is written as it is read", () => {
  const letters = '{}[],:.-+e0123456789 "\nNaInf';
  let read = 0;
  for (let seed = 0; seed < 20_000; seed++) {
    const next = random(seed);
    let text = [integer, float, custom, empty][next(3)];
    for (let edits = next(2); edits >= 0; edits--) {
      const at = next(text.length - 1);
      const put = next(3) === 0 ? "" : letters[next(letters.length - 1)];
      text = text.slice(0, at) + put + text.slice(at + next(1));
    }
    const h = readNative(text);
    if (h === undefined) continue;
    read++;
    const again = writeNativeHistogram(h);
    assert.equal(writeNativeHistogram(native(again)), again, text);
  }
  assert.ok(read > 200, `${read} were read`);
});
