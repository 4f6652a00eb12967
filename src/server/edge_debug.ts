import type { Context } from "hono";
import { MAX_TAP_LINES } from "../bounds.ts";
import { policyText } from "../policy/policy_text.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import type { ServerState } from "./server_state.ts";

/** Answers `GET /_edge/policies`: the policies in force, a line each, or whole as JSON. */
export function policiesRequest(state: ServerState, context: Context): Response {
  const entries = state.policyEntries();
  const version = state.policyVersion();
  if (context.req.query("format") !== "json") {
    return context.body(policyLines(entries, version), 200, {
      "content-type": "text/plain; charset=utf-8",
    });
  }
  const { policies } = JSON.parse(policyText(entries)) as { policies: object[] };
  const others = entries.filter((entry) => entry.state !== "active").map((entry) => {
    if (entry.state !== "invalid") return entry;
    const { state, id, errors } = entry;
    return { state, id, errors };
  });
  const document = {
    version,
    policies: policies.map((policy) => ({ ...policy, enabled: true })),
    not_in_force: others,
  };
  return context.body(`${JSON.stringify(document, null, 2)}\n`, 200, {
    "content-type": "application/json",
  });
}

function policyLines(entries: readonly PolicyEntry[], version: number): string {
  const shown = entries.filter(({ state }) => state !== "invalid");
  const invalid = entries.filter((entry) => entry.state === "invalid");
  const count = (signal: string) =>
    entries.filter((entry) => isInForce(entry) && signalOf(entry) === signal).length;
  const counts = ["log", "metric", "trace"].map((signal) => `${signal}=${count(signal)}`);
  return [
    `# snapshot version=${version} policies=${shown.length} (${counts.join(" ")})`,
    ...shown.map((entry) =>
      `id=${oneLine(idOf(entry))} signal=${signalOf(entry)} enabled=${isInForce(entry)} ` +
      `name=${oneLine(nameOf(entry))}`
    ),
    ...invalid.map(({ id, errors }) =>
      `# not in force: id=${oneLine(id)} ${oneLine(errors.join("; "))}`
    ),
    "",
  ].join("\n");
}

function isInForce({ state }: PolicyEntry): boolean {
  return state === "active" || state === "other_signal";
}

function idOf(entry: PolicyEntry): string {
  return entry.state === "active" ? entry.spec.id : entry.id;
}

function nameOf(entry: PolicyEntry): string {
  if (entry.state === "invalid") return "";
  return entry.state === "active" ? entry.spec.name : entry.name;
}

/** Of a policy that is off, too: Weir reads no target of one for other signals, only its name. */
export function signalOf(entry: PolicyEntry): string {
  return entry.state === "other_signal" ? entry.signal : "metric";
}

/** Whoever writes a policy could otherwise write lines of others. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

/** Answers `GET /_edge/tap/pre` and `/_edge/tap/post`: the next `n` lines of scrapes. */
export async function tapRequest(state: ServerState, context: Context): Promise<Response> {
  const stage = context.req.param("stage");
  if (stage !== "pre" && stage !== "post") return context.text("not found\n", 404);
  if (!state.settings().config.tapEnabled) {
    return context.text("tap disabled (set tap_enabled in config)\n", 404);
  }
  const asked = context.req.query("n") ?? "";
  const lines = /^\d{1,9}$/.test(asked) ? Number(asked) : DEFAULT_TAP_LINES;
  const bounded = Math.min(Math.max(lines, 1), MAX_TAP_LINES);
  const bytes = await state.tap.take(stage, bounded, context.req.raw.signal);
  if (bytes === undefined) return context.text("a tap is already active\n", 409);
  return context.body(bytes, 200, { "content-type": "application/octet-stream" });
}

const DEFAULT_TAP_LINES = 50;
