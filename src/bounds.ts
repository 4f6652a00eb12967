/**
 * Every bound of the program, with its reason. A number that limits memory or time stands here and
 * nowhere else; what a user may change is a config key and has only its default here.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * How much of one unfinished line is held back, and so how long a line may be that rules reach: the
 * default of `max_line_bytes`, and its most. Up to here a line can still be kept out of a
 * truncated output; a longer one is forwarded in pieces, and a budget that ends inside it breaks
 * the transfer. 1 MiB is 200 times the longest line seen in the field, and small beside 128 MiB.
 */
export const MAX_HELD_LINE_BYTES = 1 * MIB;

/** Families remembered in one analysis; then all are forgotten. */
export const MAX_FAMILIES = 65_536;

/**
 * A kept range shorter than this is copied into a shared buffer instead of being passed on as a
 * view: thousands of tiny chunks cost more than the copy, and each view would keep its whole chunk
 * from being collected.
 */
export const MIN_VIEW_BYTES = 2 * KIB;

/** Remembered decisions of one policy set; emptied whole when there are more. */
export const MAX_SIGNATURES = 16_384;

/** Sets of rules that did something to the same samples; few rule sets have more than a dozen. */
export const MAX_KNOWN_HITS = 1_024;

/** A policy file or sync response larger than this is refused: 8,000 policies take about 3 MiB. */
export const MAX_POLICY_DOCUMENT_BYTES = 16 * MIB;

/**
 * A config file, relabel file or file of tests larger than this is refused: 100,000 rules take about
 * 10 MiB, and who names a scrape or an image in its place is told before it is parsed.
 */
export const MAX_CONFIG_FILE_BYTES = 16 * MIB;

/** How long running scrapes may take to finish after SIGTERM; Kubernetes kills after 30 s. */
export const SHUTDOWN_GRACE_MS = 25_000;

/**
 * How long the last sync with policy servers may take after that: what a server hears of a request that
 * it was sent is worth 2 s, and Kubernetes's 30 are not used up.
 */
export const FINAL_SYNC_MS = 2_000;

/**
 * A stop signal that follows the first one within this time is the same one: Ctrl-C under `npm start`
 * arrives from the terminal and from npm, and timeout(1) signals the process and its group.
 */
export const SAME_SIGNAL_MS = 500;

/**
 * How long the listener waits for policies that come from a file: long enough for any disk, so that
 * the first scrape is filtered, and short enough that a hanging mount does not keep a pod down.
 */
export const LOCAL_POLICIES_WAIT_MS = 1_000;

/**
 * One policy sync, from the connect to the last byte of the response: 8,000 policies take well under
 * a second, and counters wait while a sync is under way.
 */
export const SYNC_TIMEOUT_MS = 10_000;

/**
 * Pause before a failed policy sync is tried again: from 1 s, since a restart of the server takes no
 * longer, up to 5 min, so that a server that is down for hours is not kept down by its clients.
 */
export const MIN_SYNC_BACKOFF_MS = 1000;
export const MAX_SYNC_BACKOFF_MS = 300_000;

/**
 * How long a policy that has left the set is still reported when something of it is counted: scrapes
 * that began with the old set may run that long.
 */
export const VANISHED_POLICY_MS = 60_000;

/**
 * How long the counts of a policy that is not in force are remembered, in case that it comes back:
 * well beyond the time in which they are reported.
 */
export const FORGOTTEN_POLICY_MS = 10 * VANISHED_POLICY_MS;

/**
 * Remembered outcomes of relabelling, by signature: plans and key bytes; emptied whole when full. A
 * plan takes about 1 KiB, so this is 8 MiB at most.
 */
export const MAX_PLANS = 8_192;
export const MAX_PLAN_BYTES = 4 * MIB;

/** Names of labels that are remembered as texts; real expositions have a few hundred. */
export const MAX_LABEL_NAMES = 1_024;
export const MAX_LABEL_NAME_BYTES = 64 * KIB;

/**
 * The part of these plans from which on rules are taken to read a label with many values. Observing
 * what they find costs little where that is wrong, and one plan for each value costs much: with all
 * of MAX_PLANS, a scrape of a million values peaked at 104 MiB instead of 84.
 */
