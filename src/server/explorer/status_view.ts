import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { ProviderStatus, RouteStatus, ScrapeStatus, TargetsStatus } from "../status_facts.ts";
import type { Status } from "../status_request.ts";
import { type Child, element, fill } from "./dom.ts";
import { foreignText } from "./foreign_text.ts";
import type { RequestError } from "./requests.ts";
import { routesView } from "./routes_view.ts";
import {
  agoText,
  durationText,
  inForceText,
  routeOf,
  savedText,
  scrapeWord,
  spanText,
  stateOf,
  wentTexts,
} from "./status_text.ts";
import { targetsView } from "./targets_view.ts";

/** What changes from answer to answer though nothing happened. */
const AGES: ReadonlySet<string> = new Set(["at", "ageSeconds", "uptimeSeconds"]);

/** What Weir does now. Drawn anew when something happened; in between ages alone change. */
export class StatusView {
  readonly #now: HTMLElement;
  readonly #state: HTMLElement;
  readonly #route: string | undefined;
  #drawn = "";
  #toldAt = new Date();

  /** `route`: the path of the one that the page is of; undefined: the main one. */
  constructor(now: HTMLElement, state: HTMLElement, route: string | undefined) {
    this.#now = now;
    this.#state = state;
    this.#route = route;
    fill(now, skeleton());
    now.ariaBusy = "true";
  }

