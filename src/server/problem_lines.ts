import { MAX_DRAFT_PROBLEMS } from "../bounds.ts";
import { placeOf, placeText, type Problem as Found } from "../problems/problem.ts";
import { documentPositions } from "../yaml/document_positions.ts";
import type { Problem } from "./analysis_failure.ts";

/** Returns problems of a text that came with a request, with the lines and columns that they speak of. */
export async function problemLines(problems: readonly Found[], text: string): Promise<Problem[]> {
  if (problems.length === 0) return [];
  const positionOf = await documentPositions(text);
  const told = problems.slice(0, MAX_DRAFT_PROBLEMS).map(
    ({ place, position = positionOf(place.path), text }) => {
      // The text has no name that somebody gave it.
      const where = placeText(placeOf(undefined, ...place.path));
      const message = where === "" ? text : `${where}: ${text}`;
      return { message, of: place.name, ...position };
    },
  );
  const more = problems.length - told.length;
  return more === 0 ? told : [...told, { message: `and ${more} more`, of: told[0].of }];
}
