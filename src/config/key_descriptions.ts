// Written by scripts/build_key_descriptions.ts from the tables of docs/configuration.md.

/** What each key of a config file means, by what has the key. */
export const KEY_DESCRIPTIONS = {
  file: {
    "listen_address": "IP address or host name to listen on; :: is all interfaces",
    "listen_port": "port to listen on; 0 takes a free one (default: 8080)",
    "listen":
      "both in one: ADDR:PORT, [::1]:8080, :8080 (all interfaces) or unix:PATH: where to listen",
    "upstream_url":
      "endpoint to scrape. Without a path the request's own is used: /metrics becomes http://localhost:8080/metrics. Without a scheme http:// is meant. unix:PATH is a Unix socket",
    "metrics_url": "when set, used for /metrics in place of upstream_url (default: null)",
    "upstreams":
      "list of upstreams, in place of upstream_url and metrics_url: both forms together are an error; see many targets (default: none)",
    "http_config.basic_auth.username":
      "user name to send, with a password; for all of http_config see below (default: none)",
    "http_config.basic_auth.username_file": "path of a file that holds it (default: none)",
    "http_config.basic_auth.password": "password to send (default: none)",
    "http_config.basic_auth.password_file": "path of a file that holds it (default: none)",
    "http_config.authorization.type":
      "what stands before the credentials in the Authorization header (default: Bearer)",
    "http_config.authorization.credentials": "what stands after the type (default: none)",
    "http_config.authorization.credentials_file": "path of a file that holds it (default: none)",
    "http_config.tls_config.ca":
      "certificates to trust in place of the system's, in PEM (default: the system's)",
    "http_config.tls_config.ca_file": "path of a file that holds them (default: none)",
    "http_config.tls_config.cert": "certificate to show to the server, in PEM (default: none)",
    "http_config.tls_config.cert_file": "path of a file that holds it (default: none)",
    "http_config.tls_config.key": "its private key, in PEM, not encrypted (default: none)",
    "http_config.tls_config.key_file": "path of a file that holds it (default: none)",
    "http_config.tls_config.server_name":
      "name to send, and to look for in the server's certificate (default: the URL's host)",
    "http_config.tls_config.insecure_skip_verify":
      "take any certificate for the server's (default: false)",
    "http_config.tls_config.min_version":
      "TLS12 or TLS13: the oldest version of TLS to speak (default: TLS12)",
    "http_config.tls_config.max_version":
      "TLS12 or TLS13: the newest version of TLS to speak (default: TLS13)",
    "http_config.http_headers":
      "map of header names; each has lists of values, secrets and files, and is sent with all of them (default: none)",
    "http_config.follow_redirects":
      "follow redirects, within the origin and to redirect_hosts; false takes them for the answer (default: true)",
    "http_config.redirect_hosts":
      "list of hosts (metrics.example.com, or metrics.example.com:9100) that redirects may lead to besides the origin, without credentials; see security (default: none)",
    "passthrough":
      "forward paths that Weir does not serve to the upstream; in Edge's form every method passes (default: false, in Edge's form true)",
    "forward_headers":
      "headers of clients that the upstream gets: all, none or a list of names; see in Edge's form (default: none, in Edge's form all)",
    "self_metrics":
      "append: Weir's own metrics stand in each scrape's response, behind the application's (default: off)",
    "coalesce":
      "requests that come during a scrape share its response (default: true with many targets, else false)",
    "min_scrape_interval":
      "within this time of a scrape its response is given again; 0 means never (default: 0)",
    "dns_family":
      "addresses of a name with dns+ that are targets: auto (IPv4 where there is any, else IPv6), ipv4, ipv6 or both; see many targets (default: auto)",
    "on_target_error":
      "what a scrape does when a target cannot be read: partial goes on with the others, fail answers with an error (default: partial)",
    "target_metrics":
      "whether responses tell of the targets themselves: which are up, how long they took, how many samples they gave (default: true with many targets, else false)",
    "target_label":
      "label that gets the target's address on every sample; without it, samples of different targets with equal labels are aggregated (default: none)",
    "target_ttl": "after how long a target that is gone is forgotten (default: 5m)",
    "counters":
      "monotonic sums survive restarts of targets and series that go away, raw ones fall with them (default: monotonic; with one upstream raw)",
    "state_file":
      "path of a file that keeps the sums of counters over a restart of Weir (default: none)",
    "shard":
      "I/N: this process scrapes the I-th of N parts of the targets, counted from 0; see many targets (default: none)",
    "compression": "auto, off or gzip: whether responses are compressed (default: auto)",
    "log_level":
      "debug, info, warn or error, in any case (also err, trace and warning) (default: info)",
    "log_format": "logfmt or json (default: logfmt)",
    "max_body_size":
      "most bytes of a request's body that is passed on, else 413; what is no size is ignored (default: 1048576)",
    "tap_enabled":
      "answer /_edge/tap/pre and /_edge/tap/post: whoever reaches the port may then look at lines of scrapes (default: false)",
    "strict": "in Edge's form: unknown keys are errors, as they are elsewhere (default: false)",
    "scrape.timeout":
      "longest time for one upstream request, at most 24h; 0 leaves it to the client (default: 15s)",
    "scrape.protocols":
      "formats that may be requested from the upstream, a list or a text with commas: formats (default: all that are known)",
    "scrape.offset":
      "taken off the timeout that Prometheus announces, so that Weir answers first (default: 0.5s)",
    "scrape.on_limit":
      "fail fails a scrape at a byte limit; truncate ends the response validly, and says so",
    "scrape.on_unreadable":
      "pass, drop or fail: what becomes of a line that is no sample; with several targets or counters: monotonic fail, which is the default there, or drop (default: pass)",
    "scrape.fallback_protocol":
      "what a response is whose Content-Type names no format: a name that Prometheus's fallback_scrape_protocol takes, like PrometheusText0.0.4 (default: none)",
    "scrape.concurrency": "most targets scraped at a time, from 1 to 4096 (default: 64)",
    "scrape.max_concurrent":
      "most requests that scrape at a time, from 1 to 4096; a bounded number of others waits (default: 32)",
    "scrape.max_line_bytes":
      "a longer line is not looked at: on_unreadable says what becomes of it, by default it passes; at most 1MiB, and always that with many targets or counters: monotonic (default: 1MiB)",
    "prometheus.max_input_bytes_per_scrape": "most bytes read from the upstream; 0 means unlimited",
    "prometheus.max_output_bytes_per_scrape": "most bytes returned; 0 means unlimited",
    "service.name": "sent to policy servers, as are the five below (default: weir)",
    "service.resource_attributes": "list of key and value (default: none)",
    "service.labels": "list of key and value (default: none)",
    "policy_providers":
      "list of providers; of policies with the same id see provider_precedence (default: none)",
    "provider_precedence":
      "whose policy of the same id is in force: listed, that of the first provider; remote, those of servers before those of files, and of the same kind the later one's (default: listed, in Edge's form remote)",
    "policy_cache":
      "path of a file that keeps the policies of policy servers: after a restart they are in force until a sync succeeds (default: none)",
    "require_policies":
      "whether scrapes are answered 503, and /-/ready too, until every provider has policies, fresh or of policy_cache (default: false)",
    "metric_relabel_configs": "list of relabel rules, as Prometheus has them (default: none)",
    "relabel_mode":
      "enforce, shadow or {canary: 10%}: whether those rules, or those of relabel_file, are in force, or tried (default: enforce)",
    "canary_name":
      "the name by which canaries tell this instance from others (default: POD_NAME, else HOSTNAME of the environment)",
    "relabel_file":
      "path of a file with relabel rules and subsets, in place of metric_relabel_configs and subsets: together with either it is an error (default: none)",
    "subsets":
      "map of names and lists of relabel rules: the rules of /metrics/<name>. A name has letters, digits, _, - and . (default: none)",
    "subset_timestamps": "whether samples of a subset get the time of their scrape (default: true)",
    "subset_max_age": "how old the scrape may be that a subset is taken from (default: 5m)",
    "aggregation.rules":
      "list of rules for samples that collide after relabelling; the first that matches a sample wins (default: none)",
    "aggregation.defaults":
      "whether the built-in rules for such samples are in force after those (default: true)",
    "limits.series_per_family":
      "most series of one family; for all of limits, 0 means unlimited, and see cardinality guard (default: 0)",
    "limits.series": "most series of a scrape (default: 0)",
    "limits.label_values":
      "map of label names and numbers: most distinct values of that label in one family (default: none)",
    "limits.label_value_length": "most bytes of a label's value, as it is written (default: 0)",
    "limits.action":
      "overflow, drop or fail: what becomes of a sample beyond a limit (default: overflow)",
    "limits.memory":
      "most memory of the process that the system cannot take back: a scrape that would take more fails with 502, and others go on; 0 means unlimited; of the file, not of a route (default: three quarters of the container's)",
    "limits.mode": "the same as relabel_mode, of the limits (default: enforce)",
    "limits.shed":
      "list of steps, 16 at most, that a scrape takes which has more series than limits.series: see what goes first. Not in gateways (default: none)",
    "routes":
      "list of paths with an upstream, rules and counters of their own: see routes (default: none)",
    "web.reload":
      "answer POST /-/reload: whoever reaches the port may then make Weir read its files (default: false)",
    "web.preview":
      "answer POST /analyze/preview, the what-if: whoever reaches the port may then have rules tried on a scrape (default: true if only this machine can connect (loopback, Unix socket))",
    "web.profiling":
      "take profiles at /debug/pprof/ (default: true if only this machine can connect, and without passthrough)",
    "web.tap":
      "answer GET /analyze/tap: whoever reaches the port may then see samples as they come, before the rules too, and cost some time (default: true if only this machine can connect)",
    "web.telemetry_path":
      "path of the filtered scrape; not together with routes, which name their own (default: /metrics)",
    "web.config_file":
      "path of a file with TLS, users and headers for clients: serving (default: none)",
    "web.auth_exempt":
      "list of health endpoints that need neither a password nor a token: /_health, /-/healthy, /-/ready (default: none)",
    "web.kubernetes_auth":
      "bearer tokens of the cluster let in: see Kubernetes's tokens; {} is the Pod's own account (default: none)",
    "web.kubernetes_auth.api_server":
      "URL of the API server (default: that of the Pod's environment)",
    "web.kubernetes_auth.audiences":
      "list of those for whom a token has to be (default: the API server)",
    "web.kubernetes_auth.http_config":
      "how the API server is requested; see requests (default: the Pod's service account)",
  },
  provider: {
    "path": "policy file, watched and read again when it changes",
    "url": "endpoint to sync with",
    "headers": "list of name and value, sent with each request (default: none)",
    "http_config":
      "credentials and TLS settings, as above; they are used beside headers (default: none)",
    "mode":
      "enforce, shadow or {canary: 10%}, of its policies that do not say it themselves (default: enforce)",
    "poll_interval_secs":
      "seconds from 1 to 86400. HTTP providers that do not set it follow what the server recommends (default: 60)",
    "poll_interval": "another name for it; a duration such as 5m",
  },
  upstream: {
    "url": "endpoint to scrape, written as in upstream_url",
    "labels":
      "map of label names and values, put on every sample of its targets before the rules; an empty value is none (default: none)",
    "dns_family": "which addresses of the name, after dns+ alone (default: the one above)",
    "http_config":
      "credentials and TLS settings of this upstream, in place of all of the common ones (default: the common one)",
  },
  aggregation: {
    "label": "name of a label to leave out; not le, quantile or __name__",
    "of":
      "with label: RE2 pattern, anchored at both ends; only series whose name matches lose the label",
    "metric": "RE2 pattern, anchored at both ends: series whose name matches are left out",
  },
  undefined: {
    "match": "RE2 pattern, anchored at both ends, on the sample's name after relabelling",
    "function": "sum, min, max, avg, count, last or drop",
  },
} as const;
