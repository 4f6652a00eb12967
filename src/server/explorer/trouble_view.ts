import type { RouteStatus } from "../status_facts.ts";
import { copyButton } from "./copy_text.ts";
import { button, type Child, element } from "./dom.ts";
import { foreignText } from "./foreign_text.ts";
import type { RequestError } from "./requests.ts";
import { curlLine, upstreamChecks } from "./upstream_checks.ts";

/** Requests whose answer is that others are under way: they are repeated by themselves. */
export const BUSY = 503;

/** Why there is no analysis, and what to try. `route`: what is known of the upstream. */
export function troubleView(
  { message, status, problems }: RequestError,
  route: RouteStatus | undefined,
): HTMLElement {
  if (status === undefined) {
    return panel("This Weir does not answer", [
      element("p", {}, "It may be stopped, or starting anew. The page tries again by itself."),
    ]);
  }
  if (status === 401 || status === 403) {
    return panel("A password is needed", [
      said(message),
      element("p", {}, "What the browser sends is not taken, or not any more."),
      button("Log in", () => location.reload(), { class: "primary" }),
    ]);
  }
  if (status === BUSY) {
    return panel("Another analysis runs", [
      said(message),
      element("p", {}, "One runs at a time, so that scrapes keep their memory. This one follows."),
    ]);
  }
  const reason = problems[0]?.reason;
  if (reason === undefined) return panel("The scrape could not be analysed", [said(message)]);
  const checks = upstreamChecks(reason);
  return panel("The upstream cannot be read", [
    said(message),
    element("ul", { class: "checks" }, checks.map((check) => element("li", {}, check))),
    commands(route),
  ]);
}

/** The upstream answered, and there was nothing in it. */
export function emptyView(route: RouteStatus | undefined): HTMLElement {
  return panel("The upstream answered, with no sample", [
    element(
      "ul",
      { class: "checks" },
      element(
        "li",
        {},
        "Has the exporter measured anything yet? Some begin with the first request.",
      ),
      element("li", {}, "Is the path right? What it serves may be at another one than /metrics."),
    ),
    commands(route),
  ]);
}

/** How previews are turned on, where they are off. */
export function previewOffView(): HTMLElement {
  return element(
    "div",
    { class: "trouble mild" },
    element("h3", {}, "Previews are off here"),
    element(
      "p",
      {},
      "A preview runs the rules that come with its request: by default it is answered only where " +
        "nobody but this machine can connect. To turn previews on, start Weir with",
    ),
    element("pre", {}, "--preview"),
    element("p", {}, "or set in its config file"),
    element("pre", {}, "web: { preview: true }"),
  );
}

function commands(route: RouteStatus | undefined): Child {
  const lines = (route?.upstreams ?? []).flatMap(({ scrapeUrl }) => curlLine(scrapeUrl) ?? []);
  if (lines.length === 0) return null;
  const text = lines.slice(0, SHOWN_COMMANDS).join("\n");
  return [
    element("p", {}, "Run this where Weir runs, on its host or in its pod:"),
    element("pre", { tabindex: 0, role: "region", "aria-label": "Command" }, foreignLines(text)),
    copyButton("Copy command", () => text),
  ];
}

/** Upstreams for which the command is shown. */
const SHOWN_COMMANDS = 3;

function foreignLines(text: string): Child {
  return element("bdi", {}, text);
}

function said(message: string): HTMLElement {
  return element("p", { class: "failure" }, foreignText(message, 400));
}

function panel(title: string, content: readonly Child[]): HTMLElement {
  return element("div", { class: "trouble" }, element("h2", {}, title), content);
}