export const MANY_PLANS = 1 / 8;

/**
 * Series of one table, and bytes of their keys. What is beyond fails the scrape: 2 million series
 * are more than Prometheus takes from one target, and `limits` folds earlier.
 */
export const MAX_TABLE_SERIES = 4_194_304;
export const MAX_TABLE_BYTES = 1_024 * MIB;

/**
 * What targets contributed to counters, as remembered from scrape to scrape: 8 bytes each, so 128 MiB
 * at most. 800 targets of 20,000 series; what is beyond becomes a plain sum.
 */
export const MAX_COUNTER_CONTRIBUTIONS = 16_777_216;

/**
 * Native histograms that are remembered of targets, and their totals: 64 MiB are 30,000 of 160 buckets.
 * What is beyond becomes a plain sum.
 */
export const MAX_REMEMBERED_NATIVE_BYTES = 64 * MIB;

/**
 * Counters of one target that are remembered each for itself, in a hash table that is half full: 72
 * bytes each, so 144 MiB at most. Their sums are plain ones beyond.
 */
export const MAX_INPUT_COUNTERS = 2_097_152;

/**
 * What a scrape of many targets keeps of its time for merging and writing: this part of it, but no
 * more than is needed for a million series.
 */
export const MERGE_RESERVE = 0.1;
export const MAX_MERGE_RESERVE_SECONDS = 1;

/**
 * Engines of one program that wait for a scrape: two Prometheus servers are as many as mostly scrape
 * at once. One whose memory has grown beyond the bound is let go, since it cannot shrink.
 */
export const MAX_IDLE_ENGINES = 2;
export const MAX_IDLE_ENGINE_BYTES = 24 * MIB;

/**
 * What an engine remembers of names and shapes of lines, of metadata lines and families; each is
 * forgotten whole when it is full. A family of three series takes about 1 KiB: 8,000 of them fit.
 */
export const MAX_LEARNT_BYTES = 8 * MIB;
export const MAX_KNOWN_BYTES = 8 * MIB;

/**
 * What an engine remembers of the keys of a gateway's series, beside the table itself: 100,000 series of
 * 400 bytes. Lines of others are looked up in the table.
 */
export const MAX_REMEMBERED_BYTES = 64 * MIB;

/**
 * What is remembered of the histograms of one exposition whose buckets do not come together, bound
 * after bound: some 10,000 of a dozen buckets. Beyond, those so far are forgotten.
 */
export const MAX_OPEN_HISTOGRAM_BYTES = 4 * MIB;

/**
 * Series that are gathered whole before the first is written, in bytes of their table: nearly every
 * scrape. Beyond, a family is written when another one begins.
 */
export const WHOLE_TABLE_BYTES = 12 * MIB;

/**
 * The same, and what is known of families, as soon as a family came back after a part of it was
 * written: some 400,000 series, more than targets have that write families in pieces.
 */
export const MOST_WHOLE_TABLE_BYTES = 64 * MIB;

/**
 * Families that are written and forgotten in the same scrape, of which the names are remembered, 8
 * bytes each: 64 MiB of metadata at least, twice what a response of a million families has.
 */
export const MAX_FORGOTTEN_FAMILIES = 1_048_576;

/**
 * Second and later samples of series of which it is remembered which series of the input they were,
 * to tell repetitions: 16 bytes each, so 1 MiB, which a processor's cache holds. Four times as many
 * made the sum of a million samples half as slow again. The same series twice stands side by side, or
 * once in each of two copies of a registry, which have some thousand series.
 */
export const MAX_ORIGINS = 65_536;

/** Label combinations of one of Weir's own metrics; 8,000 policies are supported. */
export const MAX_METRIC_CHILDREN = 10_000;

/** Room for put-together lines at a time; as large as the chunks that upstreams' bodies come in. */
export const SLAB_BYTES = 64 * KIB;

/**
 * Put-together lines that are handed on before garbage is collected. The runtime would wait for some
 * 50 MB of them: a scrape with 35 MB of output peaks at 83 MB resident instead of 140, for 20 ms.
 */
export const GARBAGE_BYTES = 8 * MIB;

