import type { ConfigError } from "../../../src/problems/config_error.ts";
import { problemText } from "../../../src/problems/problem.ts";

/** What is wrong, without line and column: `test/config/positions_test.ts` is about those. */
export function sentences({ found }: ConfigError): string[] {
  return [...new Set(found.map(({ place, text }) => problemText({ place, text })))];
}
