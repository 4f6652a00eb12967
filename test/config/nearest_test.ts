import { equal } from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../src/config/nearest.ts";

const CASES: [string, string[], string | undefined][] = [
  ["upsteam", ["port", "upstream"], "upstream"],
  ["log_levle", ["log_format", "log_level"], "log_level"],
  ["Port", ["port"], "port"],
  ["x", ["port"], undefined],
  ["relabel", ["upstream", "listen", "policies"], undefined],
  ["anything", [], undefined],
];

test("the nearest name, or none", () => {
  for (const [word, candidates, wanted] of CASES) equal(nearest(word, candidates), wanted, word);
});
