import { ofBoundedLength } from "./grown_value.ts";
import { LetterRuns } from "./letter_runs.ts";
import { NAME_LETTERS } from "./unicode_tables.ts";

/** A match, as far as templates read it. A group that is unknown or did not match is "". */
export interface MatchGroups {
  /** Number 0 is the whole match. */
  at(index: number): string;
  named(name: string): string;
}

type Part = string | { readonly group: number } | { readonly name: string };

/** The text of a `replacement` or `target_label`, read once: what Go's `Regexp.Expand` makes of it. */
export class Template {
  readonly text: string;
  /** Without a `$` anywhere it always expands to itself. */
  readonly isConstant: boolean;
  readonly #parts: readonly Part[];

  constructor(text: string) {
    this.text = text;
    this.isConstant = !text.includes("$");
    this.#parts = this.isConstant ? [text] : parse(text);
  }

  /** Returns the text with the groups of a match put in. Throws a GrownValueError. */
  expand(groups: MatchGroups): string {
    let text = "";
    for (const part of this.#parts) {
      if (typeof part === "string") text += part;
      else text += "group" in part ? groups.at(part.group) : groups.named(part.name);
    }
    return ofBoundedLength(text);
  }

  /** Returns it part by part: text, or the number of a group; -1 is one that is always empty. */
  partsOf(groupOf: (name: string) => number | undefined): (string | number)[] {
    return this.#parts.map((part) => {
      if (typeof part === "string") return part;
      return "group" in part ? part.group : groupOf(part.name) ?? -1;
    });
  }

  /** Whether some match may make it expand to `wanted`; true in doubt. */
  canExpandTo(wanted: string): boolean {
    if (!this.#parts.some((part) => typeof part !== "string")) {
      return this.#parts.join("") === wanted;
    }
    const first = this.#parts[0];
    const last = this.#parts[this.#parts.length - 1];
    const prefix = typeof first === "string" ? first : "";
    const suffix = typeof last === "string" ? last : "";
    return wanted.startsWith(prefix) && wanted.endsWith(suffix) &&
      prefix.length + suffix.length <= wanted.length;
  }
}

/** Go's `expand`: a `$` with no name after it is text. */
function parse(template: string): Part[] {
  const parts: Part[] = [];
  let literal = "";
  let rest = template;
  for (let dollar = rest.indexOf("$"); dollar >= 0; dollar = rest.indexOf("$")) {
    literal += rest.slice(0, dollar);
    rest = rest.slice(dollar + 1);
    if (rest.startsWith("$")) {
      literal += "$";
      rest = rest.slice(1);
      continue;
    }
    const reference = readReference(rest);
    if (reference === undefined) {
      literal += "$";
      continue;
    }
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push(reference.part);
    rest = rest.slice(reference.length);
  }
  if (literal + rest !== "") parts.push(literal + rest);
  return parts;
}

/** Go's `extract`: reads `name` or `{name}` at the start of `text`; undefined when neither is there. */
function readReference(text: string): { part: Part; length: number } | undefined {
  const braced = text.startsWith("{");
  const name = nameIn(braced ? text.slice(1) : text);
  if (name === "") return undefined;
  if (braced && text[name.length + 1] !== "}") return undefined;
  const length = name.length + (braced ? 2 : 0);
  return { part: isGroupNumber(name) ? { group: Number(name) } : { name }, length };
}

/** Go's names: letters, digits and underscores, as many as there are at the start of `text`. */
function nameIn(text: string): string {
  let name = "";
  for (const letter of text) {
    if (!isNameLetter(letter)) break;
    name += letter;
  }
  return name;
}

/** Whether a letter or digit of any script, or an underscore. The runtimes' own Unicode differs. */
export function isNameLetter(letter: string): boolean {
  const code = letter.codePointAt(0)!;
  if (code < 128) return /^\w$/.test(letter);
  return (nameLetters ??= new LetterRuns(NAME_LETTERS)).distanceOf(code) !== 0;
}

let nameLetters: LetterRuns | undefined;

/** Go refuses leading zeros and numbers of ten digits and more: those are names. */
function isGroupNumber(name: string): boolean {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(name);
}
