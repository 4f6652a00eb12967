import type { SoakSample } from "./soak_sample.ts";

/** Windows of which the last half of a run has this many: what matters is their lowest sample. */
const WINDOWS = 8;
/** Connections come and go; what is beyond this and never goes is a leak. */
const DESCRIPTOR_TOLERANCE = 16;
/** A collector lets memory swing; growth counts as such when it is both steep and much. */
const MEBIBYTES_PER_MINUTE = 0.5;
const MEBIBYTE_TOLERANCE = 8;
/** What is shorter shows nothing but how a process warms up. */
const SHORTEST_SECONDS = 120;

export interface Growth {
  /** Of the lowest descriptors in the first and the last window. */
  readonly descriptors: number;
  readonly leaksDescriptors: boolean;
  /** MiB of anonymous memory a minute, of a line through the windows' lowest. */
  readonly slope: number;
  /** Undefined: the run is too short to tell. */
  readonly leaksMemory: boolean | undefined;
}

/** What grew in the last half of a run. */
export function growth(samples: readonly SoakSample[]): Growth {
  const half = samples.slice(samples.length >> 1);
  const descriptors = lowest(half.map(({ descriptors }) => descriptors));
  const memory = lowest(half.map(({ anonymousMebibytes }) => anonymousMebibytes));
  const seconds = (half.at(-1)?.seconds ?? 0) - (half[0]?.seconds ?? 0);
  const more = rise(descriptors);
  const neverFalls = descriptors.every((count, at) => at === 0 || count >= descriptors[at - 1]);
  const slope = slopeOf(memory) * WINDOWS / Math.max(1, seconds) * 60;
  return {
    descriptors: more,
    leaksDescriptors: neverFalls && more > DESCRIPTOR_TOLERANCE,
    slope,
    leaksMemory: 2 * seconds < SHORTEST_SECONDS - 2
      ? undefined
      : slope > MEBIBYTES_PER_MINUTE && rise(memory) > MEBIBYTE_TOLERANCE,
  };
}

/** The lowest of each window. */
function lowest(values: readonly number[]): number[] {
  const size = values.length / WINDOWS;
  return Array.from({ length: WINDOWS }, (_, window) => {
    return Math.min(...values.slice(Math.floor(window * size), Math.floor((window + 1) * size)));
  }).filter(Number.isFinite);
}

function rise(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.at(-1)! - values[0];
}

/** Of the line through the values that has the least squares, for each step. */
function slopeOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = (values.length - 1) / 2;
  let covariance = 0;
  let variance = 0;
  for (const [at, value] of values.entries()) {
    covariance += (at - middle) * (value - mean);
    variance += (at - middle) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}
