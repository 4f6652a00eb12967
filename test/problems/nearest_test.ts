import { equal } from "node:assert/strict";
import { test } from "node:test";
import { leastDistant, nearest } from "../../src/problems/nearest.ts";

const CASES: [string, string[], string | undefined][] = [
  ["upsteam", ["port", "upstream"], "upstream"],
  ["log_levle", ["log_format", "log_level"], "log_level"],
  ["Port", ["port"], "port"],
  ["x", ["port"], undefined],
  ["relabel", ["upstream", "listen", "policies"], undefined],
  ["anything", [], undefined],
  [
    "max_input_bytes",
    ["max_output_bytes_per_scrape", "max_input_bytes_per_scrape"],
    "max_input_bytes_per_scrape",
  ],
];

test("the nearest name, or none", () => {
  for (const [word, candidates, wanted] of CASES) equal(nearest(word, candidates), wanted, word);
});

test("the least distant name, however far", () => {
  equal(leastDistant("header", ["name", "value"]), "name");
  equal(leastDistant("extra", []), undefined);
});
