import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  double,
  family,
  int,
  label,
  message,
  string,
  tag,
  varint,
  type Wire,
} from "../../test/support/exposition/wire.ts";
import type { Crowd } from "./crowd.ts";
import { type Next, pick, seldom, times } from "./fuzz_target.ts";
import { concat, mutated } from "./mutate.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const data = resolve(import.meta.dirname!, "../../test/exposition/protobuf/data");
const bodies: readonly Bytes[] = ["client_golang.pb", "client_model.pb"].map((name) =>
  new Uint8Array(readFileSync(join(data, name)))
);

const NAMES = ["x", "x_total", "x_bucket", "http.requests", "ö\n", 'q"\\', "", "le"];
const VALUES = ["", "1", "a\nb", 'q"', "\\", "\0", "ö", "x".repeat(200)];
const DOUBLES = [0, -0, 1, 0.5, -3, 1e6, 1e-7, NaN, Infinity, -Infinity, 2 ** 53, 1e300];
const INTEGERS: readonly (number | bigint)[] = [0, 1, 2, 3, 127, 128, 300, 2 ** 31, 2 ** 32].concat(
  [2 ** 53 - 1],
);
const LONGS = [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -5n];

/** Bodies of Prometheus's protobuf format: right, with odd fields, and with a few bytes changed. */
export function randomProtobuf(next: Next, crowd: Crowd | undefined): Bytes {
  const kind = next(5);
  if (kind === 0 && crowd === undefined) return mutated(next, pick(next, bodies));
  const isOdd = kind > 2;
  const few = times(1 + next(3), () => pick(next, isOdd ? NAMES : NAMES.slice(0, 4)));
  const labels = crowd?.labels ?? (isOdd ? NAMES : ["a", "b", "k.v", "le"]);
  const style = { isOdd, labels, values: crowd?.values ?? VALUES };
  const families = [...few, ...crowd?.names ?? []].map((name) =>
    new Uint8Array(randomFamily(next, name, style))
  );
  const body = concat(...families, ...(seldom(next, 4) ? [pick(next, bodies)] : []));
  return kind === 5 ? mutated(next, body, 2) : body;
}

/** What metrics are made of. */
interface Style {
  readonly isOdd: boolean;
  readonly labels: readonly string[];
  readonly values: readonly string[];
}

function randomFamily(next: Next, name: string, style: Style): Wire {
  const { isOdd } = style;
  const type = isOdd && seldom(next, 30) ? 6 : next(5);
  const fields: Wire[] = [
    string(1, name),
    ...(seldom(next, 2) ? [string(2, pick(next, VALUES))] : []),
    int(3, type),
    ...times(next(4), () => randomMetric(next, type, style)),
    ...(seldom(next, 2) ? [string(5, pick(next, VALUES))] : []),
  ];
  if (isOdd) oddities(next, fields);
  return family(...fields);
}

/** Puts in what is seldom there, and takes something out or elsewhere. */
function oddities(next: Next, fields: Wire[]): void {
  for (let i = next(2); i > 0; i--) {
    const at = next(fields.length);
    switch (next(6)) {
      case 0:
        fields.splice(at, 1);
        break;
      case 1:
        if (fields.length > 0) fields.splice(at, 0, pick(next, fields));
        break;
      case 2:
        fields.reverse();
        break;
      case 3:
        fields.splice(at, 0, [...tag(9, 3), ...int(1, 1), ...tag(9, 4)]);
        break;
      case 4:
        fields.splice(at, 0, message(20, string(1, "?")));
        break;
      case 5:
        if (seldom(next, 5)) fields.splice(at, 0, times(1 + next(5), () => next(255)));
        break;
      default:
        if (seldom(next, 5)) fields.splice(at, 0, tag(1 + next(17), next(7)));
    }
  }
}

function randomMetric(next: Next, type: number, { isOdd, labels, values }: Style): Wire {
  const fields: Wire[] = times(next(3), () => label(pick(next, labels), pick(next, values)));
  if (seldom(next, 4)) fields.push(int(6, integer(next)));
  const value = isOdd && seldom(next, 10) ? next(5) : type;
  fields.push(randomValue(next, value, isOdd));
  if (isOdd) oddities(next, fields);
  return message(4, ...fields);
}

function randomValue(next: Next, type: number, isOdd: boolean): Wire {
  const fields: Wire[] = [];
  const maybe = (make: () => Wire) => {
    if (!seldom(next, 3)) fields.push(make());
  };
  switch (type) {
    case 0:
      maybe(() => double(1, pick(next, DOUBLES)));
      maybe(() => exemplar(next, 2));
      maybe(() => timestamp(next, 3));
      break;
    case 2:
      maybe(() => int(1, integer(next)));
      maybe(() => double(2, pick(next, DOUBLES)));
      fields.push(
        ...times(next(3), () => message(3, double(1, next(4) / 4), double(2, pick(next, DOUBLES)))),
      );
      maybe(() => timestamp(next, 4));
      break;
    case 4:
    case 5:
      fields.push(...randomHistogram(next));
      break;
    default:
      maybe(() => double(1, pick(next, DOUBLES)));
  }
  if (isOdd) oddities(next, fields);
  return message([3, 2, 4, 5, 7, 7][type] ?? 7, ...fields);
}

function randomHistogram(next: Next): Wire[] {
  const isFloat = seldom(next, 3);
  const fields: Wire[] = [
    isFloat ? double(4, next(30) / 2) : int(1, integer(next)),
    double(2, pick(next, DOUBLES)),
  ];
  if (!seldom(next, 3)) {
    for (let i = 0; i <= next(4); i++) {
      const bound = seldom(next, 5) ? pick(next, DOUBLES) : i;
      const count = isFloat ? double(4, i / 2) : int(1, integer(next));
      fields.push(
        message(3, count, double(2, bound), ...(seldom(next, 4) ? [exemplar(next, 3)] : [])),
      );
    }
  }
  if (seldom(next, 2)) {
    fields.push(int(5, next(12)));
    if (seldom(next, 2)) fields.push(double(6, pick(next, DOUBLES)));
    if (seldom(next, 2)) fields.push(isFloat ? double(8, next(3)) : int(7, next(3)));
    for (const side of [9, 12]) {
      const buckets = next(4);
      if (buckets > 0 || seldom(next, 3)) {
        const first = next(buckets);
        fields.push(message(side, int(1, next(9)), int(2, first)));
        if (buckets > first) {
          fields.push(message(side, int(1, 2 * next(4)), int(2, buckets - first)));
        }
      }
      const values = isFloat
        ? times(buckets, () => double(side + 2, next(9)))
        : times(buckets, (i) => int(side + 1, i === 0 ? 8 : next(3)));
      if (seldom(next, 2) && !isFloat) {
        fields.push(message(side + 1, ...times(buckets, () => varint(2))));
      } else fields.push(...values);
    }
    if (seldom(next, 2)) fields.push(...times(next(2), () => exemplar(next, 16)));
  }
  if (seldom(next, 2)) fields.push(timestamp(next, 15));
  return fields;
}

function exemplar(next: Next, field: number): Wire {
  return message(
    field,
    ...times(next(2), () => label(pick(next, NAMES), pick(next, VALUES))),
    double(2, pick(next, DOUBLES)),
    ...(seldom(next, 2) ? [timestamp(next, 3)] : []),
  );
}

function timestamp(next: Next, field: number): Wire {
  return message(field, int(1, integer(next)), int(2, seldom(next, 9) ? -1n : next(999_999_999)));
}

function integer(next: Next): number | bigint {
  return seldom(next, 8) ? pick(next, LONGS) : pick(next, INTEGERS);
}
