/*
 * What the two sides of the kernel share, TypeScript and AssemblyScript, written once. Both compile
 * this file, so it holds plain numbers only. Where things lie in the kernel's memory:
 *
 *   static data │ counters │ hash chains │ input block │ segments: learnt, series, output …
 *
 * Segments grow. All pointers are offsets into this memory; 0 is none.
 */

/** Counts that TypeScript takes away, four bytes each, in the order of `COUNTED` in kernel.ts. */
export const COUNTERS = 16384;
export const INPUT_LINES = 16384;
export const INPUT_SAMPLES = 16388;
export const OUTPUT_LINES = 16392;
export const OUTPUT_SAMPLES = 16396;
export const DROPPED_BY_POLICY = 16400;
export const DROPPED_BY_RULES = 16404;
export const DROPPED_AS_INVALID = 16408;
export const MERGED_SAMPLES = 16412;
export const DROPPED_UNMERGEABLE = 16416;
export const DUPLICATE_SAMPLES = 16420;
export const LEFT_OUT_BUCKETS = 16424;
export const COUNTER_COUNT = 11;

/** Hash chains of names, metadata lines, signatures and shapes, as assembly/chains.ts has them. */
export const NAME_CHAINS = 16448;
export const LINE_CHAINS = 16480;
export const SIGNATURE_CHAINS = 16512;
export const SHAPE_CHAINS = 16544;
export const CHAINS_BYTES = 32;
/** Chains of each at first, and where the heads of the first ones lie, four bytes each. */
export const FIRST_CHAINS = 1024;
export const FIRST_HEADS = 20480;

/** Room for a block of lines, and for loads of 16 bytes that begin inside it. */
export const FIRST_INPUT = 36864;
export const FIRST_INPUT_BYTES = 131072;
export const HEAP = 168064;

/** What a segment has at least, its header included. */
export const SEGMENT_BYTES = 65536;
/** First size of the output buffer. */
export const OUTPUT_BYTES = 65536;

/** Why `take` or `render` came back. */
export const TAKEN = 0;
/** The line is unknown: TypeScript's turn. */
export const UNKNOWN = 1;
/** The output buffer is full: to be drained, then the same again. */
export const OUTPUT_FULL = 2;
/** The output budget is used up. */
export const BUDGET_FULL = 3;
/** What is gathered has to be written before the line can be taken. */
export const FLUSH = 4;
/** No memory. */
export const NO_MEMORY = 5;
/** `render`: a family whose metadata TypeScript has to put together comes next. */
export const HEAD = 6;
/** `render`: the series of a family are written that has lines which pass as they are. */
export const VERBATIM = 7;

/** A family comes back of which a part is written already. */
export const CAME_BACK = 8;
/** `takeKey`: the sample is a native histogram, to be added to those of its series by TypeScript. */
export const NATIVE = 9;

/** Kinds of plans. */
export const KEEP = 0;
export const GATHER = 1;
export const DROP_BY_POLICY = 2;
export const DROP_BY_RULES = 3;
export const DROP_AS_INVALID = 4;

/** Formats of lines. */
export const TEXT = 0;
export const OPEN_METRICS = 1;
export const LIFTED = 2;
/** From this bit on the types that a suffix speaks for in lifted families; before it, in text. */
export const LIFTED_TYPES = 16;

/** Kinds of metadata lines, as bits. */
export const HELP = 1;
export const TYPE = 2;
export const UNIT = 4;

/** What a series is in its histogram; behind it, from `SUFFIX_SHIFT` on, its suffix's length. */
export const BUCKET = 1;
export const COUNT = 2;
export const SUM = 3;
export const PART_MASK = 3;
export const SUFFIX_SHIFT = 2;

/**
 * A sample for a table that TypeScript keeps: series, offset and length of its value, what it is (as
 * bits), value, time, by how much a bucket rises above the one before it, and origin.
 */
export const RECORD_BYTES = 48;
/** What it says of a rise means something. */
export const RISES = 1;
/** A histogram of the input begins with it. */
export const BEGINS = 2;
/** No sample, but what a bucket rises less than was said. */
export const CORRECTS = 4;
/** Its histogram was let go as whole: by how much it rises is not known. */
export const COMES_BACK = 8;

/** Why `walkMetrics` came back: all was walked, a metric goes on behind it, another field, an odd metric. */
export const WALKED = 0;
export const WALK_CUT = 1;
export const WALK_OTHER = 2;
export const WALK_ODD = 3;
