import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bytesOf, type Next, pick } from "./fuzz_target.ts";

const root = resolve(import.meta.dirname!, "../..");

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

const documents = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))
  .map((name) => read("docs", name));

/** The code blocks of the documentation whose info string begins with one of `languages`. */
function blocks(...languages: string[]): string[] {
  const fences = documents.flatMap((text) => [...text.matchAll(/^```(\S+)[^\n]*\n([^]*?)^```$/gm)]);
  return fences.filter(([, language]) => languages.includes(language)).map(([, , text]) => text);
}

const folder = "test/expositions";

/** Real scrapes, and the documentation's. */
export const expositions: readonly string[] = [
  ...readdirSync(join(root, folder)).filter((name) => name.endsWith(".prom"))
    .map((name) => read(folder, name)),
  ...blocks("prom"),
];

/** Rules, configurations and policies as people write them: the documentation's and `deploy/`'s. */
export const yamls: readonly string[] = [
  ...blocks("yaml", "json"),
  ...readdirSync(join(root, "deploy")).filter((name) => name.endsWith(".yaml"))
    .map((name) => read("deploy", name)),
];

/** Some lines in a row of one of the texts, at most `most`. */
export function excerpt(next: Next, texts: readonly string[], most: number) {
  const lines = pick(next, texts).split(/(?<=\n)/);
  const at = next(lines.length - 1);
  return bytesOf(lines.slice(at, at + 1 + next(most - 1)).join(""));
}