  show(status: Status): void {
    this.#toldAt = new Date();
    this.#say(...stateOf(status));
    this.#now.classList.remove("stale");
    const drawn = JSON.stringify(status, (key, value) => AGES.has(key) ? undefined : value);
    if (drawn !== this.#drawn && !isSelected(this.#now)) {
      this.#drawn = drawn;
      this.#now.ariaBusy = "false";
      keepingPlace(this.#now, () => fill(this.#now, this.#content(status)));
    }
    const now = Date.parse(status.at);
    for (const age of this.#now.querySelectorAll<HTMLElement>("[data-since]")) {
      const seconds = Math.max(0, (now - Date.parse(age.dataset.since!)) / 1000);
      const text = age.dataset.form === "span" ? spanText(seconds) : agoText(seconds);
      if (age.textContent !== text) age.textContent = text;
    }
  }

  /** The status is not known: what was known is shown, but not as if it was still so. */
  failed(error: RequestError): void {
    const since = this.#toldAt.toLocaleTimeString();
    this.#say("bad", error.status === undefined ? `no answer since ${since}` : "not known");
    this.#now.classList.add("stale");
    this.#now.ariaBusy = "false";
    if (this.#drawn !== "") return;
    fill(
      this.#now,
      element("p", { class: "failure" }, `The status is not known: ${error.message}`),
    );
  }

  #say(tone: string, text: string): void {
    this.#state.className = `state ${tone}`;
    document.title = tone === "bad" ? `Weir: ${text}` : "Weir";
    if (this.#state.textContent !== text) fill(this.#state, text);
  }

  #content(status: Status): Child {
    const { routes, problems } = status;
    const shown = routeOf(status, this.#route);
    return [
      problems.length === 0 ? null : element(
        "ul",
        { class: "failures", "aria-label": "Problems" },
        problems.map(({ message }) => element("li", {}, foreignText(message, 400))),
      ),
      flowView(shown),
      shown.targets === undefined ? null : targetsView(shown.targets),
      routesView(routes),
      factsView(status),
    ];
  }
}

/** upstream → Weir → Prometheus, by the last scrape. */
function flowView(route: RouteStatus): HTMLElement {
  const { upstreams, lastScrape, targets, path } = route;
  const [tone, word] = scrapeWord(lastScrape);
  const names = upstreams.map(({ url }) => element("code", {}, foreignText(url, 64)));
  const upstream = names.length > MOST_UPSTREAMS
    ? [...names.slice(0, MOST_UPSTREAMS), `and ${names.length - MOST_UPSTREAMS} more`]
    : names;
  const isFailed = lastScrape?.outcome === "failed";
  return element(
    "ol",
    { class: "flow" },
    stage(
      ["Upstream", targets === undefined ? null : reached(targets)],
      lines(upstream),
      lastScrape === undefined || isFailed ? null : sizes(lastScrape.input, lastScrape.outcome),
    ),
    stage(
      "Weir",
      [inForceText(route), " "],
      lastScrape === undefined || isFailed ? null : savings(lastScrape, route),
    ),
    stage(
      ["Prometheus gets ", element("code", {}, path)],
      element(
        "span",
        {},
        element("span", { class: `word ${tone}` }, word),
        lastScrape === undefined ? null : [
          " ",
          since(lastScrape.endedAt),
          `, ${durationText(lastScrape.durationSeconds)}, HTTP ${lastScrape.status}`,
        ],
      ),
      lastScrape === undefined || isFailed ? null : sizes(lastScrape.output, "complete"),
    ),
  );
}

/** Upstreams that are named. */
const MOST_UPSTREAMS = 3;

function stage(title: Child, what: Child, figures: Child): HTMLElement {
  return element(
    "li",
    {},
    element("h2", {}, title),
    element("div", { class: "what" }, what),
    figures,
  );
}

/** How many of a gateway's targets there are. */
function reached({ up, down }: TargetsStatus): Child {
  if (up + down === 0) return null;
  const text = `${countText(up)} of ${countText(up + down)} targets`;
  return [": ", element("span", { class: down > 0 ? "bad" : undefined }, text)];
}

function sizes(
  { samples, bytes }: ScrapeStatus["input"],
  outcome: ScrapeStatus["outcome"],
): HTMLElement {
  return element(
    "dl",
    { class: "figures" },
    figure(outcome === "truncated" ? "samples until the cut" : "samples", countText(samples)),
    figure("uncompressed", bytesText(bytes)),
  );
}

function savings(scrape: ScrapeStatus, { rules, policies }: RouteStatus): Child {
  const { saved, outcome } = scrape;
  const { asked, beside } = wentTexts(scrape);
  const isIdle = rules + policies === 0 && saved?.samples === 0;
  const shares = saved === undefined || isIdle ? null : element(
    "dl",
    { class: "figures" },
    figure(saved.samples < 0 ? "more samples" : "fewer samples", savedText(saved.samples)),
    figure(saved.bytes < 0 ? "more bytes" : "fewer bytes", savedText(saved.bytes)),
  );
  const cut = outcome !== "truncated"
    ? undefined
    : rules + policies === 0
    ? "cut by a byte limit"
    : "cut by a byte limit: what rules saved is not known";
  return [
    shares,
    asked.length === 0 ? null : element("p", { class: "note" }, asked.join(", ")),
    beside.length === 0 ? null : element("p", { class: "note bad" }, beside.join(", ")),
    cut === undefined ? null : element("p", { class: "note bad" }, cut),
  ];
}

function figure(name: string, value: string): HTMLElement {
  return element("div", {}, element("dd", {}, value), element("dt", {}, name));
}

/** What is the same from scrape to scrape. */
function factsView(status: Status): HTMLElement {
  const { revision, runtime, startedAt, config, policyProviders } = status;
  const fact = (name: string, ...value: Child[]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value));
  const { lastReload, files } = config;
  return element(
    "dl",
    { class: "facts" },
    fact("Up for", since(startedAt, "span")),
    files.length === 0 ? null : fact(
      files.length === 1 ? "Configuration" : "Configuration files",
      lines(files.map((file) => element("code", {}, foreignText(file, 64)))),
      ", read ",
      since(lastReload.lastSuccessAt),
    ),
    policyProviders.length === 0
      ? null
      : fact("Policies", lines(policyProviders.map(providerText))),
    fact("Runs on", runtime),
    revision === "unknown" ? null : fact("Revision", element("code", {}, revision.slice(0, 12))),
  );
}

function providerText(provider: ProviderStatus): HTMLElement {
  const { id, state, policies, lastSuccessAt } = provider;
  const word = state === "loaded" ? null : element(
    "span",
    { class: `word ${state === "loading" ? "wait" : "bad"}` },
    state,
  );
  return element(
    "span",
    {},
    `${countText(policies)} of `,
    foreignText(id, 40),
    lastSuccessAt === undefined ? " " : [", loaded ", since(lastSuccessAt), " "],
    word,
  );
}

function since(time: string, form?: "span"): HTMLElement {
  return element("time", { datetime: time, title: time, "data-since": time, "data-form": form });
}

function lines(children: readonly Child[]): Child {
  return children.map((child, index) => index === 0 ? child : [element("br"), child]);
}

/** The shape of what comes, until it is there. */
function skeleton(): Child {
  const bone = (width: string) => element("span", { class: `bone ${width}` });
  const stage = () =>
    element("li", { "aria-hidden": "true" }, bone("short"), bone("long"), bone("figure"));
  return element("ol", { class: "flow" }, stage(), stage(), stage());
}

/** Whoever marks a text to copy it is not to lose it. */
function isSelected(box: HTMLElement): boolean {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && box.contains(selection.anchorNode);
}

/** Draws anew, and gives the focus and the place in scrolled boxes to what took the place. */
function keepingPlace(box: HTMLElement, draw: () => void): void {
  const key = (element: Element) =>
    `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent}`;
  const focused = document.activeElement;
  const wanted = focused !== null && focused !== box && box.contains(focused)
    ? key(focused)
    : undefined;
  const scrolled = new Map(
    [...box.querySelectorAll(".table")].map((table) =>
      [key(table), [table.scrollTop, table.scrollLeft]] as const
    ),
  );
  draw();
  for (const table of box.querySelectorAll(".table")) {
    [table.scrollTop, table.scrollLeft] = scrolled.get(key(table)) ?? [0, 0];
  }
  if (wanted === undefined) return;
  const again = [...box.querySelectorAll<HTMLElement>("a, button, [tabindex]")]
    .find((element) => key(element) === wanted);
  again?.focus({ preventScroll: true });
}
