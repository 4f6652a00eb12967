import { closeSync, openSync, writeSync } from "node:fs";
import {
  droppedFrom,
  EVERYDAY_NAMES,
  type EverydayName,
  everydaySample,
  seriesLeft,
} from "./everyday_samples.ts";
import {
  HISTOGRAMS,
  ingressSample,
  LINES_PER_HISTOGRAM,
  OTHER_SAMPLES,
  PATHS,
} from "./ingress_sample.ts";
import {
  distinctSample,
  FLEET_FAMILIES,
  fleetSample,
  INSTANCES,
  PAGES,
  SAMPLES_PER_GOLD,
  TIERED_LINE_BYTES,
  tieredSample,
} from "./other_samples.ts";
import { protobufSample } from "./protobuf_sample.ts";

/**
 * `half` is `ingress` with half as many ingresses; `shard` is one of the fifty instances whose
 * series `fleet` has together; two are what others have, in protobuf.
 */
export type SampleName = TextName | ProtobufName;
type TextName = LargeName | EverydayName;

/** Which sample each has in protobuf. */
const IN_PROTOBUF = { "ingress-proto": "ingress", "node-proto": "node" } as const;
type ProtobufName = keyof typeof IN_PROTOBUF;

const LARGE_NAMES = ["ingress", "half", "tiered", "distinct", "fleet", "shard"] as const;
type LargeName = (typeof LARGE_NAMES)[number];

export const SAMPLE_NAMES: readonly SampleName[] = [
  ...LARGE_NAMES,
  ...EVERYDAY_NAMES,
  ...Object.keys(IN_PROTOBUF) as ProtobufName[],
];

/** What is done with a sample; `workload.ts` has the rules. */
export type Work = "pass" | "name" | "bucket" | "label" | "sum" | "tier" | "capture" | "everyday";

const INGRESSES = 1_000;
const TIERED_BYTES = 1_000_000_000;
const DISTINCT_VALUES = 1_000_000;
/** Of each of the families, in each instance. */
const FLEET_SERIES = 1_000;

export interface SampleCounts {
  /** Metadata included. */
  readonly lines: number;
  /** How many series come out, known without any of the contestants. */
  readonly series: Readonly<Partial<Record<Work, number>>>;
}

export function sampleCounts(sample: SampleName, scale: number): SampleCounts {
  const name = inText(sample);
  if (isEverydayText(name)) return everydayCounts(name, scale);
  switch (name) {
    case "tiered": {
      const pass = tieredSamples(scale);
      return { lines: pass + 2, series: { pass, tier: Math.floor(pass / SAMPLES_PER_GOLD) } };
    }
    case "distinct": {
      const pass = scaled(DISTINCT_VALUES, scale);
      const capture = Math.min(pass, PAGES.length);
      return { lines: pass + 2, series: { pass, label: Math.floor(pass / 2), capture } };
    }
    case "fleet":
    case "shard": {
      const sum = FLEET_FAMILIES * scaled(FLEET_SERIES, scale);
      const pass = name === "fleet" ? sum * INSTANCES : sum;
      return { lines: pass + 2 * FLEET_FAMILIES, series: { pass, sum } };
    }
    default:
      return ingressCounts(ingressesOf(name, scale));
  }
}

function ingressCounts(ingresses: number): SampleCounts {
  const summed = ingresses * LINES_PER_HISTOGRAM * HISTOGRAMS.length;
  const all = summed * PATHS.length;
  // Half of the histograms are dropped by name, and half of the paths by value.
  const half = all / 2 + OTHER_SAMPLES;
  return {
    lines: all + 2 * HISTOGRAMS.length + 3 * OTHER_SAMPLES,
    series: {
      pass: all + OTHER_SAMPLES,
      name: half,
      // A sum and a count are left of each histogram.
      bucket: all / LINES_PER_HISTOGRAM * 2 + OTHER_SAMPLES,
      label: half,
      sum: summed + OTHER_SAMPLES,
    },
  };
}

function everydayCounts(name: EverydayName, scale: number): SampleCounts {
  const text = everydaySample(name, scale, 0);
  const dropped = droppedFrom(name);
  return {
    lines: text.split("\n").length - 1,
    series: {
      pass: seriesLeft(text, {}),
      name: seriesLeft(text, { names: dropped.names }),
      everyday: seriesLeft(text, dropped),
    },
  };
}

export function isEveryday(name: SampleName): boolean {
  return isEverydayText(inText(name));
}

function isEverydayText(name: TextName): name is EverydayName {
  return (EVERYDAY_NAMES as readonly string[]).includes(name);
}

export function isProtobuf(name: SampleName): name is ProtobufName {
  return Object.hasOwn(IN_PROTOBUF, name);
}

/** The sample with the same families, which is text. */
function inText(name: SampleName): TextName {
  return isProtobuf(name) ? IN_PROTOBUF[name] : name;
}

/** Writes the exposition to `path`; of the everyday ones, this variant. */
export function writeSample(name: SampleName, scale: number, path: string, variant = 0): void {
  const file = openSync(path, "w");
  try {
    const text = sampleText(inText(name), scale, variant);
    const pieces = isProtobuf(name) ? protobufSample(text) : text;
    for (const piece of pieces) writeWhole(file, piece);
  } finally {
    closeSync(file);
  }
}

function writeWhole(file: number, piece: string | Uint8Array): void {
  const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

function sampleText(name: TextName, scale: number, variant: number): Iterable<string> {
  if (isEverydayText(name)) return [everydaySample(name, scale, variant)];
  if (name === "tiered") return tieredSample(tieredSamples(scale));
  if (name === "fleet") return fleetSample(scaled(FLEET_SERIES, scale), INSTANCES);
  if (name === "shard") return fleetSample(scaled(FLEET_SERIES, scale), 0);
  if (name === "distinct") return distinctSample(scaled(DISTINCT_VALUES, scale));
  return ingressSample(ingressesOf(name, scale));
}

function ingressesOf(name: TextName, scale: number): number {
  return scaled(name === "half" ? INGRESSES / 2 : INGRESSES, scale);
}

function tieredSamples(scale: number): number {
  return scaled(TIERED_BYTES / TIERED_LINE_BYTES, scale);
}

function scaled(size: number, scale: number): number {
  return Math.max(1, Math.round(size * scale));
}
