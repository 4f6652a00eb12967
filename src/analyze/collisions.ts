import { MAX_SHOWN_COLLISIONS, MAX_SHOWN_MEMBERS, MAX_WATCHED_SERIES } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { seriesText } from "../exposition/exposition_writer.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { TextMap } from "../exposition/text_map.ts";
import type { LabelEntry } from "../relabel/label_builder.ts";
import { NAME } from "../relabel/sample_labels.ts";
import { shownText } from "./figure_text.ts";

/** Several samples that rules made one series. */
export interface Collision {
  /** As it leaves. */
  readonly series: string;
  readonly samples: number;
  /** Of the first ones, in the order in which they came, what the series does not have of theirs. */
  readonly members: readonly string[];
}

interface Watched {
  readonly name: string;
  readonly series: string;
  samples: number;
  readonly members: string[];
}

/** Series of one name that are watched: so the bound is shared by many metrics. */
const MAX_WATCHED_OF_NAME = 50;

/**
 * Examples of samples that rules bring together. Watches the first series of each name that the rules
 * let out, so that the examples are there without remembering a whole scrape.
 */
export class Collisions {
  readonly #keys = new ByteTable(MAX_WATCHED_SERIES, MAX_WATCHED_SERIES * 1024);
  readonly #watched: Watched[] = [];
  readonly #perName = new TextMap<number>();
  readonly #key = new LineBuffer();

  /** Takes a sample with the labels that rules gave it; numbers are labels of the line. */
  take(labels: readonly LabelEntry[], bytes: Uint8Array, spans: SampleSpans): void {
    const key = this.#key;
    key.reset();
    for (const [name, value] of labels) {
      key.putText(name);
      key.putByte(0xff);
      if (typeof value === "string") key.putText(value);
      else key.put(bytes, spans.labels[value * 4 + 2], spans.labels[value * 4 + 3]);
      key.putByte(0xfe);
    }
    const known = this.#keys.find(key.bytes, 0, key.length);
    if (known >= 0) {
      const watched = this.#watched[known];
      watched.samples++;
      if (watched.members.length < MAX_SHOWN_MEMBERS) {
        watched.members.push(ownText(labels, bytes, spans));
      }
      return;
    }
    const name = String(labels.find(([label]) => label === NAME)?.[1] ?? "");
    const before = this.#perName.get(name) ?? 0;
    if (before >= MAX_WATCHED_OF_NAME || !this.#keys.hasRoom(key.length)) return;
    this.#perName.set(name, before + 1);
    this.#keys.add(key.bytes, 0, key.length);
    const texts = labels.filter(([label]) => label !== NAME).map(([label, value]) =>
      [label, typeof value === "string" ? value : valueAt(bytes, spans, value)] as const
    );
    const series = seriesText(name, texts);
    this.#watched.push({ name, series, samples: 1, members: [ownText(labels, bytes, spans)] });
  }

  /** Those that have most members first, of as many metrics as there are. */
  get examples(): Collision[] {
    const collided = this.#watched.filter(({ samples }) => samples > 1)
      .sort((a, b) => b.samples - a.samples);
    const ranks = new TextMap<number>();
    const ranked = collided.map((watched) => {
      const rank = ranks.get(watched.name) ?? 0;
      ranks.set(watched.name, rank + 1);
      return { watched, rank };
    });
    return ranked.sort((a, b) => a.rank - b.rank).slice(0, MAX_SHOWN_COLLISIONS)
      .map(({ watched: { series, samples, members } }) => ({ series, samples, members }));
  }
}

/** The labels of the line, and its name, as far as they are not those of the series it became. */
function ownText(series: readonly LabelEntry[], bytes: Uint8Array, spans: SampleSpans): string {
  const own: (readonly [string, string])[] = [];
  for (let index = 0; index < spans.labelCount; index++) {
    const at = index * 4;
    if (spans.labels[at + 2] === spans.labels[at + 3]) continue;
    const name = decodeQuoted(bytes, spans.labels[at], spans.labels[at + 1]);
    const value = valueAt(bytes, spans, index);
    const known = series.find(([label]) => label === name)?.[1];
    if (known !== index && known !== value) own.push([name, value]);
  }
  const name = decodeQuoted(bytes, spans.nameStart, spans.nameEnd);
  const isRenamed = !series.some(([label, value]) => label === NAME && value === name);
  return isRenamed ? seriesText(name, own) : seriesText("x", own).slice(1) || "{}";
}

/** An example shows the beginning of a long value. */
function valueAt(bytes: Uint8Array, { labels }: SampleSpans, index: number): string {
  const start = labels[index * 4 + 2];
  return shownText(bytes, start, labels[index * 4 + 3]);
}
