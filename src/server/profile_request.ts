import type { Context } from "hono";
import { html } from "hono/html";
import { BUSY_RETRY_SECONDS, MAX_PROFILE_SECONDS } from "../bounds.ts";
import { isLocalOnly, isLoopback } from "../config/listen.ts";
import { absoluteUrl } from "../scrape/absolute_url.ts";
import { NO_STORE } from "./analysis_failure.ts";
import { isSameOrigin } from "./preview_access.ts";
import type { ServerState } from "./server_state.ts";

/** What stands below `/debug/pprof/`, where Go's programs have their profiles. */
export const PROFILES = "/debug/pprof/";

/** Go's. */
const DEFAULT_SECONDS = 30;

const OFF =
  "profiles are off on a listener that other machines reach: set web.profiling to true, or --profiling";

/** A profile costs time and memory, and two at once would each show the other. */
let isTaking = false;

/**
 * Answers below `/debug/pprof/`: links, a CPU profile, the heap's sizes, or a snapshot of it. The
 * links are always there; the rest only where it is on, since a snapshot holds all secrets.
 */
export async function profileRequest(state: ServerState, context: Context): Promise<Response> {
  const isOn = state.settings().config.web.profiling;
  const name = context.req.path.slice(PROFILES.length);
  if (name === "") return await links(context, isOn);
  const profile = TAKEN[name];
  if (profile === undefined) {
    return context.text(`no profile ${JSON.stringify(name)}: there are ${NAMES.join(", ")}\n`, 404);
  }
  if (!isOn) return context.text(`${OFF}\n`, 403);
  if (isOfForeignPage(state, context)) {
    return context.text("the request comes from a page of another site\n", 403);
  }
  const { take, type, file } = profile;
  const seconds = secondsOf(context);
  if (seconds === undefined) {
    const wanted = `a number above 0, at most ${MAX_PROFILE_SECONDS}`;
    return context.text(`seconds: found another value, wanted ${wanted}\n`, 400);
  }
  const headers = {
    "content-type": type,
    "content-disposition": `attachment; filename="${file}"`,
    ...NO_STORE,
  };
  if (context.req.method === "HEAD") return new Response(null, { headers });
  if (isTaking) {
    const retry = { "retry-after": String(BUSY_RETRY_SECONDS) };
    return context.text("another profile is being taken\n", 503, retry);
  }
  isTaking = true;
  try {
    return new Response(await take(seconds, context.req.raw.signal), { headers });
  } finally {
    isTaking = false;
  }
}

/**
 * Whether a browser asks for a page that is not this server's: one of another site, or one whose name
 * was made to lead here, where nobody but this machine can connect.
 */
function isOfForeignPage(state: ServerState, { req }: Context): boolean {
  const { listen } = state.settings().config;
  if (!isSameOrigin(req.raw)) return true;
  const isNamed = "unix" in listen || !isLocalOnly(listen);
  return !isNamed && !isLoopback(new URL(absoluteUrl(req.url)).hostname);
}

interface Taken {
  readonly what: string;
  readonly type: string;
  readonly file: string;
  readonly take: (seconds: number, signal: AbortSignal) => Promise<BodyInit>;
}

const TAKEN: Readonly<Record<string, Taken>> = {
  profile: {
    what: `CPU profile, for ?seconds=${DEFAULT_SECONDS}`,
    type: "application/json",
    file: "weir.cpuprofile",
    take: async (seconds, signal) =>
      await (await import("../runtime/profiles.ts")).cpuProfile(seconds, signal),
  },
  heap: {
    what: "sizes of the heap and of the process, in bytes",
    type: "application/json",
    file: "weir-heap.json",
    take: async () => {
      const { heapStatistics } = await import("../runtime/profiles.ts");
      return `${JSON.stringify(heapStatistics(), null, 2)}\n`;
    },
  },
  heapsnapshot: {
    what: "snapshot of the heap, with all that is in memory: secrets, too",
    type: "application/json",
    file: "weir.heapsnapshot",
    take: async () => (await import("../runtime/profiles.ts")).heapSnapshot(),
  },
};
const NAMES = Object.keys(TAKEN);

function secondsOf(context: Context): number | undefined {
  const text = context.req.query("seconds") ?? String(DEFAULT_SECONDS);
  const seconds = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  return seconds > 0 && seconds <= MAX_PROFILE_SECONDS ? seconds : undefined;
}

async function links(context: Context, isOn: boolean): Promise<Response> {
  const rows = Object.entries(TAKEN).map(([name, { what, file }]) =>
    html`<li><a href="${PROFILES}${name}" download="${file}">${name}</a>: ${what}</li>`
  );
  return await context.html(html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>Weir: profiles</title>
      </head>
      <body>
    <h1>Profiles</h1>
    ${isOn ? "" : html`<p>${OFF}</p>`}
    <ul>${rows}</ul>
    <p>Browsers' developer tools read the CPU profile and the snapshot.</p>
      </body>
    </html>
  `);
}
