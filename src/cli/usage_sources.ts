import { Buffer } from "node:buffer";
import { MAX_USAGE_BYTES } from "../bounds.ts";
import { buildHttpConfig, type HttpConfig } from "../config/http_config.ts";
import { HTTP_CONFIG_SCHEMA } from "../config/http_config_schema.ts";
import { parseConfigText, readNamedFile } from "../config/parse_text.ts";
import { printableUrl } from "../config/print.ts";
import { type SchemaNode, settled } from "../config/schema_walk.ts";
import { validateAs } from "../config/validate.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { placeOf, type Problem } from "../problems/problem.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { getUpstream } from "../upstream/get.ts";

/** A text that expressions are looked for in. */
export interface UsageText {
  /** As errors and the document call it. */
  readonly source: string;
  readonly text: string;
}

export interface UsageSourcesOptions {
  readonly runtime: Pick<Runtime, "readFile" | "stdin">;
  readonly version: string;
  readonly timeoutSeconds: number;
  readonly http: HttpConfig | undefined;
}

/**
 * Returns the texts of a file, of `-`, or of a URL: what it answers itself, else the rules of the
 * Prometheus that is there, else all dashboards of the Grafana. Throws a ConfigError.
 */
export async function usageTexts(
  where: string,
  options: UsageSourcesOptions,
): Promise<UsageText[]> {
  if (/^https?:\/\//i.test(where)) return await textsOf(where, options);
  const bytes = where === "-"
    ? await readAll(options.runtime.stdin(), "standard input")
    : await readNamedFile(where, options.runtime);
  return [{
    source: where === "-" ? "standard input" : where,
    text: new TextDecoder().decode(bounded(bytes, where)),
  }];
}

/** Reads an `http_config` from a file, as `promtool --http.config.file` does. Throws a ConfigError. */
export async function readHttpConfigFile(
  path: string,
  runtime: Pick<Runtime, "readFile">,
): Promise<HttpConfig> {
  const parsed = await parseConfigText(path, await readNamedFile(path, runtime));
  const raw = settled(parsed, HTTP_CONFIG_SCHEMA as unknown as SchemaNode);
  const problems: Problem[] = [];
  const checked = validateAs(HTTP_CONFIG_SCHEMA, raw, placeOf(path), new Map(), problems);
  if (checked === undefined) throw new ConfigError(problems);
  return buildHttpConfig(checked);
}

const RULES = "/api/v1/rules";
const SEARCH = "/api/search?type=dash-db&limit=5000";
const LIBRARY = "/api/library-elements?kind=1&perPage=1000";

async function textsOf(where: string, options: UsageSourcesOptions): Promise<UsageText[]> {
  const base = where.replace(/\/+$/, "");
  const source = printableUrl(where);
  const own = new URL(where).pathname;
  // Who names a path means what is there.
  if (own !== "/" && !isPrefix(own)) return [{ source, text: await get(where, options) }];
  const rules = await tryGet(base + RULES, options);
  if (rules !== undefined) return [{ source, text: rules }];
  const found = JSON.parse(await get(base + SEARCH, options));
  const texts: UsageText[] = [];
  for (const entry of Array.isArray(found) ? found : []) {
    const { uid, title } = Object(entry);
    if (typeof uid !== "string") continue;
    const text = await get(`${base}/api/dashboards/uid/${encodeURIComponent(uid)}`, options);
    texts.push({ source: `${source} ${title ?? uid}`, text });
  }
  const library = await tryGet(base + LIBRARY, options);
  if (library !== undefined) {
    const { result } = Object(JSON.parse(library));
    // Each is a panel by itself.
    const panels = (Object(result).elements ?? []).map((one: unknown) => Object(one).model);
    const board = { title: "library panels", panels };
    texts.push({ source: `${source} library panels`, text: JSON.stringify(board) });
  }
  return texts;
}

/** A path below which an API may lie: `/prometheus`, `/grafana`. */
function isPrefix(path: string): boolean {
  return !/\.\w+$/.test(path) && !path.includes("/api/");
}

/** Undefined where the server has no such thing; anything else that is wrong is thrown. */
async function tryGet(url: string, options: UsageSourcesOptions): Promise<string | undefined> {
  const { status, text } = await ask(url, options);
  if (status === 404 || status === 405) return undefined;
  if (status === 200 && /^\s*[{[]/.test(text)) return text;
  // A Grafana sends whoever is at none of its pages to the login.
  if (status === 200) return undefined;
  throw new ConfigError([`${printableUrl(url)}: answered ${status}`]);
}

async function get(url: string, options: UsageSourcesOptions): Promise<string> {
  const { status, text } = await ask(url, options);
  if (status !== 200) throw new ConfigError([`${printableUrl(url)}: answered ${status}`]);
  return text;
}

async function ask(url: string, options: UsageSourcesOptions) {
  const { version, timeoutSeconds, http } = options;
  try {
    const { status, body } = await getUpstream({
      url,
      accept: "application/json, application/yaml;q=0.9, */*;q=0.5",
      budgetSeconds: timeoutSeconds,
      signal: new AbortController().signal,
      userAgent: `Weir/${version}`,
      http,
      anyAnswer: true,
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
      bytes += chunk.length;
      if (bytes > MAX_USAGE_BYTES) {
        await body.cancel();
        throw tooLarge(printableUrl(url));
      }
      chunks.push(chunk);
    }
    return { status, text: new TextDecoder().decode(Buffer.concat(chunks)) };
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError([messageOf(error)]);
  }
}

async function readAll(stream: ReadableStream<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MAX_USAGE_BYTES) throw tooLarge(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function bounded(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length > MAX_USAGE_BYTES) throw tooLarge(name);
  return bytes;
}

function tooLarge(name: string): ConfigError {
  return new ConfigError([`${name}: found more than ${MAX_USAGE_BYTES} bytes`]);
}
