/** A sample line as the faults' expositions have them. */
export interface Sample {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: string;
}

/** An exposition taken apart by other means than Weir's, bytes as Latin-1. */
export interface Reading {
  /** HELP and TYPE lines by family, the first of each kind. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  readonly samples: readonly Sample[];
  /** Lines that are neither, in their order: comments, blank lines, what does not parse. */
  readonly others: readonly string[];
}

const METADATA = /^# (HELP|TYPE|UNIT) (\S+)/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? +([^ \t\r]+)\r?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/sy;

/** The last few readings are remembered: the same texts come again and again. */
export function readExposition(text: string): Reading {
  let reading = readings.get(text);
  if (reading === undefined) {
    if (readings.size >= 24) readings.clear();
    readings.set(text, reading = read(text));
  }
  return reading;
}

const readings = new Map<string, Reading>();

function read(text: string): Reading {
  const metadata = new Map<string, string[]>();
  const kinds = new Set<string>();
  const samples: Sample[] = [];
  const others: string[] = [];
  for (const line of linesOf(text)) {
    const [start, kind, family] = METADATA.exec(line) ?? [];
    const sample = readSample(line);
    if (start !== undefined) {
      if (kinds.has(`${kind} ${family}`)) continue;
      kinds.add(`${kind} ${family}`);
      metadata.set(family, [...metadata.get(family) ?? [], line]);
    } else if (sample !== undefined) samples.push(sample);
    else others.push(line);
  }
  return { metadata, samples, others };
}

/** Without the empty string behind the last newline. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The body without the families at its end by which it says what is missing in it, and those. */
export function withoutShortfalls(body: string): { rest: string; said: string } {
  const at = body.search(/^# HELP weir_scrape_/m);
  if (at < 0) return { rest: body, said: "" };
  const end = body.endsWith("# EOF\n") ? "# EOF\n" : "";
  return { rest: body.slice(0, at) + end, said: body.slice(at) };
}

export function readSample(line: string): Sample | undefined {
  const [, name, labelText = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) return undefined;
  const labels: [string, string][] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelText.length) {
    const label = LABEL.exec(labelText);
    if (label === null) return undefined;
    labels.push([label[1], label[2]]);
  }
  return { name, labels, value };
}

/** The family of a sample among those that have metadata. */
export function familyOf(name: string, metadata: ReadonlyMap<string, unknown>): string {
  if (metadata.has(name)) return name;
  const short = name.replace(/_(bucket|sum|count|total)$/, "");
  return metadata.has(short) ? short : name;
}

/** The labels that rules leave, and the name. */
export function keyOf({ name, labels }: Sample, dropped: readonly string[]): string {
  const kept = labels.filter(([label]) => !dropped.includes(label));
  return kept.length === 0
    ? name
    : `${name}{${kept.map(([label, value]) => `${label}="${value}"`).join(",")}}`;
}