/**
 * Lines that are not known, which TypeScript takes, before garbage is collected. Those with another name
 * than the line before, and those that rules edit, leave a KiB or two, and count as
 * LARGE_GARBAGE_LINES: a scrape of 200,000 names peaked at 107 MiB resident instead of 222, for less
 * than 1 µs a line. The others leave little.
 */
export const GARBAGE_LINES = 32_768;
export const LARGE_GARBAGE_LINES = 8;

/**
 * Input that is dropped before garbage is collected: what leaves as output makes the runtime collect
 * by itself. 1 GB filtered to 1 MB peaks at 66 MB resident instead of 72, for 3 ms each time.
 */
export const DROPPED_BYTES = 64 * MIB;

/**
 * A body of the upstream's that says it is no longer is read in one piece, without a stream, and freed
 * as soon as it is processed. A longer one comes in chunks; what the runtime holds for those stays until
 * garbage is collected: after 300 scrapes of 240 kB 84 MiB were resident instead of 69, and in a
 * gateway of 50 targets of 660 kB 280 instead of 190 to 220.
 */
export const MAX_WHOLE_BODY_BYTES = 4 * MIB;

/**
 * Output of a scrape that is gathered before its answer begins: what fails until then has a status,
 * and no stream is needed. Nearly every target sends less; 32 scrapes at a time hold 32 MiB.
 */
export const MAX_GATHERED_BYTES = 1 * MIB;

/**
 * An answer up to this size is handed to the runtime in one piece, and its scrape is over: a socket
 * takes about as much even where the client reads nothing. A larger one is streamed under the watch
 * of UNREAD_RESPONSE_MS.
 */
export const MAX_WHOLE_ANSWER_BYTES = 128 * KIB;

/** What the compressor hands on at a time. */
export const GZIP_CHUNK_BYTES = 64 * KIB;

/** Families that one rule set speaks of in the log: nobody reads more, and the counters go on. */
export const MAX_REPORTED_FAMILIES = 1_000;

/**
 * What a response says of what is missing in it comes on top of its output limit, as that is used up
 * when it is what cut it: 1.6 KiB with the largest numbers. Nothing is cut there: a test holds that
 * all of it fits.
 */
export const MAX_SHORTFALL_BYTES = 2 * KIB;

/** Redirects that are followed for one response. */
export const MAX_REDIRECTS = 5;

/**
 * What a compressed response may decompress to, whatever the input budget says: gzip holds a thousand
 * times its size, so that a few megabytes would keep a core busy until the deadline. 10 million
 * samples of 100 bytes each, five times what Prometheus takes from a large target.
 */
export const MAX_INFLATED_BYTES = 1_024 * MIB;

/**
 * All headers of an upstream's response, names and values. Real ones have hundreds of bytes; Deno
 * gives up at 16 KiB on some connections, and Bun at 256 headers or beyond a megabyte.
 */
export const MAX_RESPONSE_HEADER_BYTES = 64 * KIB;

/**
 * Labels of one sample; what has more counts as not parseable. Samples in the field have 50 at most,
 * a line of 1 MiB could hold 200,000.
 */
export const MAX_SAMPLE_LABELS = 1_024;

/**
 * Buckets of one sign, and bounds, of a native histogram; what has more counts as not parseable. Client
 * libraries are told to keep to some 160, and at the finest resolution the values from a nanosecond to
 * a day take 12,000. A sum that would have more gets a coarser resolution.
 */
export const MAX_NATIVE_BUCKETS = 32_768;

/**
 * Exemplars of native histograms that have become one, the newest: as many as client libraries keep of
 * one histogram by default.
 */
export const MAX_NATIVE_EXEMPLARS = 10;

/**
 * Native histograms that are being added in one scrape, 16 bytes a bucket: 40,000 sums of 160 buckets.
 * What is beyond fails the scrape.
 */
export const MAX_NATIVE_SUM_BYTES = 128 * MIB;

/** A file of passwords, a token or certificates; the system's bundles of authorities have 0.3 MiB. */
export const MAX_CREDENTIAL_BYTES = 1 * MIB;

