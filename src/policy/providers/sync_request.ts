import { configuredAttributes, type KeyValue, type ServiceConfig } from "../resource_attributes.ts";
import { basicAuthorization, percentDecoded } from "../../upstream/basic_authorization.ts";
import { maskSecrets } from "../../upstream/mask_secrets.ts";
import { version } from "../../version.ts";
import { SyncError } from "./sync_response.ts";
import type { PolicyStatus } from "./sync_statuses.ts";

/** What one sync tells the server, besides who the client is. */
export interface SyncState {
  /** True until the first set of policies has arrived. */
  readonly fullSync: boolean;
  /** The server's own time of the last successful sync, in ns since 1970; "0" before it. */
  readonly lastSyncTimestampUnixNano: string;
  /** The hash of the policies in force; empty when there are none. */
  readonly lastSuccessfulHash: string;
  readonly policyStatuses: readonly PolicyStatus[];
}

/** The body of a sync request: a `tero.policy.v1.SyncRequest` in proto3 JSON. */
export function syncRequestBody(service: ServiceConfig, state: SyncState): string {
  return JSON.stringify({
    clientMetadata: {
      supportedPolicyStages: ["POLICY_STAGE_METRIC_FILTER"],
      labels: service.labels.map(stringAttribute),
      resourceAttributes: configuredAttributes(service).map(stringAttribute),
    },
    fullSync: state.fullSync,
    lastSyncTimestampUnixNano: state.lastSyncTimestampUnixNano,
    lastSuccessfulHash: state.lastSuccessfulHash,
    policyStatuses: state.policyStatuses,
  });
}

export interface SyncTarget {
  /** Without user name and password, which are in the headers. */
  readonly url: string;
  readonly headers: Headers;
}

export interface ConfiguredHeader {
  readonly name: string;
  readonly value: string;
}

/**
 * Where to send it, and with which headers: the configured ones, the URL's user name and password
 * as basic authorization unless one is configured, and JSON both ways whatever they say. Throws a
 * SyncError when the URL or a header cannot be sent.
 */
export function syncTarget(text: string, configured: readonly ConfiguredHeader[]): SyncTarget {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new SyncError("wanted an http(s) URL");
  const headers = new Headers();
  for (const { name, value } of configured) {
    try {
      headers.append(name, value);
    } catch {
      // What is thrown quotes the value.
      throw new SyncError(
        `header ${JSON.stringify(name)}: wanted a name and a value that HTTP allows`,
      );
    }
  }
  if (!headers.has("authorization")) {
    const basic = basicAuthorization(url);
    if (basic !== undefined) headers.set("authorization", basic);
  }
  url.username = url.password = "";
  headers.set("content-type", "application/json");
  headers.set("accept", "application/json");
  // On a connection that is kept, runtimes send a request again by themselves when it is lost: the
  // server would count what it holds twice.
  headers.set("connection", "close");
  if (!headers.has("user-agent")) headers.set("user-agent", `Weir/${version}`);
  return { url: url.href, headers };
}

/** Takes the secrets out of a text that came from elsewhere: a server may repeat what it was sent. */
export function withoutSecrets(
  text: string,
  url: string,
  configured: readonly ConfiguredHeader[],
  others: readonly string[] = [],
): string {
  const secrets = configured.flatMap(({ value }) => {
    const whole = value.trim();
    // `Bearer abc`: the token alone is the secret too, the name of the scheme is not.
    const token = /^\S+\s+(.*)$/s.exec(whole)?.[1] ?? "";
    return [whole, token];
  });
  const parsed = URL.parse(url);
  if (parsed !== null) {
    const { username, password } = parsed;
    const basic = basicAuthorization(parsed);
    secrets.push(username, password, percentDecoded(username), percentDecoded(password));
    if (basic !== undefined) secrets.push(basic, basic.slice("Basic ".length));
  }
  return maskSecrets(text, [...secrets, ...others]);
}

function stringAttribute({ key, value }: KeyValue): unknown {
  return { key, value: { stringValue: value } };
}
