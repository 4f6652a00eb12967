/** The steps from the top of a document to one of its values: keys of maps, indexes of lists. */
export type Path = readonly (string | number)[];

/** In a text; both are counted from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a problem is about. */
export interface Place {
  /** A file's path, a flag, a variable; undefined: the configuration, which its reader can name. */
  readonly name: string | undefined;
  /** Where in it; empty for the whole. */
  readonly path: Path;
}

/** What is wrong, and where. */
export interface Problem {
  readonly place: Place;
  /** Where in the text that is, once that is known. */
  readonly position?: Position;
  /** A sentence of the form "found X, wanted Y", without the place. */
  readonly text: string;
}

export function placeOf(name: string | undefined, ...path: Path): Place {
  return { name, path };
}

/** The place of something in what stands at `place`. */
export function within({ name, path }: Place, ...steps: Path): Place {
  return { name, path: [...path, ...steps] };
}

/** Returns the path as it is written in errors: `policy_providers[0].headers[1].value`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`,
    "",
  );
}

/** `weir.yaml:12:5: metric_relabel_configs[2].regex`, as far as it is known. */
export function placeText({ name, path }: Place, position?: Position): string {
  const where = position === undefined ? name : `${name}:${position.line}:${position.column}`;
  const text = pathText(path);
  if (where === undefined || text === "") return where ?? text;
  // A list that has no key around it.
  return typeof path[0] === "number" && position === undefined
    ? `${where}${text}`
    : `${where}: ${text}`;
}

export function problemText({ place, position, text }: Problem): string {
  const where = placeText(place, position);
  return where === "" ? text : `${where}: ${text}`;
}
