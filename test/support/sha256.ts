import { createHash } from "node:crypto";

/** As both runtimes have it. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
