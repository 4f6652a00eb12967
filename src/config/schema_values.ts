import * as v from "valibot";

// What schemas are made of. Every message completes the sentence "found X, wanted …".

/** What JSON Schema says of a value that code tells: as much as its words can say. */
export type JsonForm = Readonly<Record<string, unknown>>;

/** In a config file a text may be a variable's. */
const VARIABLE = "\\$\\{";

export const TEXT_FORM: JsonForm = { type: "string" };
export const TEXTS_FORM: JsonForm = { type: ["string", "array"], items: { type: "string" } };
export const SIZE_FORM: JsonForm = {
  type: ["integer", "string"],
  minimum: 0,
  pattern: `^\\d+(\\.\\d+)? ?([kmgtKMGT]i?)?[bB]?$|${VARIABLE}`,
};
export const DURATION_FORM: JsonForm = {
  type: ["number", "string"],
  minimum: 0,
  pattern: `^\\+?(\\d+(\\.\\d+)?|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h|d))+)$|${VARIABLE}`,
};

/** One of the words, or a variable. */
export function wordForm(...words: readonly string[]): JsonForm {
  return { anyOf: [{ enum: words }, { type: "string", pattern: VARIABLE }] };
}

/** A value that `read` understands: it returns undefined for every other. */
export function readable<T>(
  read: (input: unknown) => T | undefined,
  wanted: string,
  json: JsonForm = TEXT_FORM,
) {
  return v.pipe(
    withForm(v.custom<string | number>((input) => read(input) !== undefined, wanted), json),
    v.transform((input) => read(input) as T),
  );
}

export function integer(min: number, max: number) {
  const wanted = `an integer from ${min} to ${max}`;
  return v.pipe(
    // In Edge's form a number may be a text of digits.
    withForm(v.number(wanted), {
      type: ["integer", "string"],
      minimum: min,
      maximum: max,
      pattern: `^\\d+$|${VARIABLE}`,
    }),
    v.check((value) => Number.isInteger(value) && value >= min && value <= max, wanted),
  );
}

export function oneOf<const T extends readonly string[]>(...options: T) {
  const wanted = `${options.slice(0, -1).join(", ")} or ${options.at(-1)}`;
  return withForm(v.picklist(options, wanted), wordForm(...options));
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

function withForm<Schema extends object>(schema: Schema, json: JsonForm): Schema {
  return Object.assign(schema, { json });
}

/** The form of a schema that code tells, undefined for every other. */
export function formOfSchema(schema: object): JsonForm | undefined {
  return (schema as { readonly json?: JsonForm }).json;
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
