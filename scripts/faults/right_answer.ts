import { familyOf, keyOf, linesOf, readExposition, type Reading } from "./exposition_reading.ts";

export const MODES = ["sidecar", "aggregating", "gateway"] as const;
export type Mode = (typeof MODES)[number];

/**
 * With one target. A line that is no sample passes there; in a gateway its target counts as one that
 * is down. And a target that exposes no counter for once has them counted in full when they return:
 * in a gateway that would change the sums of all later scrapes.
 */
export const SINGLE: readonly Mode[] = ["sidecar", "aggregating"];

/** Which samples policies drop. */
export type Dropped = RegExp;

/**
 * What policies leave of an exposition: every other line byte for byte, HELP and TYPE before the first
 * sample of their family that is kept.
 */
export function filtered(text: string, dropped: Dropped): string {
  const { metadata } = readExposition(text);
  const held = new Map(metadata);
  let out = "";
  for (const line of text.split(/(?<=\n)/)) {
    if (/^# (HELP|TYPE|UNIT) /.test(line)) continue;
    const name = /^[\w:]+/.exec(line)?.[0];
    if (name === undefined) {
      out += line;
      continue;
    }
    if (dropped.test(name)) continue;
    const family = familyOf(name, held);
    for (const one of held.get(family) ?? []) out += `${one}\n`;
    held.delete(family);
    out += line;
  }
  return out;
}

/**
 * What is left when labels go and samples that meet become their sum, as sorted lines. Lines that are
 * no samples pass.
 */
export function summed(text: string, labels: readonly string[]): string {
  const reading = readExposition(text);
  const lines = sums([reading], labels, () => undefined);
  return sortedText([...lines, ...reading.others]);
}

/**
 * The same over several expositions. `counter` gives the value of a series that is no gauge, whatever
 * the expositions say.
 */
export function sums(
  readings: readonly Reading[],
  labels: readonly string[],
  counter: (key: string, family: string) => number | undefined,
): string[] {
  const values = new Map<string, { members: string[]; family: string }>();
  const metadata = new Map<string, readonly string[]>();
  for (const reading of readings) {
    const seen = new Set<string>();
    for (const sample of reading.samples) {
      // Of a series that is there twice the first sample counts.
      const series = keyOf(sample, []);
      if (seen.has(series)) continue;
      seen.add(series);
      const family = familyOf(sample.name, reading.metadata);
      const of = reading.metadata.get(family);
      if (of !== undefined && !metadata.has(family)) metadata.set(family, of);
      const key = keyOf(sample, labels);
      const entry = values.get(key);
      if (entry === undefined) values.set(key, { members: [sample.value], family });
      else entry.members.push(sample.value);
    }
  }
  const lines = [...metadata.values()].flat();
  for (const [key, { members, family }] of values) {
    const counted = counter(key, family);
    const sum = members.reduce((total, value) => total + Number(value), 0);
    lines.push(`${key} ${counted ?? (members.length === 1 ? members[0] : sum)}`);
  }
  return lines;
}

/** Line order is of no account where samples were gathered. */
export function sortedText(lines: readonly string[]): string {
  return `${lines.toSorted().join("\n")}\n`;
}

export function sortedLines(text: string): string {
  return sortedText(linesOf(text));
}
