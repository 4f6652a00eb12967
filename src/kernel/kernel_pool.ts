import { MAX_IDLE_KERNEL_BYTES, MAX_IDLE_KERNELS } from "../bounds.ts";
import { compileKernel, Kernel } from "./kernel.ts";

/**
 * Kernels that wait for a scrape. A scrape that is cut off does not give its own back: that one goes
 * with it.
 */
export class KernelPool {
  readonly #instantiate: (module: WebAssembly.Module) => Kernel;
  readonly #onFailure: (error: unknown) => void;
  readonly #idle: Kernel[] = [];
  #module: WebAssembly.Module | undefined;
  #failed = false;

  /** `onFailure` is told once when this runtime cannot run the kernel. */
  constructor(
    onFailure: (error: unknown) => void,
    instantiate = (module: WebAssembly.Module) => new Kernel(module),
  ) {
    this.#onFailure = onFailure;
    this.#instantiate = instantiate;
  }

  /** A kernel for one scrape, or undefined when there can be none: then TypeScript does the work. */
  take(): Kernel | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#failed) return idle;
    try {
      return this.#instantiate(this.#module ??= compileKernel());
    } catch (error) {
      this.#failed = true;
      this.#onFailure(error);
      return undefined;
    }
  }

  /** Takes a kernel back. Its memory cannot shrink: one that has grown much is let go. */
  release(kernel: Kernel): void {
    const isSmall = kernel.exports.memory.buffer.byteLength <= MAX_IDLE_KERNEL_BYTES;
    if (isSmall && this.#idle.length < MAX_IDLE_KERNELS) this.#idle.push(kernel);
  }
}
