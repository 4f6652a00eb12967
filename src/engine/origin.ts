import type { EditPlan } from "../aggregate/edit_plan.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import { decodeQuoted } from "../exposition/text.ts";
import type { Kernel } from "./kernel.ts";
import type { SampleLine } from "./sample_line.ts";

const encoder = new TextEncoder();

/**
 * Puts the origin of the line that lies at `at` in the kernel's memory together there: which series
 * of the input it is of, as far as the series of the output does not tell (`assembly/origin.ts`).
 * Where a limit folds the sample into another series, that tells nothing of its labels.
 *
 * `reads` are the labels whose values all lines of the signature share. The values of others that the
 * series does not tell are left out, and returned: offsets in `spans.labels`. By default all go in.
 */
export function putOrigin(
  kernel: Kernel,
  line: SampleLine,
  at: number,
  plan: EditPlan,
  isFolded: boolean,
  reads?: readonly number[],
): number[] {
  const { exports } = kernel;
  const { spans, start, name } = line;
  const { labels, labelCount } = spans;
  const offset = at - start;
  const hidden: number[] = [];
  let isUnchanged = plan.sampleName === name;
  let count = 0;
  exports.beginOrigin(offset + spans.nameStart, spans.nameEnd - spans.nameStart);
  for (let label = 0; label < labelCount * 4; label += 4) {
    const valueLength = labels[label + 3] - labels[label + 2];
    // An empty label is an absent one.
    if (valueLength === 0) continue;
    count++;
    const nameAt = offset + labels[label];
    const length = labels[label + 1] - labels[label];
    if (!isFolded && plan.labels.some(({ kept }) => kept * 4 === label)) {
      exports.addCopied(nameAt, length);
    } else {
      isUnchanged = false;
      const bound = boundOf(line, label);
      if (bound !== undefined) {
        exports.addChanged(nameAt, length, kernel.put(1, bound), bound.length);
      } else if (reads !== undefined && !reads.includes(label)) hidden.push(label);
      else exports.addChanged(nameAt, length, offset + labels[label + 2], valueLength);
    }
  }
  const isTold = isUnchanged &&
    count === plan.labels.filter(({ ofTarget }) => ofTarget < 0).length;
  if (isTold) exports.endUnchanged();
  return hidden;
}

/** The value of a label that is a bound, in the spelling that stands for all; else undefined. */
function boundOf({ bytes, spans: { labels }, family }: SampleLine, label: number) {
  const name = decodeQuoted(bytes, labels[label], labels[label + 1]);
  if (!isBoundLabel(name, family?.type)) return undefined;
  return encoder.encode(canonicalBound(decodeQuoted(bytes, labels[label + 2], labels[label + 3])));
}