/**
 * What a YAML text may hold with its aliases written out: ten aliases of ten of ten … are a few lines.
 * Go's YAML allows as many. A text without aliases may be larger.
 */
export const MAX_ALIASED_NODES = 400_000;

/**
 * How often a file that is empty is read before that counts, and the pause between: who writes in
 * place empties the file first, and takes a few milliseconds at most.
 */
export const REWRITTEN_FILE_READS = 5;
export const REWRITTEN_FILE_MS = 20;

/**
 * Answers that are under way or kept for others who request the same: `/metrics` in its two formats
 * and a few paths more. What comes beyond is answered by itself, as without `coalesce`.
 */
export const MAX_COALESCED = 8;

/** What is written to the state file at a time: few calls, and little beside the tables. */
export const STATE_CHUNK_BYTES = 64 * KIB;

/**
 * What the counting sets of an analysis may hold: a family of 150,000 series is exact in every figure
 * with it, and so is any number of such families one after the other. When it is used up, the metrics
 * that were not seen for the longest time keep their figures and a sketch; what grows beyond becomes an
 * estimate, and labels that come when nothing can be had back are not followed.
 */
export const MAX_ANALYSIS_BYTES = 24 * MIB;

/** Metrics analysed one by one; a scrape has some 5,000. What is beyond is counted as one. */
export const MAX_ANALYZED_METRICS = 32_768;

/**
 * Values that an analysis lists for a label, the most frequent ones: more than a person reads, and
 * all of nearly every label that is not itself the problem.
 */
export const MAX_LISTED_VALUES = 100;

/** Bytes of such a value that are kept: beyond, only its beginning is shown. */
export const MAX_LISTED_VALUE_BYTES = 256;

/** Rules that an analysis recommends: the first ones are what matters. */
export const MAX_RECOMMENDATIONS = 20;

/** Metrics that a recommended rule names one by one: a longer pattern is no rule that one reads. */
export const MAX_NAMED_METRICS = 50;

/**
 * Output series of which a preview keeps the members, as examples of what collides: 5,000 of 1 KiB are
 * 5 MiB. Of these, so many are shown, with so many members each.
 */
export const MAX_WATCHED_SERIES = 5_000;
export const MAX_SHOWN_COLLISIONS = 10;
export const MAX_SHOWN_MEMBERS = 5;

/**
 * Requests that scrape at a time, by default: two Prometheus servers, a few people and the subsets'
 * makers are far below it. Each may hold a line, a compressor and what its socket does not take.
 */
export const DEFAULT_MAX_CONCURRENT_SCRAPES = 32;

/** Requests that wait for one of those to end, and for how long: a usual scrape timeout is 10 s. */
export const MAX_WAITING_SCRAPES = 128;
export const MAX_SCRAPE_WAIT_MS = 5_000;

/** What a client that is turned away is told to wait, in seconds. */
export const RETRY_AFTER_SECONDS = 1;

/**
 * A client that takes nothing of its response for this time is cut: Prometheus gave up long before,
 * and what it holds (an upstream's connection, a place among the scrapes) is for others.
 */
export const UNREAD_RESPONSE_MS = 30_000;

/**
 * From the connect to the end of the first request's head, TLS handshake included; Bun measures it in
 * steps of 4 s. Prometheus takes one round trip; who opens a connection and waits costs a descriptor.
 */
export const FIRST_REQUEST_SECONDS = 10;

/** Head of a request. A scrape's takes 0.5 KiB, and a bearer token of the longest kind 8 KiB. */
export const MAX_REQUEST_HEAD_BYTES = 16 * KIB;

/** Steps of `limits.shed`: each is a set of rules of its own, and who has more has too many series. */
export const MAX_SHED_STEPS = 16;

/**
 * A step is given back when so many scrapes, one after the other, would have had at most this share of
 * `limits.series` without it. Where that was too early the scrapes are doubled, up to some hours of them.
 */
export const RELEASE_SHARE = 0.8;
export const RELEASED_AFTER_SCRAPES = 5;
export const RELEASED_AFTER_SCRAPES_AT_MOST = 320;

/** Changes of what is in force that `/-/status` tells of: those of a bad afternoon. */
export const MAX_LISTED_CHANGES = 20;

