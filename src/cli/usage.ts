import type { Flags } from "../config/flags.ts";
import { parseDuration } from "../config/units.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { documentParser } from "../usage/parse_documents.ts";
import { readUsageOfText } from "../usage/read_source.ts";
import { UseCollector } from "../usage/use_collector.ts";
import { readerText, type UsedDocument } from "../usage/used_document.ts";
import type { Outcome } from "./outcome.ts";
import { readHttpConfigFile, type UsageSourcesOptions, usageTexts } from "./usage_sources.ts";

export type UsageRuntime = Pick<Runtime, "readFile" | "replaceFile" | "stdin">;

/**
 * Finds which series, labels and buckets rules, dashboards and queries read, and writes that as a
 * document for `analyze --used` and `check --used`. The status is 1 where an expression could not be
 * read: what it uses is not known. Throws a ConfigError for a source that cannot be read or is none.
 */
export async function usage(
  sources: readonly string[],
  flags: Flags,
  runtime: UsageRuntime,
  version: string,
): Promise<Outcome> {
  const path = flags["http.config.file"];
  const options: UsageSourcesOptions = {
    runtime,
    version,
    timeoutSeconds: parseDuration(flags["scrape-timeout"]) ?? DEFAULT_TIMEOUT_SECONDS,
    http: typeof path === "string" ? await readHttpConfigFile(path, runtime) : undefined,
  };
  const uses = new UseCollector();
  const reading = { uses, parse: await documentParser() };
  const problems: string[] = [];
  for (const where of sources) {
    try {
      for (const { source, text } of await usageTexts(where, options)) {
        uses.source(source, () => {
          const kind = readUsageOfText(text, source, reading);
          if (kind === undefined) throw new ConfigError([`${source}: ${NOTHING_KNOWN}`]);
          return { kind, result: undefined };
        });
      }
    } catch (error) {
      const found = error instanceof ConfigError
        ? error.problems
        : [`${where}: ${messageOf(error)}`];
      problems.push(...found);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const document = uses.collected;
  const text = JSON.stringify(document, null, 2);
  if (typeof flags.out === "string") {
    await runtime.replaceFile(flags.out, [new TextEncoder().encode(`${text}\n`)]);
  }
  const isWritten = typeof flags.out === "string";
  return {
    status: document.unread.length === 0 ? 0 : 1,
    stdout: [isWritten ? summary(document) : text],
    stderr: [...isWritten ? [] : [summary(document)], ...unreadLines(document)],
  };
}

const DEFAULT_TIMEOUT_SECONDS = 15;

const NOTHING_KNOWN = "found no rules, dashboard, query log or report, wanted one of them";

/** What was read, and what it came to. */
function summary({ sources, uses }: UsedDocument): string {
  const expressions = sources.reduce((sum, source) => sum + source.expressions, 0);
  const names = new Set(
    uses.flatMap(({ matchers }) =>
      matchers.filter(({ label, op }) => label === "__name__" && op === "=").map(({ value }) =>
        value
      )
    ),
  );
  const ofSources = `${sources.length} source${sources.length === 1 ? "" : "s"}`;
  return `${expressions} expressions of ${ofSources} read ${names.size} metrics by name`;
}

function unreadLines({ unread }: UsedDocument): string[] {
  return unread.map((one) => `not read: ${readerText(one)}: ${one.error}`);
}
