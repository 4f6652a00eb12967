import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { dropPath, type RelabelRules, rulesOf } from "../../test/support/lines/series_case.ts";
import { randomFamilies, randomRules } from "../../test/support/lines/series_random.ts";
import { referenceSeries, seriesIn } from "../../test/support/lines/series_reference.ts";
import { bytesOf, type FuzzTarget, hold, jsonBytes, jsonOf, textOf, times } from "./fuzz_target.ts";
import { scrapePaths } from "./scrape_paths.ts";

/** As they stand in the text: one finding, one file per scrape. */
const SCRAPES = ["first.prom", "second.prom", "third.prom"];

export const seriesTarget: FuzzTarget = {
  name: "series",
  what: "rules and functions over families: what a plain reading of them gives",
  reduced: {
    ...Object.fromEntries(SCRAPES.map((file) => [file, "lines"])),
    "rules.json": "items",
  },

  generate(next) {
    const texts = times(SCRAPES.length, () => bytesOf(randomFamilies(next)));
    return {
      ...Object.fromEntries(SCRAPES.map((file, index) => [file, texts[index]])),
      "rules.json": jsonBytes([...randomRules(next, "changes"), ...dropPath]),
    };
  },

  async check(input) {
    const rules = jsonOf<RelabelRules>(input, "rules.json", []);
    const inForce = await rulesOf({ rules });
    const plain = await compileRules(readRelabelConfigs(rules, "rules", "utf8").configs);
    // Without a rule that changes labels samples do not meet.
    if (!isSeriesRules(inForce)) return;
    for (const file of SCRAPES) {
      const wanted = sorted(referenceSeries(textOf(input, file), plain));
      for (const { name, run } of scrapePaths) {
        const { bytes, stats } = await run([input[file]], { rules: inForce });
        if (stats.noncontiguousFamilies > 0) continue;
        const found = sorted(seriesIn(new TextDecoder().decode(bytes)));
        const detail = () => `${name}, wanted\n${wanted}\nfound\n${found}`;
        hold(wanted === found, "plain reading", detail);
      }
    }
  },
};

function sorted(series: ReadonlyMap<string, string>): string {
  return [...series].map((entry) => entry.join(" ")).sort().join("\n");
}
