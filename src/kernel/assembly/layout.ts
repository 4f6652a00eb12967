/*
 * Where things lie in the kernel's memory:
 *
 *   counters │ templates: shapes, signatures, plans │ input block │ rendered lines │ slots, records …
 *
 * The last part grows. All pointers are offsets into this memory, 0 is none.
 */

/** Counts that TypeScript takes away, one u32 each; `KernelCounter` in kernel.ts has the same order. */
export const LINES: usize = 4096;
export const DROPPED_BY_RULES: usize = 4100;
export const DROPPED_AS_INVALID: usize = 4104;
export const MERGED: usize = 4108;
export const MERGED_GAUGES: usize = 4112;
export const UNMERGEABLE: usize = 4116;

export const DROPPED_BY_POLICY: usize = 4120;
/** How many ranges of kept lines there are. */
export const RANGES: usize = 4124;
/** The first of the plans by which lines were taken since TypeScript last asked, or 0. */
export const TOUCHED: usize = 4128;

/** Heads of the chains of signatures. */
export const CHAINS: usize = 8192;
export const CHAIN_COUNT: u32 = 1024;

export const TEMPLATES: usize = 65_536;
export const TEMPLATES_END: usize = 524_288;

/** Room for 128 KiB of lines, and for a load of 16 bytes that begins inside them. */
export const INPUT: usize = 524_288;
export const INPUT_BYTES: u32 = 131_072;

export const OUTPUT: usize = 655_360 + 64;
export const OUTPUT_BYTES: u32 = 65_536;

/** Ranges of kept lines lie in the same place: start, end, and number of lines. */
export const RANGE_BYTES: u32 = 12;
export const MAX_RANGES: u32 = 5_000;

export const HEAP: usize = 786_432;

export const NEWLINE: u32 = 0x0a;
export const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const BACKSLASH: u32 = 0x5c;
