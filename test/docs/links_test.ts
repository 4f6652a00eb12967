import { deepEqual, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname!, "../..");
const NOT_OURS = /^(node_modules|dist|test|src|\..*)$/;

const pages = pagesBelow(root);

test("every link of the documentation leads to a file and a heading that are there", () => {
  const broken = pages.flatMap((page) =>
    linksOf(page).filter((link) => !leads(page, link)).map((link) =>
      `${relative(root, page)}: ${link}`
    )
  );
  deepEqual(broken, []);
});

test("the index of docs/ has every page in it", () => {
  const index = join(root, "docs", "README.md");
  const linked = linksOf(index).map((link) => resolve(dirname(index), link.split("#")[0]));
  const ofDocs = readdirSync(join(root, "docs")).filter((name) =>
    name.endsWith(".md") && name !== "README.md"
  );
  ok(ofDocs.length > 15);
  for (const name of ofDocs) ok(linked.includes(join(root, "docs", name)), name);
});

function pagesBelow(folder: string): string[] {
  return readdirSync(folder).filter((name) => !NOT_OURS.test(name)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return pagesBelow(path);
    return name.endsWith(".md") ? [path] : [];
  });
}

/** Targets of links and images, and of reference definitions, outside of code; not those of the web. */
function linksOf(page: string): string[] {
  const text = withoutCode(readFileSync(page, "utf8"));
  return [
    ...text.matchAll(/\]\(([^)\s]+)\)/g),
    ...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm),
  ].map(([, link]) => link).filter((link) => !/^(https?|mailto):/.test(link));
}

function leads(page: string, link: string): boolean {
  const [file, anchor] = link.split("#");
  const target = file === "" ? page : resolve(dirname(page), file);
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith(".md") || anchorsOf(target).has(anchor);
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(page: string): Set<string> {
  const text = readFileSync(page, "utf8").replaceAll(/^ *```[^]*?^ *```$/gm, "");
  const anchors = new Set<string>();
  for (const [, heading] of text.matchAll(/^#+ (.*)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim().toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let anchor = plain;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${plain}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[^]*?^ *```$/gm, "")
    // What is code as the text of a link is the link's.
    .replaceAll(/`[^`\n]*`(\]?)/g, "$1");
}
