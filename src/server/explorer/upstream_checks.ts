import type { UpstreamFailure } from "../../telemetry/weir_metrics.ts";

/**
 * What to look at when an upstream could not be read, the likeliest first: by why that was, as
 * `weir_upstream_errors_total` counts it.
 */
export function upstreamChecks(reason: UpstreamFailure | undefined): readonly string[] {
  return reason === undefined ? [] : CHECKS[reason];
}

const CHECKS: Readonly<Record<UpstreamFailure, readonly string[]>> = {
  refused: [
    "Does the exporter run, and listen on this port?",
    "Does it listen on the address that Weir connects to? In a pod containers share 127.0.0.1; across " +
    "pods it has to listen on 0.0.0.0.",
    "Does a network policy or a firewall let Weir through?",
  ],
  reset: [
    "Did the exporter restart, or end while it answered? Its log tells.",
    "Is the port one of HTTP, not of HTTPS (or the other way round)?",
  ],
  timeout: [
    "How long does the exporter take by itself? The command below tells.",
    "Is scrape_timeout in Prometheus long enough? Weir answers 0.5 s before it ends.",
    "Does a network policy or a firewall drop the packets?",
  ],
  status: [
    "Is the path right? What the exporter serves may be at another one than /metrics.",
    "With 401 or 403: are the credentials under http_config right?",
    "With 5xx: what does the exporter's log say?",
  ],
  dns: [
    "Is the name right, with its namespace (name.namespace.svc)?",
    "Does the name resolve where Weir runs?",
  ],
  tls: [
    "Is the certificate's authority known? http_config.tls_config.ca_file names one.",
    "Is the certificate for this name, and still valid? tls_config.server_name gives another name.",
  ],
  protocol: [
    "Does the command below show an exposition, or something else: a login page, an error?",
    "If its Content-Type names no format, scrape.fallback_protocol says which it is.",
  ],
  credentials: [
    "Is the file of credentials there, and may Weir's user read it?",
  ],
  oversized: [
    "Is this URL the exporter's metrics? The answer is larger than any exposition should be.",
  ],
};

/**
 * The command that requests what Weir requests; undefined where there is no URL. A password in the URL is not
 * known here: curl asks for it.
 */
export function curlLine(scrapeUrl: string): string | undefined {
  const socket = /^unix:([^:]+)(?::(\/.*))?$/.exec(scrapeUrl);
  if (socket !== null) {
    const [, path, where = "/"] = socket;
    return `curl -sSi --max-time 10 --unix-socket ${quoted(path)} ${
      quoted(`http://localhost${where}`)
    } | head`;
  }
  const [, scheme, user, rest] = /^(https?:\/\/)(<secret>@)?(.+)$/i.exec(scrapeUrl) ?? [];
  if (rest === undefined) return undefined;
  const login = user === undefined ? "" : "-u USER ";
  return `curl -sSi --max-time 10 ${login}${quoted(scheme + rest)} | head`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
