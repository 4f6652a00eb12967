import type { ScrapeFault } from "./fault.ts";
import { responseHead, send } from "./faulty_upstream.ts";
import { delimited, message, shopFamilies, shopProtobuf, varint } from "./protobuf_shop.ts";
import { MODES, SINGLE } from "./right_answer.ts";

/** What a Prometheus asks for that scrapes native histograms. */
const ACCEPT = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
export const PROTOBUF_TYPE = "application/vnd.google.protobuf; " +
  "proto=io.prometheus.client.MetricFamily; encoding=delimited";

/** Lines that are no samples pass, and Prometheus says what is wrong with them. */
const AS_TEXT: ScrapeFault = {
  name: "proto-as-text",
  what: "protobuf that says it is text",
  modes: SINGLE,
  reads: shopProtobuf,
  answer: ({ socket, text }) => {
    const body = shopProtobuf(text);
    send(socket, responseHead([`Content-Length: ${body.length}`]), body);
  },
};

/** Responses in protobuf, with a content that no exporter should send. */
export const PROTOBUF_FAULTS: readonly ScrapeFault[] = [
  AS_TEXT,
  whole("proto", "whole protobuf", (families) => families),
  whole(
    "proto-unknown",
    "fields that no version has, and groups",
    (families) =>
      families.map((family) =>
        family + message([[200, "new"], [201, 7]]) + varint(202 << 3 | 3) + message([[203, 1]]) +
        varint(202 << 3 | 4)
      ),
  ),
  whole("proto-reversed", "names behind the metrics", (families) => families.map(metricsFirst)),
  whole("proto-hollow", "families without metrics, and without anything", (families) => [
    message([[1, "shop_hollow"], [3, 0]]),
    ...families,
    "",
  ]),
  faulty("proto-cut", "closed inside of a family", (families) => joined(families).slice(0, -5)),
  faulty("proto-cut-length", "closed inside of a family's length", (f) => `${joined(f)}\x80`),
  faulty("proto-cut-tag", "closed behind a family's length", (f) => `${joined(f)}\x05`),
  faulty("proto-length-short", "a family's length that is too short", (families) => {
    const [first, ...rest] = families;
    return varint(first.length - 1) + first + joined(rest);
  }),
  faulty("proto-length-long", "a family's length that is too long", (families) => {
    const [first, ...rest] = families;
    return varint(first.length + 1) + first + joined(rest);
  }),
  faulty(
    "proto-length-huge",
    "a family of 2 GiB, and its first bytes",
    (families) => `\xff\xff\xff\xff\x07${joined(families)}`,
  ),
  faulty(
    "proto-length-endless",
    "a length that does not end",
    (families) => joined(families) + "\xff".repeat(1000),
  ),
  faulty(
    "proto-metric-long",
    "a metric that is longer than its family",
    (families) =>
      joined([...families, message([[1, "shop_x"]]) + varint(4 << 3 | 2) + varint(100)]),
  ),
  faulty(
    "proto-metric-huge",
    "a metric of 4 MiB",
    (families) => joined([...families, labelled("v".repeat(4 << 20))]),
    10,
  ),
  faulty("proto-labels-many", "a metric of 100,000 labels", (families) => {
    const labels = Array.from({ length: 100_000 }, (_, n) => pair(`l${n}`, "v")).join("");
    return joined([...families, message([[1, "shop_x"], [4, labels]])]);
  }, 5),
  faulty(
    "proto-wire-type",
    "a value of another wire type",
    (families) =>
      joined([
        ...families,
        message([[1, "shop_x"], [3, 1], [4, message([[2, message([[1, 1]])]])]]),
      ]),
  ),
  faulty(
    "proto-group-open",
    "a group that does not end",
    (families) => joined([...families, message([[1, "shop_x"]]) + varint(202 << 3 | 3)]),
  ),
  faulty(
    "proto-group-end",
    "the end of a group that did not begin",
    (families) => joined([...families, message([[1, "shop_x"]]) + varint(202 << 3 | 4)]),
  ),
  faulty(
    "proto-field-zero",
    "a field of the number 0",
    (families) => joined([...families, "\0\0"]),
  ),
  faulty(
    "proto-utf8",
    "invalid UTF-8 in a label's value",
    (families) => joined([...families, labelled("\xff\xc0")]),
  ),
  faulty(
    "proto-nameless",
    "a family with metrics and without a name",
    (families) => joined([...families, message([[3, 1], [4, ""]])]),
  ),
  faulty(
    "proto-type",
    "a type that is none",
    (families) => joined([...families, message([[1, "shop_x"], [3, 77], [4, ""]])]),
  ),
  faulty(
    "proto-trailing",
    "text behind the last family",
    (families) => `${joined(families)}# EOF\n`,
  ),
  faulty("proto-garbage", "bytes of all values", () => GARBAGE),
  faulty("proto-text", "text that says it is protobuf", (_, text) => text),
  faulty("proto-html", "an error page that says it is protobuf", () => "<html>502</html>\n"),
];

type Make = (families: string[], text: string) => string;

function whole(name: string, what: string, change: (families: string[]) => string[]): ScrapeFault {
  return { ...faulty(name, what, (families) => joined(change(families))), whole: MODES };
}

function faulty(name: string, what: string, make: Make, cost = 1): ScrapeFault {
  return {
    name,
    what,
    cost,
    accept: ACCEPT,
    answer: ({ socket, text }) => {
      const body = make(shopFamilies(text), text);
      send(socket, responseHead([`Content-Length: ${body.length}`], "200 OK", PROTOBUF_TYPE), body);
    },
  };
}

function joined(families: readonly string[]): string {
  return families.map(delimited).join("");
}

/** The fields of a family with its name and type last. */
function metricsFirst(family: string): string {
  const name = family.slice(2, 2 + family.charCodeAt(1));
  const head = message([[1, name]]);
  return family.slice(head.length) + head;
}

function pair(name: string, value: string): string {
  return message([[1, message([[1, name], [2, value]])]]);
}

/** A gauge with a label of this value. */
function labelled(value: string): string {
  return message([[1, "shop_x"], [3, 1], [4, pair("a", value) + message([[2, ""]])]]);
}

const GARBAGE = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("")
  .repeat(9);
