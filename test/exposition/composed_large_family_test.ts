import { equal } from "node:assert/strict";
import { test } from "node:test";
import { MAX_COMPOSED_FAMILY_BYTES, MAX_COMPOSED_FAMILY_LINES } from "../../src/bounds.ts";
import { Composer } from "../../src/exposition/compose/composer.ts";
import { codecOf } from "../../src/exposition/composite_codec.ts";
import type { CompositeFormat } from "../../src/exposition/line_format.ts";
import { encode } from "../support/lines/filtered.ts";

const BOUNDS = ["0.5", "1.0", "2.5", "+Inf"];

/** So many histograms of one family, each with a label of so many letters. */
function familyText(histograms: number, letters: number): string {
  const padding = "x".repeat(letters);
  return "# TYPE h histogram\n" + Array.from({ length: histograms }, (_, i) => {
    const own = `a="${i}",b="${padding}"`;
    return BOUNDS.map((bound, at) => `h_bucket{${own},le="${bound}"} ${i + at}\n`).join("") +
      `h_sum{${own}} ${i}\nh_count{${own}} ${i + 3}\n`;
  }).join("");
}

/** The lines of what lines were composed to. */
function againAsLines(text: string, format: CompositeFormat): string {
  const { newEncoder, newReader } = codecOf(format);
  const decoder = new TextDecoder();
  const reader = newReader();
  let lines = "";
  const take = ({ bytes, length }: { bytes: Uint8Array; length: number }) => {
    lines += decoder.decode(bytes.subarray(0, length));
  };
  const write = (piece: Uint8Array<ArrayBuffer>) => {
    reader.push(piece.slice(), take);
    return true;
  };
  const composer = new Composer(newEncoder({ write }));
  composer.push(encode(text));
  composer.end();
  reader.end(take);
  return lines;
}

const LARGE = {
  "bytes": familyText(Math.ceil(MAX_COMPOSED_FAMILY_BYTES / 6 / 400) * 3, 370),
  "lines": familyText(Math.ceil(MAX_COMPOSED_FAMILY_LINES / 6) * 2, 0),
};

for (const [what, text] of Object.entries(LARGE)) {
  for (const format of ["protobuf", "openmetrics2"] as const) {
    test(`${format}: a family of more ${what} than are held is written in parts, each metric whole`, () => {
      // The parts are families of the same name.
      const lines = againAsLines(text, format).replaceAll(/^# TYPE h histogram\n/gm, "");
      equal(lines === text.replace("# TYPE h histogram\n", ""), true);
    });
  }
}
