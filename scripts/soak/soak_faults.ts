import { ANSWER_FAULTS } from "../faults/answer_faults.ts";
import type { ScrapeFault } from "../faults/fault.ts";
import { GZIP_FAULTS } from "../faults/gzip_faults.ts";
import { STALL_FAULTS } from "../faults/stall_faults.ts";
import { TRANSPORT_FAULTS } from "../faults/transport_faults.ts";

const NAMES: readonly string[] = [
  "reset-at-once",
  "reset-behind-head",
  "reset-mid-body",
  "reset-last-byte",
  "closed-mid-body",
  "half-line",
  "chunked",
  "chunk-no-end",
  "chunk-bad-size",
  "gzip",
  "gzip-half",
  "gzip-checksum",
  "status-503",
  "redirect-within",
  "redirect-loop",
  "stall-before-head",
  "stall-mid-body",
  "stall-last-byte",
  "trickle",
  "trickle-in-time",
  "late",
];

/** Faults between which a target flaps: of all of them a careful reader finds the same text. */
export const FAULTS_IN_SOAK: readonly ScrapeFault[] = [
  ...TRANSPORT_FAULTS,
  ...GZIP_FAULTS,
  ...ANSWER_FAULTS,
  ...STALL_FAULTS,
].filter(({ name, reads }) => NAMES.includes(name) && reads === undefined);
