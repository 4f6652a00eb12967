import { type LineOf, yamlLines } from "../config/yaml_lines.ts";
import type { Problem } from "./analysis_failure.ts";

/** The text that problems speak of. */
export interface GivenText {
  /** What problems call it. */
  readonly place: string;
  readonly text: string;
  /** A bare list, which has no key around it. */
  readonly isList: boolean;
}

/**
 * Returns problems such as `rules: metric_relabel_configs[2].action: …` with the lines of `text` that
 * they speak of, and without the
 * place, which is `rules` here.
 */
export async function problemLines(
  problems: readonly string[],
  { place, text, isList }: GivenText,
): Promise<Problem[]> {
  const lineOf = await yamlLines(text);
  return problems.map((problem) => {
    const message = problem.startsWith(`${place}: `) ? problem.slice(place.length + 2) : problem;
    const line = lineOfProblem(message, lineOf, isList);
    return line === undefined ? { message } : { message, line };
  });
}

function lineOfProblem(message: string, lineOf: LineOf, isList: boolean): number | undefined {
  const syntax = /^line (\d+), column \d+: /.exec(message);
  if (syntax !== null) return Number(syntax[1]);
  const path = pathOf(message);
  return path && lineOf(isList ? path.slice(1) : path);
}

/** `name[2].key[0]: …`, where every part but the name may be absent; a name may have dots itself. */
const PATH = /^([\w.-]+)(?:\[(\d+)\](?:\.(\w+)(?:\[(\d+)\])?)?)?(?::| \()/;

function pathOf(message: string): (string | number)[] | undefined {
  const match = PATH.exec(message);
  if (match === null) return undefined;
  const [, name, index, key, item] = match;
  const path: (string | number)[] = [name];
  if (index !== undefined) path.push(Number(index));
  const named = key ?? namedKey(message);
  if (named !== undefined) path.push(named);
  if (item !== undefined) path.push(Number(item));
  return path;
}

/** The key that a sentence about a whole rule speaks of. */
function namedKey(message: string): string | undefined {
  const unknown = /: unknown key "([^"\\]*)"/.exec(message)?.[1];
  if (unknown !== undefined) return unknown;
  if (/: unknown relabel action /.test(message)) return "action";
  return /: error parsing regexp: /.test(message) ? "regex" : undefined;
}
