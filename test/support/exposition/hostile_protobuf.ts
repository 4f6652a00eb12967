import {
  bodyOf,
  double,
  family,
  int,
  label,
  message,
  string,
  tag,
  varint,
  type Wire,
} from "./wire.ts";

/*
 * Bodies that no client library writes. What is an error here, Prometheus v0.316.0's ProtobufParser
 * refuses, too, and the lines are what it reads, but for the cases that say otherwise.
 */
export interface HostileCase {
  readonly name: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly error?: string;
  /** The lines, without metadata lines. */
  readonly samples?: readonly string[];
  /** Why it is not what Prometheus does. */
  readonly otherwise?: string;
}

const NAME = string(1, "x");
const COUNTER = int(3, 0);
const HISTOGRAM = int(3, 4);
const one = (...fields: readonly Wire[]) => message(4, ...fields, message(3, double(1, 1)));
const histogram = (...fields: readonly Wire[]) =>
  bodyOf(family(NAME, HISTOGRAM, message(4, message(7, ...fields))));
const metric = (...fields: readonly Wire[]) => bodyOf(family(NAME, COUNTER, one(...fields)));
const span = (field: number, offset: number, length: number) =>
  message(field, int(1, offset), int(2, length));

export const HOSTILE_BODIES: readonly HostileCase[] = [
  // The stream.
  { name: "an empty body", body: bodyOf(), samples: [] },
  { name: "empty families", body: bodyOf(family(), family(), family(NAME)), samples: [] },
  {
    name: "a family without metrics may say anything",
    body: bodyOf(family(message(1, [0xff]), int(3, 77)), family(NAME, COUNTER, one())),
    samples: ["x 1"],
  },
  {
    name: "a body that ends within a length",
    body: bodyOf([0x80]),
    error: "protobuf, byte 1: the body ends within a family",
  },
  {
    name: "a body that ends within a family",
    body: bodyOf(family(NAME, COUNTER, one()).slice(0, -1)),
    error: "protobuf, byte 18: the body ends within a family",
  },
  {
    name: "a family's length of six bytes",
    body: bodyOf([0x85, 0x80, 0x80, 0x80, 0x80, 0x00]),
    error: "protobuf, byte 0: a family's length of more than 5 bytes",
  },
  {
    name: "a family's length of five bytes",
    body: bodyOf([0x83, 0x80, 0x80, 0x80, 0x00], NAME, family(NAME, COUNTER, one())),
    samples: ["x 1"],
  },
  {
    name: "a family of 32 GB of which nothing comes",
    body: bodyOf([0xff, 0xff, 0xff, 0xff, 0x7f], NAME),
    error: "protobuf, byte 8: the body ends within a family",
  },
  // Fields.
  {
    name: "field number 0",
    body: bodyOf(family([0x00, 0x01])),
    error: "protobuf, byte 1: the field number 0",
  },
  {
    name: "a negative field number",
    body: bodyOf(family([0x80, 0x80, 0x80, 0x80, 0x40])),
    error: "protobuf, byte 1: the field number -2147483648",
  },
  {
    name: "a field number beyond 32 bits is cut off",
    body: bodyOf(family(NAME, COUNTER, varint((2n ** 32n + 1n) * 8n + 2n), [1, 0x79], one())),
    samples: ["y 1"],
  },
  {
    name: "a varint of ten bytes",
    body: bodyOf(family(NAME, [0x18, ...new Array(9).fill(0x80), 0x00], one())),
    samples: ["x 1"],
  },
  {
    name: "a varint of eleven bytes",
    body: bodyOf(family(NAME, [0x18, ...new Array(10).fill(0x80), 0x00], one())),
    error: 'protobuf, byte 5, family "x": a varint of more than 10 bytes',
  },
  {
    name: "a varint that the family ends within",
    body: bodyOf(family(NAME, [0x18, 0x80])),
    error: 'protobuf, byte 5, family "x": a varint that its message ends within',
  },
  {
    name: "a length beyond its family",
    body: bodyOf(family(NAME, [0x22, 0x7f]), new Array(200).fill(0)),
    error: 'protobuf, byte 5, family "x": a length of 127 with 0 bytes left in its message',
  },
  {
    name: "a length beyond its metric",
    body: bodyOf(family(NAME, message(4, [0x1a, 0x20]), string(99, "x".repeat(64)))),
    error: 'protobuf, byte 7, family "x": a length of 32 with 0 bytes left in its message',
  },
  {
    name: "a length of 64 bits",
    body: bodyOf(family(NAME, [0x22, ...varint(2n ** 64n - 1n)])),
    error:
      'protobuf, byte 5, family "x": a length of 18446744073709552000 with 0 bytes left in its message',
  },
  {
    name: "wire type 6",
    body: bodyOf(family(NAME, tag(9, 6))),
    error: 'protobuf, byte 4, family "x": the wire type 6',
  },
  {
    name: "the end of a group that did not begin",
    body: bodyOf(family(NAME, tag(9, 4))),
    error: 'protobuf, byte 4, family "x": the end of a group that did not begin',
  },
  {
    name: "a group that does not end",
    body: bodyOf(family(NAME, tag(9, 3), int(1, 1))),
    error: 'protobuf, byte 7, family "x": a varint that its message ends within',
  },
  {
    name: "groups in groups, of other numbers",
    body: bodyOf(
      family(NAME, COUNTER, tag(9, 3), tag(10, 3), double(1, 1), tag(11, 4), tag(7, 4), one()),
    ),
    samples: ["x 1"],
  },
  {
    name: "a group as a field that is known",
    body: bodyOf(family(NAME, COUNTER, tag(4, 3), tag(4, 4))),
    error: 'protobuf, byte 6, family "x": metric with wire type 3 instead of 2',
  },
  {
    name: "a fixed field that the message ends within",
    body: bodyOf(family(NAME, [...tag(9, 5), 1, 2])),
    error: 'protobuf, byte 7, family "x": a field that its message ends within',
  },
  {
    name: "a double that the message ends within",
    body: bodyOf(family(NAME, message(4, message(3, [0x09, 1, 2, 3])), string(99, "x".repeat(16)))),
    error: 'protobuf, byte 9, family "x": a double that its message ends within',
  },
  {
    name: "unknown fields everywhere",
    body: bodyOf(
      family(
        int(99, 1),
        NAME,
        COUNTER,
        double(98, 1),
        one(string(97, "?"), message(1, string(1, "a"), int(9, 9), string(2, "b"))),
        string(96, "?"),
      ),
    ),
    samples: ['x{a="b"} 1'],
  },
  // The head.
  {
    name: "no name",
    body: bodyOf(family(COUNTER, one())),
    error: "protobuf, byte 5: a family with metrics and without a name",
  },
  {
    name: "a name that is not UTF-8",
    body: bodyOf(family(message(1, [0x78, 0xff]), COUNTER, one())),
    error: 'protobuf, byte 9, family "x\ufffd": a name that is not UTF-8',
  },
  {
    name: "a help text that is not UTF-8",
    body: bodyOf(family(NAME, message(2, [0xc0, 0x80]), COUNTER, one())),
    error: 'protobuf, byte 12, family "x": a help text that is not UTF-8',
  },
  {
    name: "an unknown type",
    body: bodyOf(family(NAME, int(3, 6), one())),
    error: 'protobuf, byte 8, family "x": the unknown type 6',
  },
  {
    name: "a negative type",
    body: bodyOf(family(NAME, int(3, -1n), one())),
    error: 'protobuf, byte 17, family "x": the unknown type -1',
  },
  {
    name: "a name of wire type 0",
    body: bodyOf(family(int(1, 1))),
    error: "protobuf, byte 1: name with wire type 0 instead of 2",
  },
  {
    name: "a type of wire type 2",
    body: bodyOf(family(NAME, string(3, "x"))),
    error: 'protobuf, byte 4, family "x": type with wire type 2 instead of 0',
  },
  {
    name: "the head behind metrics, and twice: the last one counts",
    body: bodyOf(family(string(1, "y"), one(), int(3, 1), int(3, 3), NAME, int(3, 0))),
    samples: ["x 1"],
  },
  {
    name: "no type is a counter",
    body: bodyOf(family(NAME, one())),
    samples: ["x 1"],
  },
  // Labels.
  {
    name: "a label's name that is not UTF-8",
    body: metric(message(1, message(1, [0xff]), string(2, "v"))),
    error: 'protobuf, byte 12, family "x": a label\'s name that is not UTF-8',
  },
  {
    name: "a label's value that is not UTF-8",
    body: metric(message(1, string(1, "n"), message(2, [0xed, 0xa0, 0x80]))),
    error: 'protobuf, byte 15, family "x": a label\'s value that is not UTF-8',
  },
  {
    name: "a label with an empty name",
    body: metric(label("", "v")),
    error: 'protobuf, byte 12, family "x": a label without a name',
  },
  {
    name: "a label without a name",
    body: metric(message(1, string(2, "v"))),
    error: 'protobuf, byte 13, family "x": a label without a name',
    otherwise: "Prometheus's parser takes it, its appender refuses it",
  },
  {
    name: "a label without a value, and one that says both twice",
    body: metric(
      message(1, string(1, "a")),
      message(1, string(1, "b"), string(2, "1"), string(2, "2"), string(1, "c")),
    ),
    samples: ['x{a="",c="2"} 1'],
  },
  {
    name: "what needs escapes, and control characters that do not",
    body: metric(label('q"\\\n', 'v"\\\n\r\0\t')),
    samples: ['x{"q\\"\\\\\\n"="v\\"\\\\\\n\r\0\t"} 1'],
  },
  // Metrics.
  {
    name: "a metric of another type than its family is 0",
    body: bodyOf(family(NAME, int(3, 1), one()), family(NAME, int(3, 3), one())),
    samples: ["x 0", "x 0"],
  },
  {
    name: "a message that comes twice is one",
    body: bodyOf(
      family(
        NAME,
        COUNTER,
        message(4, message(3, double(1, 5)), message(3, message(3, int(1, 7)))),
      ),
    ),
    samples: ["x 5 st@7"],
  },
  {
    name: "a broken message of another type",
    body: bodyOf(family(NAME, COUNTER, message(4, message(2, [0x08, 0x01])))),
    error: 'protobuf, byte 10, family "x": gauge.value with wire type 0 instead of 1',
  },
  {
    name: "a timestamp of wire type 1",
    body: metric(double(6, 1)),
    error: 'protobuf, byte 8, family "x": metric.timestamp_ms with wire type 1 instead of 0',
  },
  {
    name: "start times with odd nanos",
    body: bodyOf(
      family(
        NAME,
        COUNTER,
        message(4, message(3, message(3, int(1, 7), int(2, -1n)))),
        message(4, label("a", "b"), message(3, message(3, int(1, 7), int(2, 2_000_000_000)))),
      ),
    ),
    samples: ["x 0 st@6.999999999", 'x{a="b"} 0 st@9'],
  },
  {
    name: "a start time of 0 is none",
    body: bodyOf(family(NAME, COUNTER, message(4, message(3, message(3))))),
    samples: ["x 0"],
  },
  // Histograms.
  {
    name: "buckets behind +Inf are none",
    body: histogram(
      int(1, 9),
      message(3, int(1, 9), double(2, Infinity)),
      message(3, int(1, 3), double(2, 1)),
    ),
    samples: ['x_bucket{le="+Inf"} 9', "x_sum 0", "x_count 9"],
  },
  {
    name: "buckets in any order, twice, and of NaN stay as they are",
    body: histogram(
      message(3, double(2, 2)),
      message(3, int(1, 3), double(2, NaN)),
      message(3, double(4, -0.5), double(2, 2)),
    ),
    samples: [
      'x_bucket{le="2.0"} 0',
      'x_bucket{le="NaN"} 3',
      'x_bucket{le="2.0"} -0.5',
      'x_bucket{le="+Inf"} 0',
      "x_sum 0",
      "x_count 0",
    ],
  },
  {
    name: "bounds of -0 and NaN",
    body: histogram(message(3, double(2, -0)), message(3, double(2, NaN))),
    samples: [
      'x_bucket{le="0.0"} 0',
      'x_bucket{le="NaN"} 0',
      'x_bucket{le="+Inf"} 0',
      "x_sum 0",
      "x_count 0",
    ],
  },
  {
    name: "packed deltas and counts, and not packed ones, are one list",
    body: histogram(
      int(1, 6),
      double(6, 1),
      span(12, 0, 3),
      int(13, 2),
      message(13, [0x02, 0x02]),
    ),
    samples: [
      "x {count:6,sum:0,schema:0,zero_threshold:1,zero_count:0,negative_spans:[]," +
      "negative_buckets:[],positive_spans:[0:3],positive_buckets:[1,2,3]}",
    ],
  },
  {
    name: "a packed varint that ends beyond its field",
    body: histogram(span(12, 0, 1), message(13, [0x80]), int(13, 0)),
    error: 'protobuf, byte 18, family "x": a varint that its message ends within',
  },
  {
    name: "packed counts of nine bytes",
    body: histogram(span(12, 0, 1), message(14, new Array(9).fill(0)), double(14, 0)),
    error: 'protobuf, byte 26, family "x": a double that its message ends within',
  },
  {
    name: "deltas as doubles",
    body: histogram(double(13, 1)),
    error: 'protobuf, byte 10, family "x": histogram.positive_delta with wire type 1 instead of 0',
  },
  {
    name: "fewer buckets than spans have",
    body: histogram(span(12, 0, 2), int(13, 2)),
    error:
      'protobuf, byte 18, family "x": positive spans of 2 buckets in a histogram that has 1 of them',
  },
  {
    name: "more buckets than spans have, of doubles",
    body: histogram(double(6, 1), message(11, new Array(16).fill(0))),
    error:
      'protobuf, byte 37, family "x": negative spans of 0 buckets in a histogram that has 2 of them',
  },
  {
    name: "a span of four billion buckets",
    body: histogram(span(12, 0, 2 ** 32 - 1)),
    error:
      'protobuf, byte 20, family "x": positive spans of 4294967295 buckets in a histogram that has 0 of them',
  },
  {
    name: "a zero count as a double makes it one of doubles",
    body: histogram(int(1, 2), double(6, 1), double(8, 2)),
    samples: [
      "x {count:0.0,sum:0,schema:0,zero_threshold:1,zero_count:2,negative_spans:[]," +
      "negative_buckets:[],positive_spans:[],positive_buckets:[]}",
    ],
  },
  {
    name: "counts that fall below 0, and wrap",
    body: histogram(
      span(12, 0, 3),
      int(13, 2n ** 64n - 2n),
      int(13, 2n ** 64n - 2n),
      int(13, 1),
    ),
    samples: [
      "x {count:0,sum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[]," +
      "negative_buckets:[],positive_spans:[0:3]," +
      "positive_buckets:[9223372036854775807,-2,-3]}",
    ],
  },
  // Exemplars.
  {
    name: "an exemplar of which the labels are no text is left out of the line",
    body: bodyOf(
      family(
        NAME,
        COUNTER,
        message(
          4,
          message(3, double(1, 1), message(2, message(1, string(1, "a"), message(2, [0xff])))),
        ),
        message(4, label("a", "b"), message(3, double(1, 1), message(2, label("", "v")))),
      ),
    ),
    samples: ["x 1", 'x{a="b"} 1'],
    otherwise: "Prometheus's parser takes them as they are",
  },
  {
    name: "an exemplar in two messages",
    body: histogram(
      message(
        3,
        double(2, Infinity),
        message(3, double(2, 1), label("a", "b")),
        message(3, double(2, 2)),
      ),
    ),
    samples: ['x_bucket{le="+Inf"} 0 # {a="b"} 2', "x_sum 0", "x_count 0"],
  },
  {
    name: "a broken exemplar that no line shows",
    body: histogram(message(16, [0x10])),
    error: 'protobuf, byte 13, family "x": exemplar.value with wire type 0 instead of 1',
  },
];
