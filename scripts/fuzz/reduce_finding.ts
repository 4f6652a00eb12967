import { Buffer } from "node:buffer";
import { type FuzzInput, type FuzzTarget, type Grain, jsonBytes } from "./fuzz_target.ts";
import { breachOf, type Finding } from "./run_target.ts";

/** So much a finding is worth; what is reached by then is kept. */
const MAX_TRIES = 3_000;
const MAX_SECONDS = 60;

/**
 * Makes a finding's input smaller as long as the same rule stays broken: takes halves, quarters and
 * so on out of each file, down to single lines, bytes or items.
 */
export async function reduceFinding(target: FuzzTarget, finding: Finding): Promise<Finding> {
  let best = finding;
  let tries = 0;
  const end = performance.now() + MAX_SECONDS * 1000;
  const isWorthIt = () => tries < MAX_TRIES && performance.now() < end;
  const isBroken = async (input: FuzzInput): Promise<boolean> => {
    if (!isWorthIt()) return false;
    tries++;
    const breach = await breachOf(target, input);
    // A crash elsewhere is another finding.
    if (breach?.rule !== finding.rule || placeOf(breach.detail) !== placeOf(finding.detail)) {
      return false;
    }
    best = { ...finding, ...breach, input };
    return true;
  };
  for (let size = Infinity; size > sizeOf(best.input) && isWorthIt();) {
    size = sizeOf(best.input);
    for (const [file, grain] of Object.entries(target.reduced)) {
      for (const step of grain === "bytes" ? ["lines", "bytes"] as const : [grain]) {
        await reduceFile(() => best.input, file, step, isWorthIt, isBroken);
      }
    }
  }
  return best;
}

async function reduceFile(
  current: () => FuzzInput,
  file: string,
  grain: Grain,
  isWorthIt: () => boolean,
  isBroken: (input: FuzzInput) => Promise<boolean>,
): Promise<void> {
  const content = current()[file];
  if (content === undefined) return;
  let parts = partsOf(content, grain);
  for (let size = Math.ceil(parts.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let at = 0; at < parts.length && isWorthIt();) {
      const left = [...parts.slice(0, at), ...parts.slice(at + size)];
      if (await isBroken({ ...current(), [file]: joined(left, grain) })) parts = left;
      else at += size;
    }
  }
}

function partsOf(content: Uint8Array<ArrayBuffer>, grain: Grain): readonly unknown[] {
  if (grain === "bytes") return [...content];
  if (grain === "items") {
    const items: unknown = JSON.parse(new TextDecoder().decode(content));
    return Array.isArray(items) ? items : [];
  }
  const lines: Uint8Array[] = [];
  for (let at = 0; at < content.length;) {
    const newline = content.indexOf(0x0a, at);
    const end = newline < 0 ? content.length : newline + 1;
    lines.push(content.subarray(at, end));
    at = end;
  }
  return lines;
}

function joined(parts: readonly unknown[], grain: Grain): Uint8Array<ArrayBuffer> {
  if (grain === "items") return jsonBytes(parts);
  if (grain === "bytes") return Uint8Array.from(parts as number[]);
  return new Uint8Array(Buffer.concat(parts as Uint8Array[]));
}

/** Of a stack the line where it was thrown; nothing of a broken rule. */
function placeOf(detail: string): string {
  return /at .*/.exec(detail)?.[0] ?? "";
}

function sizeOf(input: FuzzInput): number {
  return Object.values(input).reduce((sum, bytes) => sum + bytes.length, 0);
}
