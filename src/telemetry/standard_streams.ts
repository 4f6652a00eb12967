import process from "node:process";
import { MAX_HELD_LOG_BYTES, MAX_MESSAGE_WAIT_MS } from "../bounds.ts";
import { joinedBytes } from "../exposition/bytes.ts";

/** Standard output or error. Their descriptors, because `process.stderr` takes 8 MB of memory. */
export type StandardStream = 1 | 2;

// Loaded as a builtin and not imported: half as much stays resident.
const fs = () => process.getBuiltinModule("node:fs");

/** Whether a person may be looking on. */
export function isTerminal(stream: StandardStream): boolean {
  try {
    // What cannot be a terminal, as /dev/null, is to need no more modules: 2 MB of memory.
    const found = fs().fstatSync(stream);
    if (!found.isCharacterDevice() || (found.rdev >> 8) === LINUX_MEMORY_DEVICES) return false;
    return process.getBuiltinModule("node:tty").isatty(stream);
  } catch {
    return false;
  }
}

/** Their major number: /dev/null, /dev/zero and the like (devices.txt of the kernel). */
const LINUX_MEMORY_DEVICES = 1;

/** Whether it may be coloured: a terminal that is not told otherwise (https://no-color.org). */
export function takesColour(stream: StandardStream): boolean {
  const { NO_COLOR = "", TERM = "" } = process.env;
  return NO_COLOR === "" && TERM !== "dumb" && isTerminal(stream);
}

/**
 * Writes what a command has to say, as plain bytes, and waits for the reader; for one that takes
 * nothing for too long, or has left, the rest is let go. Never throws.
 */
export function writeMessage(text: string, stream: StandardStream = 2): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  let takenAt = performance.now();
  while (rest.length > 0) {
    const taken = writeSome(stream, rest);
    if (taken > 0) takenAt = performance.now();
    else if (taken < 0 || performance.now() - takenAt > MAX_MESSAGE_WAIT_MS) return;
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    rest = rest.subarray(taken);
  }
}

/** How long to wait before a full pipe is tried again, in milliseconds. */
const RETRY_MS = 5;
/** The same where nothing waits for it. */
const HELD_RETRY_MS = 100;

/**
 * Where log lines go. A pipe whose reader is behind must not hold up scrapes: what it does not take is
 * held, up to a bound, and then left out and counted. Never throws.
 */
export class LogStream {
  readonly #stream: StandardStream;
  readonly #lostLine: (lines: number) => string;
  #descriptor: number | undefined;
  #held = NOTHING;
  #lost = 0;
  #isWaiting = false;

  /** `lostLine` says that so many lines were left out. */
  constructor(stream: StandardStream, lostLine: (lines: number) => string) {
    this.#stream = stream;
    this.#lostLine = lostLine;
  }

  write(line: string): void {
    this.#drain();
    if (this.#lost > 0 && this.#put(this.#lostLine(this.#lost))) this.#lost = 0;
    // In their order: one that is lost is told of before the next one is there.
    if (this.#lost > 0 || !this.#put(line)) this.#lost++;
  }

  /** Returns whether the line is written or held. */
  #put(line: string): boolean {
    const bytes = new TextEncoder().encode(`${line}\n`);
    if (this.#held.length + bytes.length > MAX_HELD_LOG_BYTES && this.#held.length > 0) {
      return false;
    }
    const isFirst = this.#held.length === 0;
    this.#held = isFirst ? bytes : joinedBytes([this.#held, bytes]);
    if (isFirst) this.#drain();
    return true;
  }

  /** Writes what is held, as far as the reader takes it now, and the rest later. */
  #drain(): void {
    if (this.#held.length === 0) return;
    this.#descriptor ??= unblocked(this.#stream);
    let taken;
    do {
      taken = writeSome(this.#descriptor, this.#held);
      // Nobody reads: nobody misses it.
      this.#held = taken < 0 ? NOTHING : this.#held.subarray(taken);
    } while (taken > 0 && this.#held.length > 0);
    if (this.#held.length === 0 || this.#isWaiting) return;
    this.#isWaiting = true;
    const timer: unknown = setTimeout(() => {
      this.#isWaiting = false;
      this.#drain();
    }, HELD_RETRY_MS);
    // The program may end meanwhile.
    (timer as { unref?: () => void }).unref?.();
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Of a pipe that does not wait so much is taken whole or not at all (PIPE_BUF of pipe(7)): Deno does
 * not say how much of more it was.
 */
const ATOMIC_BYTES = 4096;

/** How many of the bytes were taken: 0 by a reader that is behind, -1 where there is none. */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return fs().writeSync(descriptor, bytes.subarray(0, ATOMIC_BYTES));
  } catch (error) {
    const { code } = error as { code?: string };
    return code === "EAGAIN" || code === "EINTR" ? 0 : -1;
  }
}

/**
 * The same pipe under a descriptor that does not wait, which leaves that of whoever shares it as it is.
 * Files, terminals and sockets are written to as they are, and so is a pipe that cannot be opened anew.
 */
function unblocked(stream: StandardStream): number {
  const { fstatSync, openSync, constants: { O_NONBLOCK, O_WRONLY } } = fs();
  try {
    if (!fstatSync(stream).isFIFO()) return stream;
    return openSync(`/proc/self/fd/${stream}`, O_WRONLY | O_NONBLOCK);
  } catch {
    return stream;
  }
}