/** How long a tap waits for lines of scrapes, as Edge's does. */
export const TAP_WAIT_MS = 1_000;

/** Most lines that one tap shows, and most bytes of them: a debugger reads no more. */
export const MAX_TAP_LINES = 1_000;
export const MAX_TAP_BYTES = 8 * MIB;

/** Clients that listen at `/analyze/tap` at a time: what one stage shows is worked out once for all. */
export const MAX_TAP_LISTENERS = 4;

/** How long such a client may listen: some scrapes at the longest interval that is usual. */
export const MAX_TAP_SECONDS = 300;

/**
 * How much of its time a scrape may spend on a stage that somebody listens to: far below the timeouts
 * of scrapes, and 50,000 samples or more. The rest of that scrape is not shown.
 */
export const TAP_SCRAPE_MS = 500;

/** Longer lines are not shown there: what looks for a pattern in a line holds everything up. */
export const MAX_TAP_LINE_BYTES = 16 * KIB;

/** Length of such a pattern. */
export const MAX_TAP_MATCH_LENGTH = 256;

/** Body of a request: rules, policies and a sample for a preview. The largest rules seen have 20 KiB. */
export const MAX_REQUEST_BODY_BYTES = 256 * KIB;

/**
 * The same with a document of `weir usage` in it: that of all rules and dashboards of kube-prometheus has
 * 1.2 MB, and 390 kB without the expressions, as the page sends it.
 */
export const MAX_USED_BODY_BYTES = 1 * MIB;

/** Uses in a document that comes with a request, and their distinct regexes: kube-prometheus has 780 and 35. */
export const MAX_USES_OF_REQUEST = 5_000;
export const MAX_PATTERNS_OF_REQUEST = 500;

/**
 * How many uses such a document may have compared with names and series, a regex counting for ten: about two
 * seconds. Those of kube-prometheus and 500,000 series take half of it.
 */
export const MAX_WORK_OF_USES = 10_000_000;

/** What rules of a preview take away of what is used: the first ones show what is wrong with a rule. */
export const MAX_LISTED_TAKEN = 100;

/**
 * Each text of a draft: rules, policies, a sample. The parser of YAML takes some 5 ms for a KiB, in one
 * go on the thread that scrapes, and the largest rules seen have 20 KiB.
 */
export const MAX_DRAFT_BYTES = 64 * KIB;

/** Rules of a draft, its subsets' too: 60 times as many as people have, and applied to each sample. */
export const MAX_DRAFT_RULES = 1_000;

/**
 * Instructions of all regexes of a draft's text, estimated before any is compiled, which takes 1 to 4
 * µs for each. A KiB of usual regexes has a thousand; `\pL{1000}` is all there may be.
 */
export const MAX_DRAFT_INSTRUCTIONS = 100_000;

/** Problems that are told of a draft: the first ones are what one mends. */
export const MAX_DRAFT_PROBLEMS = 100;

/**
 * What one relabel rule may make of a sample's labels, in characters: as long as a line may be. Rules
 * that double a value take all memory there is by the thirtieth.
 */
export const MAX_MADE_VALUE_LENGTH = MAX_HELD_LINE_BYTES;

/**
 * Input that a preview takes before it looks at the clock, at least. It takes less the more text its
 * draft has, as each sample is matched with all of that.
 */
export const MIN_ANALYSIS_PIECE_BYTES = 1 * KIB;

/** TLS connections at a time. Each takes some 40 KiB, so 40 MiB; without TLS, scrapes bound it. */
export const MAX_TLS_CONNECTIONS = 1_024;

/** Users of the web config file. Each has one remembered password of 32 bytes. */
export const MAX_BASIC_AUTH_USERS = 1_024;

/**
 * Cost of a bcrypt hash. One comparison takes 0.25 s of the one thread at 12, and twice that at 13:
 * nobody who guesses may stop scrapes with it.
 */
export const MAX_BCRYPT_COST = 12;

/** Comparisons of passwords at a time, all on one thread, and requests that wait: how many, how long. */
export const MAX_PASSWORD_COMPARISONS = 2;
export const MAX_WAITING_COMPARISONS = 32;
export const MAX_COMPARISON_WAIT_MS = 5_000;

