type Next = (largest: number) => number;
type Bytes = Uint8Array<ArrayBuffer>;

const TYPES = ["counter", "gauge", "summary", "unknown"];

/** The exposition as a later scrape may find it: in another order, with other values and metadata. */
export function changedExposition(next: Next, bytes: Bytes): Bytes {
  // One character for each byte.
  let lines = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("").split(/(?<=\n)/);
  const pick = <Item>(items: readonly Item[]): Item => items[next(items.length - 1)];
  const changes: readonly (() => void)[] = [
    // Other values.
    () => lines = lines.map((line) => line.replace(/ [\d.]+(?=\s*$)/, () => ` ${next(99)}.5`)),
    // Lines that come in another order.
    () => {
      for (let times = next(9); times >= 0 && lines.length > 0; times--) {
        const [line] = lines.splice(next(lines.length - 1), 1);
        lines.splice(next(lines.length), 0, line);
      }
    },
    // Families that are gone.
    () => lines.splice(next(lines.length), next(12)),
    // Another TYPE.
    () =>
      lines = lines.map((line) =>
        line.replace(/^(# TYPE \S+ )(?!histogram)\w+/, (_, head) => head + pick(TYPES))
      ),
    // Metadata elsewhere.
    () => {
      for (let times = next(3); times >= 0; times--) {
        const at = lines.findIndex((line) => line.startsWith("# "));
        if (at < 0) return;
        const [line] = lines.splice(at, 1);
        lines.splice(next(lines.length), 0, line);
      }
    },
    // Lines that are there twice.
    () => {
      if (lines.length > 0) lines.splice(next(lines.length), 0, ...lines.slice(next(lines.length)));
    },
  ];
  for (let times = 1 + next(2); times > 0; times--) pick(changes)();
  return Uint8Array.from(lines.join(""), (byte) => byte.charCodeAt(0));
}
