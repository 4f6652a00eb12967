/** Protobuf by hand: bytes of fields, for bodies that no library writes. */
export type Wire = readonly number[];

export const varint = (value: number | bigint): Wire => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
};

export const tag = (field: number, wireType: number): Wire => varint(field * 8 + wireType);

export const int = (field: number, value: number | bigint): Wire => [
  ...tag(field, 0),
  ...varint(value),
];

export const double = (field: number, value: number): Wire => [
  ...tag(field, 1),
  ...new Uint8Array(new Float64Array([value]).buffer),
];

/** A message of those fields. */
export const message = (field: number, ...fields: readonly Wire[]): Wire => {
  const content = fields.flat();
  return [...tag(field, 2), ...varint(content.length), ...content];
};

export const string = (field: number, text: string): Wire =>
  message(field, [...new TextEncoder().encode(text)]);

export const label = (name: string, value: string): Wire =>
  message(1, string(1, name), string(2, value));

/** A family behind its length. */
export const family = (...fields: readonly Wire[]): Wire => {
  const content = fields.flat();
  return [...varint(content.length), ...content];
};

export const bodyOf = (...families: readonly Wire[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(families.flat());
