import type { Position } from "../problems/problem.ts";

/** A text that is no JSON or no YAML. The message quotes no more of it than one character. */
export class DocumentSyntaxError extends Error {
  /** Undefined where none is known. */
  readonly position: Position | undefined;

  constructor(message: string, position: Position | undefined) {
    super(message);
    this.name = "DocumentSyntaxError";
    this.position = position;
  }
}

/** Returns the line and column of an offset in UTF-16 units. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++;
  return { line, column: [...before.slice(lineStart)].length + 1 };
}
