import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { readView, type View, viewFragment } from "../../../src/server/explorer/view.ts";

const FIRST: View = {
  by: "metric",
  metric: undefined,
  label: undefined,
  query: "",
  sort: undefined,
  rules: undefined,
  policies: undefined,
  sample: undefined,
  target: undefined,
};

const VIEWS: readonly View[] = [
  FIRST,
  { ...FIRST, by: "prefix" },
  { ...FIRST, by: "label", query: "a&b=c #%", sort: "-bytes" },
  { ...FIRST, metric: "http requests", label: "pfad/ä\u202e" },
  {
    ...FIRST,
    rules: "- action: keep\n  regex: a+b\n",
    policies: "",
    sample: 'a{b="c"} 1',
    target: "[::1]:80",
  },
];

test("a fragment restores its view", () => {
  for (const view of VIEWS) deepEqual(readView(viewFragment(view)), view);
  equal(viewFragment(FIRST), "#");
  deepEqual(readView("#by=other&unknown=1"), FIRST);
});