/**
 * Wrong passwords that are compared: so many at once, then one more each second. Together with the
 * cost that is a quarter of one processor at most. Whoever is known already does not wait for it.
 */
export const WRONG_PASSWORDS_BURST = 10;
export const WRONG_PASSWORDS_PER_SECOND = 1;

/**
 * What the Kubernetes API server said of a token and a path holds for so long: after that a scrape
 * asks again. Somebody who may no more is served until then; somebody who may now, not before.
 */
export const ALLOWED_REVIEW_MS = 120_000;
export const DENIED_REVIEW_MS = 10_000;

/** Answers that are known: a digest each, and the one that was used least lately goes. */
export const MAX_KNOWN_REVIEWS = 1_024;

/** Reviews at a time, requests that wait for one, and how long they do. */
export const MAX_REVIEWS = 4;
export const MAX_WAITING_REVIEWS = 64;
export const MAX_REVIEW_WAIT_MS = 5_000;

/** One request to the API server; Prometheus waits for its scrape meanwhile. */
export const REVIEW_TIMEOUT_MS = 3_000;

/** How long the API server is left alone after a failure. */
export const REVIEW_PAUSE_MS = 1_000;

/**
 * Tokens that let nobody in: so many are reviewed at once, then so many each second, so that the API
 * server has nothing from those who guess. Who was let in before does not wait for it.
 */
export const NEW_REVIEWS_BURST = 20;
export const NEW_REVIEWS_PER_SECOND = 2;

/** A token of a service account has 1,000 characters. */
export const MAX_TOKEN_CHARACTERS = 8_192;

/** An answer to a review: a user with all groups. */
export const MAX_REVIEW_BYTES = 256 * 1024;

/**
 * Analyses of the live scrape that wait for their turn after the one that runs: each may hold its
 * counting sets, so they go one after the other, and a few people with the page open are served.
 */
export const MAX_WAITING_ANALYSES = 4;

/** When to try again where too many wait: an analysis takes about as long as a scrape. */
export const BUSY_RETRY_SECONDS = 5;

/** Between the two scrapes of a churn measurement: the longest scrape interval in common use. */
export const MAX_CHURN_SECONDS = 60;

/** Of a CPU profile, whose samples, a thousand a second, are held in memory until it ends. */
export const MAX_PROFILE_SECONDS = 300;

/** Metrics that a churn measurement lists, those that change most: the page shows no more. */
export const MAX_CHURN_METRICS = 500;

/** An analysis lets others have their turn after so long: a scrape must not wait for it. */
export const ANALYSIS_SLICE_MS = 10;

/**
 * Input of an analysis between two collections of garbage. A preview of 69 MB peaked some 35 MB above
 * a scrape with 2 MiB, and some 85 MB with 8 MiB, in about the same time.
 */
export const ANALYSIS_GARBAGE_BYTES = 2 * MIB;

/** Targets that `/-/status` lists, those that are down first: some 30 kB of JSON. */
export const MAX_LISTED_TARGETS = 200;
/** Rules of which samples of a scrape are kept as examples, and how long their lines may be. */
export const MAX_EXAMPLE_RULES = 200;
export const MAX_EXAMPLE_LINE_BYTES = 2_000;

/** Of the tests that are made of those: each repeats all the rules, which may be 256 KiB. */
export const MAX_EXAMPLE_TESTS_BYTES = 1 * MIB;

/**
 * Texts that are put together while a regex of a rule is taken apart into those that it matches; what
 * takes more stays a regex. A drop of 5,000 metrics takes twice as many.
 */
export const MAX_PATTERN_TEXTS = 50_000;

/** Metadata of one family, for a sample that is followed. */
export const MAX_SAMPLE_METADATA_BYTES = 64 * KIB;

/**
 * Regexes run on bytes, by automata built from re2js's program as they are needed. What those of one
 * set of rules or policies may take together: a pattern of the usual kind takes 5 KiB.
 */
export const MAX_DFA_BYTES = 4 * MIB;

/** Larger programs, such as those of counted repetitions of classes, are left to re2js. */
export const MAX_DFA_INSTRUCTIONS = 1_000;

