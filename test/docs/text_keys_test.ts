/** Texts of upstreams are keys of `ByteTable`, `TextMap` and `TextSet` alone (docs/security.md). */
import { deepEqual, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import * as bounds from "../../src/bounds.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const ROOMS = ["aggregate", "analyze", "engine", "exposition", "gateway", "lines", "lint", "merge"];

/** What the texts of other maps and sets are, by file; each is of a known size. */
const OTHERS: Readonly<Record<string, string>> = {
  "aggregate/cardinality_guard.ts": "names of labels that the limits name",
  "aggregate/edit_plan.ts": "names of labels, up to MAX_LABEL_NAMES",
  "aggregate/family_sources.ts": "kinds of metadata",
  "analyze/name_pattern.ts": "literals of a regex in a draft, up to MAX_PATTERN_TEXTS",
  "analyze/rules_as_policies.ts": "values in a rule of a draft; fields of policies",
  "engine/engine.ts": "names of Weir's own; outcomes and tallies",
  "engine/planner.ts": "what rules name; labels of one sample",
  "engine/program.ts": "names of Weir's own",
  "exposition/compose/family_part.ts": "types",
  "exposition/exposition_writer.ts": "families of Weir's own",
  "exposition/families.ts": "kinds of metadata",
  "exposition/family_type.ts": "suffixes",
  "exposition/foreign_bytes.ts": "bytes of tags",
  "exposition/protobuf/other_families.ts": "types and suffixes",
  "exposition/text_map.ts": "entries, by identity",
  "gateway/gateway.ts": "names of configured tables",
  "gateway/merged_text.ts": "families and series of Weir's own",
  "gateway/state_file.ts": "codes of errors",
  "lines/drop_watch.ts": "names of figures",
  "lines/gathered_families.ts": "numbers",
  "lines/limit_guard.ts": "numbers",
  "lines/rules_in_force.ts": "families that the log names, up to MAX_REPORTED_FAMILIES",
  "lines/scrape_stats.ts": "names of Weir's own",
  "lines/shortfall.ts": "names of Weir's own",
  "lines/subset_snapshots.ts": "names of configured subsets",
  "lines/text_from_openmetrics.ts": "kinds of metadata",
  "lint/counter_names.ts": "words of rules",
  "lint/histogram_lint.ts": "words of rules",
  "lint/histogram_parts.ts": "parts of histograms; numbers of rules",
  "lint/joined_values.ts": "words of rules",
  "lint/label_states.ts": "labels that rules name",
  "lint/lints.ts": "labels that rules name",
  "lint/regex_words.ts": "words of rules",
  "lint/scrape_lints.ts": "functions; numbers of rules and codes of lints",
  "lint/taken_uses.ts": "uses, by identity; rules and policies",
  "lint/used_lints.ts": "uses, by identity; labels of one sample",
  "lint/used_names.ts": "labels of one use",
  "lint/value_set.ts": "words of rules",
  "merge/counter_totals_text.ts": "names of configured tables",
  "merge/merged_metadata.ts": "kinds of metadata",
  "merge/native_inputs.ts": "keyed hashes, and numbers",
  "merge/native_memory.ts": "numbers",
  "merge/target_counters.ts": "addresses of targets",
};

/** Maps and sets that may have texts for keys. */
const MADE = /new (?:Map|Set)(?!<number)(?:<[^()]*>)?\(|Map\.groupBy\(/;
const HAS_OTHER_KEYS = /: (?:Map|Set)<(?:number|MergedFamily)\b/;

test("no map or set of the runtime has texts of upstreams for keys", () => {
  const found = ROOMS.flatMap((room) =>
    readdirSync(`${root}/src/${room}`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("assembly"))
      .map((file) => `${room}/${file.replaceAll("\\", "/")}`)
  ).filter((file) =>
    readFileSync(`${root}/src/${file}`, "utf8").split("\n")
      .some((line) => MADE.test(line) && !HAS_OTHER_KEYS.test(line))
  );
  deepEqual(found.sort(), Object.keys(OTHERS).sort());
});

test("the table names bounds that there are", () => {
  const docs = readFileSync(`${root}/docs/security.md`, "utf8");
  const [section] = /^## Keys of hash tables\n.*?^## /ms.exec(docs)!;
  const named = [...section.matchAll(/`(MAX_\w+)`/g)].map(([, name]) => name);
  ok(named.length >= 10);
  for (const name of named) ok(name in bounds, name);
});
