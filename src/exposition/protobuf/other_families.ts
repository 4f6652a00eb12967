import { LineBuffer } from "../line_buffer.ts";
import { type FamilyHead, HELP, METRIC, NAME, TYPE, UNIT } from "./family_head.ts";
import { putBytesField, putIntegerField, putMessageField, putVarint } from "./wire_writer.ts";

interface OtherFamily {
  /** Its message. */
  readonly message: LineBuffer;
  samples: number;
}

/** Families that came to be of metrics of one family of which only a part is kept. */
export class OtherFamilies {
  /** By type and suffix, with or without samples: a handful, whose buffers are used again. */
  readonly #families = new Map<string, OtherFamily>();
  /** Bytes of their messages. */
  length = 0;

  /** Adds a metric to the family of that type whose name is the other one's and the suffix. */
  add(head: FamilyHead, suffix: string, type: number, metric: LineBuffer, samples: number): void {
    const key = `${type}${suffix}`;
    let family = this.#families.get(key);
    if (family === undefined) {
      family = { message: new LineBuffer(), samples: 0 };
      this.#families.set(key, family);
    }
    if (family.samples === 0) putHead(family.message, head, suffix, type);
    const before = family.message.length;
    putMessageField(family.message, METRIC, metric);
    family.samples += samples;
    this.length += family.message.length - before;
  }

  /** Bytes of its buffers. */
  get size(): number {
    let size = 0;
    for (const { message } of this.#families.values()) size += message.bytes.length;
    return size;
  }

  clear(): void {
    for (const family of this.#families.values()) {
      family.message.reset();
      family.samples = 0;
    }
    this.length = 0;
  }

  /** Writes them, each message behind its length, and forgets them. Returns their samples. */
  put(out: LineBuffer): number {
    if (this.length === 0) return 0;
    let count = 0;
    for (const { message, samples } of this.#families.values()) {
      if (samples === 0) continue;
      putVarint(out, message.length);
      out.put(message.bytes, 0, message.length);
      count += samples;
    }
    this.clear();
    return count;
  }
}

function putHead(out: LineBuffer, head: FamilyHead, suffix: string, type: number): void {
  const name = new Uint8Array(head.name.length + suffix.length);
  name.set(head.name);
  new TextEncoder().encodeInto(suffix, name.subarray(head.name.length));
  putBytesField(out, NAME, name);
  // What else is said is said of the family's own name.
  if (suffix === "" && head.help.length > 0) putBytesField(out, HELP, head.help);
  putIntegerField(out, TYPE, type);
  if (suffix === "" && head.unit.length > 0) putBytesField(out, UNIT, head.unit);
}
