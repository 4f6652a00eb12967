/**
 * Holds `src/` to its layers: the synchronous folders import nothing of the server, the upstream or
 * the runtime, and only `src/runtime/` names Bun or Deno. Prints `file:line: what` for each
 * violation and exits with 1 when there is one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import process from "node:process";

/** Folders of pure, synchronous code; policy's providers do I/O and are exempt. */
const pureFolders = [
  "src/exposition/",
  "src/policy/",
  "src/relabel/",
  "src/aggregate/",
  "src/analyze/",
  "src/kernel/",
  "src/regex/",
];
const exemptFolder = "src/policy/providers/";
const forbiddenFolders = ["src/server/", "src/upstream/", "src/runtime/"];
const runtimeFolder = "src/runtime/";

const importPattern = /\b(?:from|import)\s*\(?\s*(["'])(.+?)\1/g;
const globalPattern =
  /(?<![.\w])(?:globalThis\s*\.\s*)?(Bun|Deno)\s*(?:\??\.(?=[A-Za-z_])|\[)|\btypeof\s+(Bun|Deno)\b/g;
const bunModule = /^bun(:|$)/;

export interface Violation {
  /** Relative to the repository, with forward slashes. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** All violations in `src/` below `root`, by file and line. */
export function checkLayers(root: string): Violation[] {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join("src", name.replaceAll("\\", "/")))
    .filter((name) => name.endsWith(".ts"))
    .sort();
  return files.flatMap((file) => checkFile(file, readFileSync(join(root, file), "utf8")));
}

/** The violations of one source file; `file` is its path relative to the repository. */
export function checkFile(file: string, source: string): Violation[] {
  const code = withoutCommentLines(source);
  const violations: Violation[] = [];
  const report = (index: number, message: string) =>
    violations.push({ file, line: lineOf(code, index), message });

  for (const match of code.matchAll(importPattern)) {
    const target = match[2]!;
    const layer = forbiddenLayer(file, target);
    if (layer !== undefined) {
      report(match.index, `imports ${target}: ${layer} is out of bounds here`);
    }
    if (bunModule.test(target) && !file.startsWith(runtimeFolder)) {
      report(match.index, `imports "${target}": only ${runtimeFolder} names a runtime`);
    }
  }
  if (!file.startsWith(runtimeFolder)) {
    for (const match of code.matchAll(globalPattern)) {
      report(match.index, `names ${match[1] ?? match[2]}: only ${runtimeFolder} names a runtime`);
    }
  }
  return violations.sort((a, b) => a.line - b.line);
}

/** The folder that `file` must not import, when `target` lies in one. */
function forbiddenLayer(file: string, target: string): string | undefined {
  const isPure = pureFolders.some((folder) => file.startsWith(folder)) &&
    !file.startsWith(exemptFolder);
  if (!isPure || !target.startsWith(".")) return undefined;
  const path = posix.join(dirname(file), target);
  return forbiddenFolders.find((folder) => path.startsWith(folder));
}

/**
 * Blanks lines that are comments, keeping offsets. By line rather than by token: a comment after
 * code may mention `Bun.serve` only at the price of a report, and a string such as a media range's
 * star-slash-star cannot open a comment.
 */
function withoutCommentLines(source: string): string {
  return source.replace(
    /^[ \t]*(?:\/\/|\/\*|\*(?:[ \/]|$)).*$/gm,
    (line) => " ".repeat(line.length),
  );
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

if (import.meta.main) {
  const violations = checkLayers(resolve(import.meta.dirname!, ".."));
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  if (violations.length === 0) console.log("layers hold");
  process.exitCode = violations.length === 0 ? 0 : 1;
}