/** Times that an automaton begins again for want of memory before it is given up. */
export const MAX_DFA_RESTARTS = 16;

/** Different sets of groups that one step begins and ends: as many as are numbered in 18 bits. */
export const MAX_CAPTURE_ACTIONS = 262_143;

/**
 * Families of a protobuf body up to this size are held until they are there as a whole: their unit
 * stands behind their metrics. Larger ones are read metric by metric; nearly none is.
 */
export const MAX_WHOLE_FAMILY_BYTES = 1 * MIB;

/** One metric of a protobuf body: a histogram of 10,000 buckets with exemplars fits. */
export const MAX_METRIC_BYTES = 1 * MIB;

/**
 * Heads of families (name, help, unit) that a reader of protobuf bodies remembers from scrape to scrape, and
 * their bytes: large targets have some 2,000. Beyond, it begins anew.
 */
export const MAX_KNOWN_HEADS = 4_096;
export const MAX_KNOWN_HEADS_BYTES = 1 * MIB;

/**
 * Buffers of the one reader of protobuf bodies that waits for the next scrape. One that has met a large
 * family is let go.
 */
export const MAX_IDLE_READER_BYTES = 1 * MIB;

/** What a family of a protobuf body has beside its metrics: name, help, unit, unknown fields. */
export const MAX_FAMILY_HEAD_BYTES = 1 * MIB;

/**
 * The lines of one metric of a composite body. Each bucket's line repeats the labels, so that a metric
 * of MAX_METRIC_BYTES could have gigabytes of them.
 */
export const MAX_METRIC_LINES_BYTES = 8 * MIB;

/**
 * The lines of a protobuf body to its bytes, on top of one such metric: of 8 KiB with 2,000 empty buckets
 * there would be 1,000 times as many. A histogram of 200 buckets with a KiB of labels takes 60 times. What
 * has come at once, 1 MiB at most, is so lifted in less than half a second.
 */
export const MAX_LINES_PER_BYTE = 128;

/**
 * A family of a protobuf body is held until it can be said how long what is left of it is; beyond, it
 * is written as several messages, which Prometheus reads as one.
 */
export const MAX_REWRITTEN_FAMILY_BYTES = 4 * MIB;

/** Lines of composite metrics that are handed on at a time, and metrics that are written again. */
export const LIFTED_BLOCK_BYTES = 64 * KIB;

/**
 * What is held of one family while its lines are put together into metrics, in bytes and in lines of
 * samples: 40,000 lines of 200 bytes. Of a larger family all metrics but the one at hand are written then,
 * and lines of them that come later are samples for themselves.
 */
export const MAX_COMPOSED_FAMILY_BYTES = 8 * MIB;
export const MAX_COMPOSED_FAMILY_LINES = 131_072;

/** The file of policies of earlier runs: as much as a few servers may send. */
export const MAX_POLICY_CACHE_BYTES = 64 * 1024 * 1024;

/** Places that a use of series is listed with: who reads the list has seen enough. */
export const MAX_LISTED_PLACES = 20;

/** One source of `weir usage`: a Prometheus's rules, a dashboard, a query log. */
export const MAX_USAGE_BYTES = 256 * 1024 * 1024;

/**
 * Series of the output of which it is remembered what went into them first, to find those that become one
 * by a function that is no sum: about 300 bytes each.
 */
export const MAX_GUARDED_SERIES = 65_536;

/**
 * Log lines for a reader that is behind: as much again as a pipe holds itself. Beyond, lines are left
 * out, since a scrape must not wait for them.
 */
export const MAX_HELD_LOG_BYTES = 64 * KIB;

/** How long a message waits for a reader that takes nothing: a pager that somebody left open. */
export const MAX_MESSAGE_WAIT_MS = 10_000;

/** Input between two looks at the memory that the process has, each of some 10 µs. */
export const MEMORY_CHECK_BYTES = 256 * KIB;

/**
 * The part of a container's memory that scrapes may bring the process to, in what the system cannot
 * take back: the rest is for the binary's code, of which 20 MiB are in use, and for what comes before
 * the next look.
 */
export const USABLE_MEMORY = 0.75;
