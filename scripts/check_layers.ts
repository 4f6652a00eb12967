/**
 * Holds `src/` to its layers. The rooms stand in one order and import downwards only, the pure ones
 * reach no room that does I/O even through a third file, no imports form a circle, and only
 * `src/runtime/` names Bun or Deno. Imports of types count as others do. Prints `file:line: what` for
 * each violation and exits with 1 when there is one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import process from "node:process";

export interface Rooms {
  /** Folders and files of `src/`: each imports only itself and what stands after it. */
  readonly order: readonly string[];
  /** Rooms that are synchronous and reach none of `io`, not even through a third room. */
  readonly pure: ReadonlySet<string>;
  readonly io: ReadonlySet<string>;
}

/** From the program's entry down to what everything may use. */
export const ROOMS: Rooms = {
  order: [
    "main.ts",
    "run.ts",
    "cli",
    "server/explorer",
    "server",
    "testing",
    "scrape",
    "gateway",
    "policy/providers",
    "upstream",
    "config",
    "telemetry",
    "runtime",
    "lines",
    "engine",
    "analyze",
    "lint",
    "usage",
    "merge",
    "aggregate",
    "policy",
    "relabel",
    "regex",
    "exposition",
    "rollout",
    "yaml",
    "problems",
    "version.ts",
    "memory_bounds.ts",
    "bounds.ts",
  ],
  pure: new Set([
    "lines",
    "engine",
    "analyze",
    "lint",
    "usage",
    "merge",
    "aggregate",
    "policy",
    "relabel",
    "regex",
    "exposition",
    "rollout",
    "yaml",
  ]),
  io: new Set(["server", "upstream", "runtime"]),
};

const importPattern = /\b(?:from|import)\s*\(?\s*(["'])(.+?)\1/g;
const globalPattern =
  /(?<![.\w])(?:globalThis\s*\.\s*)?(Bun|Deno)\s*(?:\??\.(?=[A-Za-z_])|\[)|\btypeof\s+(Bun|Deno)\b/g;
const bunModule = /^bun(:|$)/;
const runtimeFolder = "src/runtime/";

export interface Violation {
  /** Relative to the repository, with forward slashes. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** All violations in `src/` below `root`, by file and line. */
export function checkLayers(root: string): Violation[] {
  const names = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join("src", name.replaceAll("\\", "/")))
    .filter((name) => name.endsWith(".ts"));
  const sources = names.map((name) => [name, readFileSync(join(root, name), "utf8")] as const);
  return checkSources(new Map(sources), ROOMS);
}

/** The violations of sources by path, as `src/cli/serve.ts`. */
export function checkSources(
  sources: ReadonlyMap<string, string>,
  rooms: Rooms,
): Violation[] {
  const files = new Map(
    [...sources].sort(([a], [b]) => a < b ? -1 : 1).map(([name, source]) => [
      name,
      withoutCommentLines(source),
    ]),
  );
  const arrows = [...files].flatMap(([name, code]) => arrowsOf(name, code, files));
  const targets = Map.groupBy(arrows, ({ from }) => from);
  return [
    ...[...files].flatMap(([name, code]) => runtimeNames(name, code)),
    ...[...files.keys()].flatMap((name) => roomless(name, rooms)),
    ...arrows.flatMap((arrow) => misdirected(arrow, targets, rooms)),
    ...circles([...files.keys()], targets),
  ].sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line);
}

/** An import of another file of `src/`. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

function arrowsOf(from: string, code: string, files: ReadonlyMap<string, string>): Arrow[] {
  return [...code.matchAll(importPattern)].flatMap(({ index, 2: target }) => {
    const to = posix.join(dirname(from), target);
    return target.startsWith(".") && files.has(to) ? [{ from, to, line: lineOf(code, index) }] : [];
  });
}

/** The room of a file, the innermost where one lies in another; undefined where there is none. */
function roomOf(file: string, { order }: Rooms): string | undefined {
  return order
    .filter((room) => file === `src/${room}` || file.startsWith(`src/${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function roomless(file: string, rooms: Rooms): Violation[] {
  if (roomOf(file, rooms) !== undefined) return [];
  return [{ file, line: 1, message: "lies in no room of scripts/check_layers.ts" }];
}

/** What is wrong with the direction of one import. */
function misdirected({ from, to, line }: Arrow, targets: Targets, rooms: Rooms): Violation[] {
  const [room, other] = [roomOf(from, rooms), roomOf(to, rooms)];
  if (room === undefined || other === undefined) return [];
  if (rooms.order.indexOf(other) < rooms.order.indexOf(room)) {
    return [{ file: from, line, message: `imports ${to}: ${other} stands above ${room}` }];
  }
  // A pure file on the way is reported in its own right.
  if (!rooms.pure.has(room) || rooms.pure.has(other)) return [];
  const way = wayTo(to, (file) => rooms.io.has(roomOf(file, rooms) ?? ""), targets);
  if (way === undefined) return [];
  const message = `${room} is pure and reaches ${roomOf(way.at(-1)!, rooms)}`;
  return [{ file: from, line, message: `${message}: ${[from, ...way].join(" > ")}` }];
}

type Targets = ReadonlyMap<string, readonly Arrow[]>;

/** A shortest way along imports from a file to one that is wanted, both named in it. */
function wayTo(
  start: string,
  isWanted: (file: string) => boolean,
  targets: Targets,
): string[] | undefined {
  const ways = [[start]];
  const seen = new Set([start]);
  for (const way of ways) {
    const file = way.at(-1)!;
    if (isWanted(file)) return way;
    for (const { to } of targets.get(file) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      ways.push([...way, to]);
    }
  }
  return undefined;
}

/** The imports that close a circle, each with the shortest circle that it closes. */
function circles(files: readonly string[], targets: Targets): Violation[] {
  const found: Violation[] = [];
  const open = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string): void => {
    open.add(file);
    for (const { to, line } of targets.get(file) ?? []) {
      if (open.has(to)) {
        const way = wayTo(to, (reached) => reached === file, targets)!;
        found.push({ file, line, message: `closes a circle: ${[file, ...way].join(" > ")}` });
      } else if (!done.has(to)) visit(to);
    }
    open.delete(file);
    done.add(file);
  };
  for (const file of files) if (!done.has(file)) visit(file);
  return found;
}

/** Where a file outside of the runtime's folder names a runtime. */
function runtimeNames(file: string, code: string): Violation[] {
  if (file.startsWith(runtimeFolder)) return [];
  const at = (index: number, what: string) => ({
    file,
    line: lineOf(code, index),
    message: `${what}: only ${runtimeFolder} names a runtime`,
  });
  return [
    ...[...code.matchAll(importPattern)].filter(([, , target]) => bunModule.test(target))
      .map(({ index, 2: target }) => at(index, `imports "${target}"`)),
    ...[...code.matchAll(globalPattern)]
      .map(({ index, 1: name, 2: asked }) => at(index, `names ${name ?? asked}`)),
  ];
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
