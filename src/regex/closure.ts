import { ALT, ALT_MATCH, CAPTURE, EMPTY_WIDTH, FAIL, NOP, type Re2Program } from "./re2_program.ts";

/** Follows the instructions of a program that take no byte. */
export class Closure {
  readonly #program: Re2Program;
  /** The number of the walk in which an instruction was reached last. */
  readonly #reachedIn: Int32Array;
  #walk = 0;

  constructor(program: Re2Program) {
    this.#program = program;
    this.#reachedIn = new Int32Array(program.op.length);
  }

  /**
   * The instructions that are reached from `from` and take a byte, match, or assert something that
   * is not among `flags`; each once.
   */
  reached(from: Iterable<number>, flags: number): number[] {
    const { op, out, arg } = this.#program;
    const walk = ++this.#walk;
    const reached: number[] = [];
    const open = [...from];
    while (open.length > 0) {
      const at = open.pop()!;
      if (this.#reachedIn[at] === walk) continue;
      this.#reachedIn[at] = walk;
      switch (op[at]) {
        case ALT:
        case ALT_MATCH:
          open.push(arg[at], out[at]);
          break;
        case CAPTURE:
        case NOP:
          open.push(out[at]);
          break;
        case EMPTY_WIDTH:
          if ((arg[at] & ~flags) === 0) open.push(out[at]);
          else reached.push(at);
          break;
        case FAIL:
          break;
        default:
          reached.push(at);
      }
    }
    return reached;
  }

  /**
   * The first instruction of `wanted` by priority, as a backtracking search finds them, or -1;
   * `slots` gets the slots of the groups that begin or end on the way.
   */
  first(from: number, flags: number, wanted: ReadonlySet<number>, slots: number[]): number {
    this.#walk++;
    return this.#first(from, flags, wanted, slots);
  }

  #first(at: number, flags: number, wanted: ReadonlySet<number>, slots: number[]): number {
    const { op, out, arg } = this.#program;
    if (this.#reachedIn[at] === this.#walk) return -1;
    this.#reachedIn[at] = this.#walk;
    switch (op[at]) {
      case ALT:
      case ALT_MATCH: {
        const found = this.#first(out[at], flags, wanted, slots);
        return found >= 0 ? found : this.#first(arg[at], flags, wanted, slots);
      }
      case NOP:
        return this.#first(out[at], flags, wanted, slots);
      case CAPTURE: {
        slots.push(arg[at]);
        const found = this.#first(out[at], flags, wanted, slots);
        if (found < 0) slots.pop();
        return found;
      }
      case EMPTY_WIDTH:
        return (arg[at] & ~flags) === 0 ? this.#first(out[at], flags, wanted, slots) : -1;
      case FAIL:
        return -1;
      default:
        return wanted.has(at) ? at : -1;
    }
  }
}
