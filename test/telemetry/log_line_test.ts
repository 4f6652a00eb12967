import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, toJson, toLogfmt } from "../../src/telemetry/log_line.ts";

const head = { timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6), level: "info" };
const ts = "2026-01-02T03:04:05.006Z";

const circular: Record<string, unknown> = {};
circular.self = circular;

const cases: { name: string; fields: LogFields; logfmt: string; json: string }[] = [
  { name: "no fields", fields: {}, logfmt: "", json: "" },
  {
    name: "bare values",
    fields: { url: "http://h:1/m", n: 1.5, ok: true, none: null, gone: undefined },
    logfmt: " url=http://h:1/m n=1.5 ok=true none=null",
    json: ',"url":"http://h:1/m","n":1.5,"ok":true,"none":null',
  },
  {
    name: "values that need quotes",
    fields: { empty: "", space: "a b", equals: "a=b", quote: 'a"b', slash: "a\\b" },
    logfmt: ' empty="" space="a b" equals="a=b" quote="a\\"b" slash="a\\\\b"',
    json: ',"empty":"","space":"a b","equals":"a=b","quote":"a\\"b","slash":"a\\\\b"',
  },
  {
    name: "line ends and control characters",
    fields: { lf: "a\nb", cr: "a\r\tb", esc: "\u001b[2J", csi: "\u009b2J", ls: "a\u2028b" },
    logfmt: ' lf="a\\nb" cr="a\\r\\tb" esc="\\u001b[2J" csi="\\u009b2J" ls="a\\u2028b"',
    json: ',"lf":"a\\nb","cr":"a\\r\\tb","esc":"\\u001b[2J","csi":"\\u009b2J","ls":"a\\u2028b"',
  },
  {
    name: "text beyond ASCII",
    fields: { e: "é", lone: "\ud800" },
    logfmt: ' e=é lone="\\ud800"',
    json: ',"e":"é","lone":"\\ud800"',
  },
  {
    name: "errors, dates, big and infinite numbers",
    fields: {
      error: new TypeError("no such host"),
      at: new Date(0),
      big: 2n ** 64n,
      inf: Infinity,
    },
    logfmt:
      ' error="no such host" at=1970-01-01T00:00:00.000Z big=18446744073709551616 inf=Infinity',
    json:
      ',"error":"no such host","at":"1970-01-01T00:00:00.000Z","big":"18446744073709551616","inf":"Infinity"',
  },
  {
    name: "lists, objects and cycles",
    fields: { list: ["a", 1], object: { a: 1n }, circular },
    logfmt: ' list="[\\"a\\",1]" object="{\\"a\\":\\"1\\"}" circular="[object Object]"',
    json: ',"list":["a",1],"object":{"a":"1"},"circular":"[object Object]"',
  },
  {
    name: "keys that are taken or cannot be written",
    fields: { ts: 1, level: 2, msg: 3, "a b=": 4 },
    logfmt: " ts_=1 level_=2 msg_=3 a_b_=4",
    json: ',"ts_":1,"level_":2,"msg_":3,"a b=":4',
  },
];

for (const { name, fields, logfmt, json } of cases) {
  const line = { ...head, message: "two words", fields };
  test(`logfmt: ${name}`, () => {
    assert.equal(toLogfmt(line), `ts=${ts} level=info msg="two words"${logfmt}`);
  });
  test(`json: ${name}`, () => {
    assert.equal(toJson(line), `{"ts":"${ts}","level":"info","msg":"two words"${json}}`);
    JSON.parse(toJson(line));
  });
}
