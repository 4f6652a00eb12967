import type { Families, Family } from "../exposition/families.ts";
import type { BudgetedLines } from "./budgeted_lines.ts";

/** Writes what the family of a kept sample still holds, if `sampleLength` bytes fit behind it. */
export function writeHeld(
  family: Family | undefined,
  sampleLength: number,
  families: Families,
  output: BudgetedLines,
): void {
  if (family === undefined || family.held.length === 0) return;
  const { held } = family;
  const length = held.reduce((sum, line) => sum + line.end - line.start, sampleLength);
  if (!output.fits(length)) return;
  families.release(family);
  for (const line of held) output.write(line.bytes, line.start, line.end);
}
