import { PlainScalar, textOf } from "../yaml/plain_scalar.ts";

/**
 * Returns what is doubtful about how a rule's scalars are written, one clause each: not to Go's YAML,
 * but to people and to tools that read the file as YAML and write it anew.
 */
export function writtenDoubts(rule: Readonly<Record<string, unknown>>, modulus: bigint): string[] {
  const doubts: string[] = [];
  const { regex, modulus: written, source_labels: labels } = rule;
  if (regex instanceof PlainScalar && regex.value === null) {
    doubts.push(`its regex is null, which matches the empty text only: write "" or leave it out`);
  }
  if (written instanceof PlainScalar && textOf(written) !== String(modulus)) {
    doubts.push(`its modulus ${written.text} is read as ${modulus}: write it that way`);
  }
  const texts = TEXT_KEYS.map((key) => [key, rule[key]] as const);
  const items = Array.isArray(labels)
    ? labels.map((label) => ["source_labels", label] as const)
    : [];
  for (const [key, scalar] of [...texts, ...items]) {
    if (!(scalar instanceof PlainScalar) || !isRewritten(scalar)) continue;
    doubts.push(
      `its ${key} ${scalar.text} is the text ${JSON.stringify(scalar.text)}, as in Prometheus, ` +
        "but tools that write YAML anew (Helm, yq) may change it: put it in quotes",
    );
  }
  return doubts;
}

const TEXT_KEYS = ["separator", "regex", "target_label", "replacement"];

/** Words that are true or false in YAML 1.1, which much reads. */
const OLD_BOOLEANS = /^(?:yes|on|no|off)$/i;

/** A number or word that would not come out as it was written: `1.10`, `0500`, `True`, `yes`. */
function isRewritten({ text, value }: PlainScalar): boolean {
  return value !== null && (String(value) !== text || OLD_BOOLEANS.test(text));
}
