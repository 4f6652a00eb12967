import * as v from "valibot";

// What schemas are made of. Every message completes the sentence "found X, wanted …".

/** A value that `read` understands: it returns undefined for every other. */
export function readable<T>(read: (input: unknown) => T | undefined, wanted: string) {
  return v.pipe(
    v.custom<string | number>((input) => read(input) !== undefined, wanted),
    v.transform((input) => read(input) as T),
  );
}

export function integer(min: number, max: number) {
  const wanted = `an integer from ${min} to ${max}`;
  return v.pipe(
    v.number(wanted),
    v.check((value) => Number.isInteger(value) && value >= min && value <= max, wanted),
  );
}

export function oneOf<const T extends readonly string[]>(...options: T) {
  return v.picklist(options, `${options.slice(0, -1).join(", ")} or ${options.at(-1)}`);
}

export function string() {
  return v.string("a string");
}

export function nonEmpty(wanted: string) {
  return v.pipe(v.string(wanted), v.check((text) => text !== "", wanted));
}

export function list<T extends v.GenericSchema>(item: T) {
  return v.array(item, "a list");
}

export function headerName() {
  return v.pipe(string(), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, "the name of an HTTP header"));
}

/** A mounted secret often ends in a line break, which the value of a header may not hold. */
export function headerValue() {
  return v.pipe(
    string(),
    v.transform((text) => text.trim()),
    v.check(isHeaderValue, HEADER_VALUE_WANTED),
  );
}

export const HEADER_VALUE_WANTED = "the value of an HTTP header, on one line";

/** RFC 9110, 5.5: field values. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}
